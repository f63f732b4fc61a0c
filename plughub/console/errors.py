"""What went wrong, in words for people: what failed, and that nothing else was touched."""

from http import HTTPStatus

from plughub.console.rendering import bare, page
from plughub.console.visit import Visit
from plughub.core.errors import (
    Conflict,
    Duplicate,
    Forbidden,
    HubError,
    IllegalTransition,
    InsufficientStock,
    Invalid,
    Locked,
    NotFound,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unchanged,
)
from plughub.web import Reply
from plughub.web.dialect import Bug, HttpFault, TooLarge, UnknownPath, WrongMethod


def said(error: HubError) -> tuple[int, str]:
    """The status, and one sentence."""
    match error:
        case Invalid(field, reason):
            return 400, f"{field.replace('_', ' ').capitalize()} {reason}." if field else f"{_sentence(reason)}"
        case NotFound(kind, key):
            return 404, f"There is no {kind} {key} here." if key is not None else f"There is no such {kind} here."
        case Unauthenticated():
            return 401, "The name or the password is wrong."
        case Forbidden(reason):
            return 403, _sentence(reason)
        case TooMany(seconds):
            return 429, f"Too many wrong passwords from here. Try again in {_minutes(seconds)}."
        case Unchanged():
            return 200, "Nothing changed."
        case Duplicate(kind, value):
            return 409, f"There is already a {kind} {value}."
        case Locked(_, reason):
            return 409, _sentence(reason)
        case IllegalTransition(before, after):
            return 409, f"It is {before.replace('_', ' ')} and cannot become {after.replace('_', ' ')}."
        case InsufficientStock(sku, wanted, available):
            return 409, f"{sku}: {wanted} wanted, {available} free."
        case Conflict():
            return 409, _sentence(str(error) or "somebody else changed it meanwhile")
        case Unavailable():
            return 503, "The database cannot be reached or is too busy. Try again in a moment."
    return 400, _sentence(str(error))


def explain(visit: Visit, error: HubError) -> Reply:
    """A page, or where a script asked, a message on the page that is open."""
    status, text = said(error)
    if visit.is_partial:
        headers = {"HX-Retarget": "#notices", "HX-Reswap": "innerHTML"}
        return page(visit, "message.html", status=status, text=text, headers=headers)
    title = "Not found" if status == 404 else "That did not work"
    return page(visit, "failed.html", status=status, title=title, text=text)


def spell(refusal: HubError | HttpFault) -> Reply:
    """Refusals outside any page of ours."""
    match refusal:
        case UnknownPath():
            return bare(404, "There is no such page", "The address may be misspelled.")
        case WrongMethod(allowed):
            reply = bare(405, "Not possible here", "This address answers other requests only.")
            return Reply(reply.status, reply.body, reply.content_type, {"Allow": ", ".join(allowed)})
        case TooLarge():
            return bare(413, "Too much at once", "At most 10 MB can be sent; send it in parts.")
        case Bug():
            return bare(500, "Something broke", "It is our fault and was written down. Nothing was changed.")
        case HubError():
            status, text = said(refusal)
            return bare(status, HTTPStatus(status).phrase, text)
    return bare(400, "That did not work", "The request cannot be understood.")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _minutes(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 90 else f"{round(seconds / 60)} minutes"
