"""Who may sign in to a shop, and as what."""

from plughub.console.errors import said
from plughub.console.rendering import page
from plughub.console.visit import MOUNT, Page, Undo, Visit
from plughub.core.errors import Duplicate, Invalid, Refused
from plughub.core.tenants import Right, Role, people
from plughub.web import Reply

#: What each may do, in a sentence.
ROLES = {
    Role.OWNER: "may do everything, and says who else may sign in",
    Role.MERCHANT: "works with products, prices, stock, orders, customers and messages",
    Role.INTEGRATOR: "works with connections and deliveries",
    Role.OPERATOR: "works with connections and deliveries",
    Role.READER: "looks at everything and changes nothing",
}
_LONGEST = 100


async def get_people(visit: Visit) -> Reply:
    return await _page(visit)


async def _page(visit: Visit, *, status: int = 200, errors: dict[str, str] | None = None) -> Reply:
    async with visit.hub.read(visit.tenant.id) as tx:
        found = await people.members(tx, visit.tenant.id)
    return page(
        visit,
        "people.html",
        status=status,
        members=found,
        owners=sum(one.role is Role.OWNER for one in found),
        roles=ROLES,
        errors=errors or {},
        given=visit.form if errors else {},
    )


async def post_invite(visit: Visit) -> Reply:
    login, name = visit.form.get("login", ""), visit.form.get("name", "")
    try:
        role = _role(visit)
        if not login or len(login) > _LONGEST or any(letter.isspace() for letter in login):
            raise Invalid("login", f"must have 1 to {_LONGEST} characters and no blanks")
        if len(name) > _LONGEST:
            raise Invalid("name", f"must have at most {_LONGEST} characters")
        async with visit.hub.change(visit.tenant.id) as tx:
            user, password = await people.invite(tx, visit.caller, login, name=name, role=role)
    except Invalid as error:
        return await _page(visit, status=400, errors={error.field: error.reason})
    except Duplicate:
        return await _page(visit, status=409, errors={"login": "belongs to this shop already"})
    if password is None:
        text = f"{user.name} has an account here already, and is {role} of this shop now, with the password they have."
        return visit.go(visit.url("people"), text)
    return page(visit, "welcome.html", user=user, password=password, role=role, sign_in=_sign_in(visit))


def _role(visit: Visit) -> Role:
    try:
        return Role(visit.form.get("role", ""))
    except ValueError:
        raise Invalid("role", "must be one of those in the list") from None


def _sign_in(visit: Visit) -> str:
    return visit.house.base_url + visit.url()


async def post_role(visit: Visit) -> Reply:
    try:
        role = _role(visit)
        async with visit.hub.change(visit.tenant.id) as tx:
            before = await people.change_role(tx, visit.caller, visit.path("login"), role)
    except Refused as error:
        return _told(visit, error)
    if before.role is role:
        return visit.go(visit.url("people"), f"{before.user.name} is {role} already.")
    undo = Undo(visit.url("people", before.user.login, "role"), {"role": before.role})
    return visit.go(visit.url("people"), f"{before.user.name} is {role} now.", undo=undo)


async def post_out(visit: Visit) -> Reply:
    try:
        async with visit.hub.change(visit.tenant.id) as tx:
            before = await people.take_out(tx, visit.caller, visit.path("login"))
    except Refused as error:
        return _told(visit, error)
    if before.user.id == visit.session.user.id:
        return visit.go(MOUNT)
    undo = Undo(visit.url("people"), {"login": before.user.login, "role": before.role})
    return visit.go(visit.url("people"), f"{before.user.name} sees this shop no more.", undo=undo)


async def post_password(visit: Visit) -> Reply:
    try:
        async with visit.hub.change(visit.tenant.id) as tx:
            user, password = await people.let_in_again(tx, visit.caller, visit.path("login"))
    except Refused as error:
        return _told(visit, error)
    return page(visit, "welcome.html", user=user, password=password, role=None, sign_in=_sign_in(visit))


def _told(visit: Visit, error: Refused) -> Reply:
    """Back to the list, with what stands against it."""
    return visit.go(visit.url("people"), said(error)[1], bad=True)


PAGES = (
    Page("GET", "/{shop}/people", get_people),
    Page("POST", "/{shop}/people", post_invite, Right.PEOPLE),
    Page("POST", "/{shop}/people/{login}/role", post_role, Right.PEOPLE),
    Page("POST", "/{shop}/people/{login}/out", post_out, Right.PEOPLE),
    Page("POST", "/{shop}/people/{login}/password", post_password, Right.PEOPLE),
)
