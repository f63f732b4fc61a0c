"""What each role may change. Everybody who belongs to a tenant may look at all of it, secrets excepted."""

from enum import StrEnum

from plughub.core.errors import Forbidden, Invalid
from plughub.core.tenants.model import Role

#: NIST SP 800-63B: length is what counts; a limit keeps hashing affordable.
PASSWORD_LENGTH = range(12, 201)


class Right(StrEnum):
    #: Products, prices, stock.
    GOODS = "goods"
    #: Orders, customers, messages.
    ORDERS = "orders"
    #: Connections, their secrets and notification addresses.
    CONNECTIONS = "connections"
    #: Retry and replay deliveries.
    DELIVERIES = "deliveries"
    #: Who may sign in, and as what.
    PEOPLE = "people"


MAY: dict[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.MERCHANT: frozenset({Right.GOODS, Right.ORDERS}),
    Role.INTEGRATOR: frozenset({Right.CONNECTIONS, Right.DELIVERIES}),
    Role.OPERATOR: frozenset({Right.CONNECTIONS, Right.DELIVERIES}),
    Role.READER: frozenset(),
}


def check(role: Role, right: Right) -> None:
    if right not in MAY[role]:
        able = ", ".join(one for one in Role if right in MAY[one])
        raise Forbidden(f"a {role} may not change {right}: ask somebody who is {able}")


def check_password(login: str, password: str) -> None:
    """Whether a person may choose this password."""
    if len(password) < PASSWORD_LENGTH.start:
        raise Invalid("password", f"must have at least {PASSWORD_LENGTH.start} characters")
    if len(password) >= PASSWORD_LENGTH.stop:
        raise Invalid("password", f"must have at most {PASSWORD_LENGTH.stop - 1} characters")
    if login and login in password.lower():
        raise Invalid("password", "must not contain your own name")
    if len(set(password)) < 5:
        raise Invalid("password", "must not be the same few characters again and again")
