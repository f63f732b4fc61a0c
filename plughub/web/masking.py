"""What is kept of requests and answers holds no secret: whatever stands under a secret's name is masked.

`web/logs.py` has a coarser mask for texts that should hold no secret in the first place. Here bodies are shown to
people, so a SKU under `code` stays readable.
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote_plus

MASK = "***"
#: Bytes of a body that are looked at, and characters that are kept: a secret that the end cuts through is seen whole.
_READ, KEPT = 8192, 4096

#: Names that end so, in any spelling: accessToken, client-secret, x_api_key.
_ENDINGS = r"[\w.\-\[\]]*(?:token|secret|password|passwort|senha|passwd|pwd|authorization|api[_-]?key|assertion)\]?"
#: One of these stands in every such name, or before a secret that is shown without one.
_WORDS = (
    "token", "secret", "passw", "senha", "pwd", "authorization", "key", "assertion", "bearer", "basic", "whsec_",
)  # fmt: skip
#: Names that stand for secrets and for ordinary things: masked where the value looks drawn by lot.
_PERHAPS = r"code|key|auth|signature|session|sid"
_DRAWN = r"(?:[A-Za-z0-9+/=_%]{16,}|[A-Za-z0-9+/=_\-%.]{20,})"

_NAME = re.compile(rf"(?i:{_ENDINGS})")
_MAYBE = re.compile(rf"(?i:{_PERHAPS})")
_LOT = re.compile(_DRAWN)
#: In JSON, and in what was meant to be: a text may lack its end, or be no text at all.
_IN_JSON = re.compile(
    rf"""(?i)(?P<name>(\\?["'])(?:{_ENDINGS})\2\s*:\s*)(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|'(?:[^'\\]|\\.)*(?:'|\\?$)|[^\s,}}\]]+)"""
)
_MAYBE_IN_JSON = re.compile(rf"""(?i)(?P<name>(\\?["'])(?:{_PERHAPS})\2\s*:\s*)["']?{_DRAWN}["']?""")
#: In addresses, forms and XML that stand in a text.
_IN_TEXT = re.compile(rf"(?i)(?P<name>\b(?:{_ENDINGS})=)[^\s&\"'<>]+")
_MAYBE_IN_TEXT = re.compile(rf"(?i)(?P<name>\b(?:{_PERHAPS})=){_DRAWN}")
_IN_XML = re.compile(rf"(?i)(?P<name><(?:{_ENDINGS})>)[^<]*")
_SHOWN = re.compile(r"(?i)(?P<name>\b(?:bearer|basic)\s+|whsec_)[A-Za-z0-9+/=_\-.~]{8,}")


def body(raw: bytes, proofs: Iterable[str] = ()) -> str:
    """The beginning of a body; nothing of one that is no text. `proofs`: secrets that this request was sent with."""
    # What was cut in the middle of a letter has none there.
    text = raw[:_READ].decode("utf-8", "ignore" if len(raw) > _READ else "replace")
    if "\0" in text or text.count("\N{REPLACEMENT CHARACTER}") > len(text) // 20:
        return ""
    if "=" in text and not text.lstrip().startswith(("{", "[", "<", "-")):
        text = query(text)
    return _without(texts(text), proofs)[:KEPT]


def is_secret(name: str) -> bool:
    """Whether a parameter of this name always holds a secret."""
    return _NAME.fullmatch(name) is not None


def texts(text: str) -> str:
    # Most texts name no secret, and to see that is a hundred times as fast as to look for one.
    folded = text.lower()
    if any(word in folded for word in _WORDS):
        text = _IN_JSON.sub(rf'\g<name>"{MASK}"', text)
        for pattern in (_IN_TEXT, _IN_XML, _SHOWN):
            text = pattern.sub(rf"\g<name>{MASK}", text)
    if any(word in folded for word in _PERHAPS.split("|")):
        text = _MAYBE_IN_JSON.sub(rf'\g<name>"{MASK}"', text)
        text = _MAYBE_IN_TEXT.sub(rf"\g<name>{MASK}", text)
    return text


def query(text: str, proofs: Iterable[str] = ()) -> str:
    """A query or a form, as it was sent but for its secrets; names may be percent-encoded."""
    return _without("&".join(map(_pair, text.split("&"))), proofs)


def _pair(pair: str) -> str:
    name, is_given, value = pair.partition("=")
    plain = unquote_plus(name).strip()
    if not is_given or not (is_secret(plain) or (_MAYBE.fullmatch(plain) and _LOT.search(value))):
        return pair
    return f"{name}={MASK}"


def _without(text: str, proofs: Iterable[str]) -> str:
    for proof in proofs:
        text = text.replace(proof, MASK)
    return text
