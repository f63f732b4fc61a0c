"""HTTP Basic with the tenant and the connection in headers of their own (specification 2)."""

from base64 import b64decode

from plughub.core import ids
from plughub.core.errors import Unauthenticated
from plughub.core.tenants import Identity, Proof, Shown
from plughub.dialects.plugboard.errors import Wrong
from plughub.web.call import Call

NAME = "plugboard"


async def authenticate(call: Call) -> Identity:
    username, password = _basic(call)
    tenant, connection = _named(call, "X-Tenant"), _named(call, "X-ConnectionId")
    who = call.hub.keys.token_hash("\n".join((NAME, tenant, connection.lower(), username, call.address)))
    if "\0" in tenant + username + password:
        raise Unauthenticated(Proof.WRONG_PASSWORD)
    try:
        id = ids.from_hex32(connection)
    except ValueError:
        raise Unauthenticated(Proof.WRONG_PASSWORD) from None
    shown = Shown(tenant=tenant, connection=id, secret=(username, password))
    identity = await call.tokenbook.proven(NAME, shown, who)
    if call.method in ("GET", "HEAD") and call.body:
        raise Wrong("BodyOnGet")
    return identity


def _named(call: Call, header: str) -> str:
    """Headers are UTF-8 to this wire's clients; blanks around them never count."""
    value = (call.header(header.lower()) or "").strip()
    if not value:
        raise Wrong("CredentialsMissing", f"The header {header} is missing", header)
    return value


def _basic(call: Call) -> tuple[str, str]:
    scheme, _, text = (call.header("authorization") or "").strip().partition(" ")
    if scheme.lower() == "basic":
        try:
            username, colon, password = b64decode(text.strip(), validate=True).decode().partition(":")
        except ValueError:
            colon = ""
        if colon:
            return username, password
    raise Wrong("CredentialsMissing", "Send user name and password by HTTP Basic, in UTF-8", "Authorization")
