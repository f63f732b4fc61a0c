"""HTTP Basic with the tenant and the connection in headers of their own (specification 2)."""

from plughub.core import ids
from plughub.core.errors import Unauthenticated
from plughub.core.tenants import Access, Identity, Proof, Shown
from plughub.dialects.plugboard.errors import Wrong
from plughub.web.call import Call, basic_pair

NAME = "plugboard"

#: Headers that say who calls. None of them can hold a line's end.
_PROOF = (b"authorization", b"x-tenant", b"x-connectionid")

#: Record types whose paths stand below another one's.
_BELOW = {"product": ("variantgroup", "attribute", "category")}


async def authenticate(call: Call) -> Identity:
    proof = b"\n".join([call.headers.get(name, b"") for name in _PROOF])
    identity = call.tokenbook.believed(NAME, proof)
    if identity is None:
        identity = await _proven(call, proof)
    _check_permitted(call, identity)
    if call.method in ("GET", "HEAD") and call.body:
        raise Wrong("BodyOnGet")
    return identity


async def _proven(call: Call, proof: bytes) -> Identity:
    username, password = _basic(call)
    tenant, connection = _named(call, "X-Tenant"), _named(call, "X-ConnectionId")
    who = "\n".join((NAME, tenant, connection.lower(), username, call.address))
    if "\0" in tenant + username + password:
        raise Unauthenticated(Proof.WRONG_PASSWORD)
    try:
        id = ids.from_hex32(connection)
    except ValueError:
        raise Unauthenticated(Proof.WRONG_PASSWORD) from None
    shown = Shown(tenant=tenant, connection=id, secret=(username, password))
    return await call.tokenbook.proven(NAME, proof, shown, who)


def resource_of(path: str) -> str:
    """What permissions name for a path: `/api/product/variantgroup/query` -> `product/variantgroup`; root: nothing."""
    _, first, second, *_ = [*path.lower().strip("/").split("/"), "", ""]
    return f"{first}/{second}" if second in _BELOW.get(first, ()) else first


def _check_permitted(call: Call, identity: Identity) -> None:
    resource = resource_of(call.path)
    is_query = call.method == "POST" and call.path.lower().endswith("/query")
    access = Access.READ if call.method in ("GET", "HEAD") or is_query else Access.WRITE
    if resource and not identity.may(resource, access):
        raise Wrong("NotPermitted", f"The user may not {access} {resource}", resource)


def _named(call: Call, header: str) -> str:
    """Headers are UTF-8 to this wire's clients; blanks around them never count."""
    value = (call.header(header.lower()) or "").strip()
    if not value:
        raise Wrong("CredentialsMissing", f"The header {header} is missing", header)
    return value


def _basic(call: Call) -> tuple[str, str]:
    pair = basic_pair(call.header("authorization") or "")
    if pair is None:
        raise Wrong("CredentialsMissing", "Send user name and password by HTTP Basic, in UTF-8", "Authorization")
    return pair
