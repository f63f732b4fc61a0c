"""Three ways to a token, and two ways to show it (specification 3)."""

from base64 import b64decode
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from urllib.parse import unquote_plus

from plughub.core.errors import Unauthenticated
from plughub.core.hub import Hub, Transaction
from plughub.core.tenants import Application, Identity, Lifetimes, Proof, Tokens, guessing, tokens
from plughub.dialects.pluggto.errors import OauthRefused, oauth
from plughub.web import bodies
from plughub.web.call import Call, Reply, json_reply

NAME = "pluggto"

#: One hour is the vendor's (S); the rest is ours (D).
LIFE = Lifetimes(
    access=timedelta(hours=1),
    refresh=timedelta(days=14),
    code=timedelta(minutes=10),
    refresh_grace=timedelta(seconds=60),
    digits=40,
)


async def authenticate(call: Call) -> Identity:
    token = _shown(call)
    if not token:
        raise OauthRefused(401, "invalid_request", "The access token was not found")
    try:
        identity = await call.tokenbook.identity(NAME, token)
    except Unauthenticated as refusal:
        what = "has expired" if refusal.reason is Proof.EXPIRED else "is invalid"
        raise OauthRefused(401, "invalid_token", f"The access token provided {what}.") from refusal
    _check_account(call, identity)
    return identity


async def post_token(call: Call) -> Reply:
    """Tokens by password, code or refresh token. Superfluous parameters are ignored: one client sends them all."""
    given = _parameters(call)
    grant = given.get("grant_type")
    if grant not in _GRANTS:
        raise OauthRefused(400, "invalid_request", "Invalid or missing grant_type parameter")
    if not given.get("client_id"):
        raise OauthRefused(400, "invalid_client", "Invalid or missing client_id parameter")
    if not given.get("client_secret"):
        raise OauthRefused(400, "invalid_client", "Missing client_secret parameter")
    # Each step commits on its own: a code is used up, and a failure counted, even when what follows fails.
    async with call.hub.step(None) as tx:
        who = _who(call, given)
        await guessing.check(tx, who, call.hub.now())
        try:
            made = await _granted(tx, call.hub, grant, given)
        except OauthRefused as refusal:
            if isinstance(refusal.__cause__, Unauthenticated):
                await guessing.failed(tx, who, call.hub.now())
            raise
    call.came_from(made.tenant, made.connection)
    answer = {
        "token_type": "bearer",
        "access_token": made.access,
        "expires_in": made.expires_in,
        "refresh_token": made.refresh,
    }
    return json_reply(answer, Pragma="no-cache")


async def _granted(tx: Transaction, hub: Hub, grant: str | None, given: dict[str, str]) -> Tokens:
    try:
        app = await tokens.application(tx, hub.keys, NAME, given["client_id"], given["client_secret"])
    except Unauthenticated as refusal:
        raise OauthRefused(400, "invalid_client", "Client credentials are invalid") from refusal
    return await _GRANTS[grant](tx, hub, app, given)


def _who(call: Call, given: dict[str, str]) -> bytes:
    """Whose failures are counted together."""
    parts = (NAME, given["client_id"], given.get("username", ""), call.address)
    return call.hub.keys.token_hash("\n".join(parts))


async def get_token(call: Call) -> Reply:
    reply = oauth(405, "invalid_request", "Method must be POST with application/x-www-form-urlencoded encoding")
    reply.headers["Allow"] = "POST"
    return reply


async def _by_password(tx: Transaction, hub: Hub, app: Application, given: dict[str, str]) -> Tokens:
    username, password = given.get("username"), given.get("password")
    if not username or not password:
        raise OauthRefused(400, "invalid_client", 'Missing parameters. "username" and "password" are required')
    # Some clients put their form together by hand, and a plus sign arrives as a blank (C).
    refused: Unauthenticated | None = None
    for spelled in dict.fromkeys((password, password.replace(" ", "+"))):
        try:
            return await tokens.by_password(tx, hub.keys, app, username, spelled, life=LIFE, now=hub.now())
        except Unauthenticated as refusal:
            refused = refusal
    raise OauthRefused(400, "invalid_grant", "User credentials are invalid") from refused


async def _by_code(tx: Transaction, hub: Hub, app: Application, given: dict[str, str]) -> Tokens:
    code = given.get("code")
    if not code:
        raise OauthRefused(400, "invalid_request", 'No "code" parameter')
    try:
        return await tokens.by_code(tx, hub.keys, app, code, life=LIFE, now=hub.now())
    except Unauthenticated as refusal:
        text = "Code has expired" if refusal.reason is Proof.EXPIRED else "Invalid code"
        raise OauthRefused(400, "invalid_grant", text) from refusal


async def _by_refresh(tx: Transaction, hub: Hub, app: Application, given: dict[str, str]) -> Tokens:
    refresh = given.get("refresh_token")
    if not refresh:
        raise OauthRefused(400, "invalid_request", 'No "refresh_token" parameter')
    try:
        return await tokens.by_refresh(tx, hub.keys, app, refresh, life=LIFE, now=hub.now())
    except Unauthenticated as refusal:
        text = "Refresh token has expired" if refusal.reason is Proof.EXPIRED else "Invalid refresh token"
        raise OauthRefused(400, "invalid_grant", text) from refusal


_GRANTS: dict[str | None, Callable[[Transaction, Hub, Application, dict[str, str]], Awaitable[Tokens]]] = {
    "password": _by_password,
    "authorization_code": _by_code,
    "refresh_token": _by_refresh,
}


def _parameters(call: Call) -> dict[str, str]:
    """From HTTP Basic, the query and the body (form or JSON), a later one winning; an empty value wins over none."""
    given: dict[str, str] = {}
    for source in (_basic(call), call.query, _sent(call)):
        given |= {name: text for name, value in source if (text := value.strip())}
    if any("\0" in value for value in given.values()):
        raise OauthRefused(400, "invalid_request", "A parameter contains the NUL character")
    return given


def _sent(call: Call) -> list[tuple[str, str]]:
    """The body's parameters, whatever its header says it is."""
    try:
        if not bodies.is_json(call.body):
            return bodies.form(call.body)
        tree = bodies.json(call.body)
    except bodies.Malformed as error:
        raise OauthRefused(400, "invalid_request", "The body cannot be read") from error
    return [(k, str(v)) for k, v in tree.items() if v is not None] if isinstance(tree, dict) else []


def _basic(call: Call) -> list[tuple[str, str]]:
    scheme, _, text = (call.header("authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return []
    try:
        client_id, _, secret = b64decode(text.strip(), validate=True).decode().partition(":")
    except ValueError:
        return []
    return [("client_id", unquote_plus(client_id)), ("client_secret", unquote_plus(secret))]


def _shown(call: Call) -> str | None:
    """The token in the header, the query or a form body; shown twice it has to be the same."""
    found = {value for key, value in call.query if key == "access_token" and value}
    scheme, _, text = (call.header("authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and text.strip():
        found.add(text.strip())
    if call.body and b"access_token" in call.body and _is_form(call):
        with suppress(bodies.Malformed):
            found |= {value for key, value in bodies.form(call.body) if key == "access_token" and value}
    if len(found) > 1:
        raise OauthRefused(400, "invalid_request", "Only one method may be used to authenticate at a time")
    return found.pop() if found else None


def _is_form(call: Call) -> bool:
    return "x-www-form-urlencoded" in (call.header("content-type") or "")


def _check_account(call: Call, identity: Identity) -> None:
    """One client names the account in a header of its own; it has to be the token's."""
    named = call.header("x-user_id") or call.header("x-user-id")
    if named and named.strip() != str(identity.tenant.number):
        raise OauthRefused(403, "access_denied", "The token does not belong to this account")
