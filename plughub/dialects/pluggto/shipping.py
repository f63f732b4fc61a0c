"""Freight quotes (specification 9.1): reading the question; `freight.py` finds the answer."""

import re
from typing import Any

from plughub.core import codes
from plughub.core.errors import Invalid, Missing, NotFound
from plughub.core.shipping import Destination
from plughub.dialects.pluggto import freight
from plughub.dialects.pluggto.kinds import INT
from plughub.web.call import Call, Reply, json_reply
from plughub.web.wire import ABSENT

_POSTAL = re.compile(r"[0-9]{3,12}")
_POSTAL_SIGNS = str.maketrans("", "", " .-")
_MOST_SKUS = 100
_MOST_PIECES = 1_000_000

#: Misspelt in the vendor's document, and so on the wire.
NO_QUOTE = [{"mensage": "there is no freight quote for this destination and these products"}]


async def get_shipping(call: Call) -> Reply:
    destination, wanted = _destination(call), _wanted(call)
    identity = call.identity
    found = await freight.quote(call.hub, call.outbound, identity.tenant, identity.caller, destination, wanted)
    return json_reply([freight.QUOTE.write(quote) for quote in found.quotes] or NO_QUOTE)


def _destination(call: Call) -> Destination:
    code = _required(call, "postalcode").translate(_POSTAL_SIGNS)
    if not _POSTAL.fullmatch(code):
        raise Invalid("postalcode", "must be a postal code such as 01310-100")
    given = (call.parameter("country") or "").strip()
    country = codes.alpha2(given) if given else call.identity.tenant.country
    if country is None:
        raise Invalid("country", "must be an ISO 3166-1 code such as BR or BRA")
    return Destination(country=country, postal_code=code)


def _wanted(call: Call) -> dict[str, int]:
    """SKU -> quantity. What is named twice adds up."""
    wanted: dict[str, int] = {}
    for pair in _required(call, "skus").split(","):
        # At the last colon: SKUs may have colons of their own.
        sku, colon, quantity = pair.rpartition(":")
        sku = (sku if colon else pair).strip()
        if "\0" in sku:
            raise NotFound("sku", sku)
        if sku:
            wanted[sku] = wanted.get(sku, 0) + (_quantity(sku, quantity) if colon else 1)
        elif pair.strip():
            raise Invalid("skus", f"has a quantity without a SKU: {pair.strip()}")
    if not wanted:
        raise Missing("skus", "is required")
    if len(wanted) > _MOST_SKUS:
        raise Invalid("skus", f"must not name more than {_MOST_SKUS} SKUs")
    return wanted


def _quantity(sku: str, text: str) -> int:
    try:
        read: Any = INT.read(text)
    except ValueError as error:
        raise Invalid("skus", f"has a quantity for {sku} that {error}") from error
    quantity = 1 if read is ABSENT else int(read)
    if not 1 <= quantity <= _MOST_PIECES:
        raise Invalid("skus", f"has a quantity for {sku} that is not between 1 and {_MOST_PIECES}")
    return quantity


def _required(call: Call, name: str) -> str:
    text = (call.parameter(name) or "").strip()
    if not text:
        raise Missing(name, "is required")
    return text
