"""A page as its handlers see it: who asks, in which shop, and what for."""

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from http.cookies import CookieError, SimpleCookie
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, unquote, urlencode
from zoneinfo import ZoneInfo

from plughub.console.parts import Part, parts
from plughub.core.caller import Caller
from plughub.core.errors import Invalid, NotFound, Unauthenticated
from plughub.core.hub import Hub
from plughub.core.tenants import MAY, Right, Role, Session, Tenant
from plughub.core.webhooks import Style
from plughub.web import Call, Dialect, Reply

MOUNT = "/console"
#: Pages that belong to no shop: no shop's code is a lone dash.
OWN = "/-"
SESSION, NOTICE, ZONE = "plughub_session", "plughub_notice", "plughub_zone"

Handler = Callable[["Visit"], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the console knows of the hub that it belongs to."""

    dialects: Mapping[str, Dialect]
    styles: Mapping[str, Style]
    #: Where clients call the hub: no slash at its end.
    base_url: str


@dataclass(frozen=True, slots=True)
class Page:
    method: Literal["GET", "POST"]
    #: Below the console's mount point; `{shop}` is a tenant's code.
    path: str
    handler: Handler
    #: What the person has to be allowed; None: to look.
    right: Right | None = None
    #: Whether it is shown to those who have not signed in.
    is_open: bool = False


class Visit:
    """One request of one person. Handlers ask it for everything."""

    def __init__(self, call: Call, house: House) -> None:
        self.call = call
        self.house = house
        self.token = ""
        self._session: Session | None = None
        self.shop: Tenant | None = None
        self.role: Role | None = None

    @property
    def hub(self) -> Hub:
        return self.call.hub

    @property
    def session(self) -> Session:
        if self._session is None:
            raise Unauthenticated("nobody has signed in")
        return self._session

    @property
    def is_signed_in(self) -> bool:
        return self._session is not None

    def let_in(self, token: str, session: Session) -> None:
        self.token, self._session = token, session

    def enter(self, code: str) -> None:
        """Go into one of the person's shops; of others nobody learns whether they exist."""
        for tenant, role in self.session.shops:
            if tenant.code == code:
                self.shop, self.role = tenant, role
                return
        raise NotFound("shop", code)

    @property
    def tenant(self) -> Tenant:
        if self.shop is None:
            raise RuntimeError("this page belongs to no shop")
        return self.shop

    @cached_property
    def caller(self) -> Caller:
        """The person as commands and queries know them."""
        return Caller(
            tenant=self.tenant.id,
            company=self.tenant.id,
            actor=self.session.user.login,
            language=self.tenant.language,
            currency=self.tenant.currency,
        )

    def may(self, right: str) -> bool:
        return self.role is not None and Right(right) in MAY[self.role]

    @cached_property
    def query(self) -> dict[str, str]:
        """The address's parameters; of one that is there twice, the last."""
        return {name: value.replace("\0", "") for name, value in self.call.query}

    def path(self, name: str) -> str:
        """What stands in the braces of the page's path."""
        return unquote(self.call.route[name])

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of the form that was sent, with blanks at both ends cut; of several, the last."""
        return dict(self.fields)

    @cached_property
    def fields(self) -> list[tuple[str, str]]:
        """The same with all of several, in order."""
        return [(name, value.strip()) for name, value in self.raw_fields]

    @cached_property
    def raw_fields(self) -> list[tuple[str, str]]:
        """As they were typed: a password may begin with a blank."""
        try:
            if self._parts is not None:
                pairs = [(part.name, part.content.decode()) for part in self._parts if not part.is_file]
            else:
                pairs = parse_qsl(self.call.body.decode(), keep_blank_values=True, strict_parsing=False)
        except (UnicodeDecodeError, ValueError) as error:
            raise Invalid("", "the form cannot be read; it has to be UTF-8") from error
        return [(name, value.replace("\0", "")) for name, value in pairs]

    @cached_property
    def files(self) -> dict[str, bytes]:
        """Files that were sent with the form, by their fields; an empty field is none."""
        return {part.name: part.content for part in self._parts or () if part.is_file and part.content}

    @cached_property
    def _parts(self) -> list[Part] | None:
        kind = self.call.header("content-type") or ""
        # Long ones take a while: not for strangers.
        return parts(kind, self.call.body) if self.is_signed_in and kind.startswith("multipart/form-data") else None

    @cached_property
    def cookies(self) -> dict[str, str]:
        return _cookies(self.call)

    @property
    def csrf(self) -> str:
        return self.hub.keys.form_token(self.token)

    @property
    def is_partial(self) -> bool:
        """Whether a script asks for a part of the page only."""
        return self.call.header("hx-request") == "true"

    @cached_property
    def zone(self) -> ZoneInfo:
        """The person's time zone as their browser told it, else the shop's."""
        for name in (unquote(self.cookies.get(ZONE, "")), self.shop.time_zone if self.shop else "UTC"):
            try:
                return ZoneInfo(name)
            except (ValueError, OSError, KeyError):
                continue
        return ZoneInfo("UTC")

    def url(self, *parts: object, **query: object) -> str:
        """An address in this shop: `visit.url("orders", order.id, tab="payments")`; empty parameters are left out."""
        path = "/".join((MOUNT, *(quote(str(part), safe="") for part in (self.tenant.code, *parts))))
        given = {name: value for name, value in query.items() if value not in (None, "")}
        return f"{path}?{urlencode(given)}" if given else path

    def again(self, **query: object) -> str:
        """This page's address with some parameters changed; None and empty ones are taken out."""
        kept = {name: value for name, value in (self.query | query).items() if value not in (None, "")}
        path = f"{MOUNT}{self.call.path}"
        return f"{path}?{urlencode(kept)}" if kept else path

    def go(self, url: str, notice: str = "", *, undo: "Undo | None" = None, bad: bool = False) -> Reply:
        """Send the person on, with a sentence that the next page shows once."""
        headers = {"Location": url}
        if notice:
            text = json.dumps({"text": notice, "bad": bad, "undo": undo and [undo.url, undo.fields]})
            value = f"{quote(text, safe='')}.{self.hub.keys.form_token(self.token + text)[:32]}"
            headers["Set-Cookie"] = cookie(self.call, NOTICE, value, seconds=120)
        if self.is_partial:
            return Reply(204, headers=headers | {"HX-Redirect": headers.pop("Location")})
        return Reply(303, headers=headers)

    def notice(self) -> dict[str, Any] | None:
        """What the page before left to be said; nobody else can have written it."""
        text, dot, proof = self.cookies.get(NOTICE, "").rpartition(".")
        text = unquote(text)
        if not dot or not hmac.compare_digest(proof, self.hub.keys.form_token(self.token + text)[:32]):
            return None
        found: dict[str, Any] = json.loads(text)
        return found


@dataclass(frozen=True, slots=True)
class Undo:
    """A form that takes a change back: where it is sent, and its fields."""

    url: str
    fields: dict[str, str]


def cookie(call: Call, name: str, value: str, *, seconds: int) -> str:
    """A `Set-Cookie` that no script can read; over TLS it goes over TLS only."""
    secure = "; Secure" if call.is_secure else ""
    return f"{name}={value}; Path={MOUNT}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


def _cookies(call: Call) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(call.header("cookie") or "").items()}
    except CookieError:
        return {}
