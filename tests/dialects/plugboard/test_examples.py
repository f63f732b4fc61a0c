"""Every example of the vendor's guide and of the specification, answered as stated, over a real socket."""

import re
from dataclasses import replace
from typing import Any

import pytest

from plughub.core.connections import Given
from tests import make
from tests.dialects.plugboard.conftest import client_of
from tests.dialects.plugboard.replay import Exchange, Known, exchanges, replay

#: Exchanges whose resources are not served yet, and why. What is served leaves this list.
NOT_SERVED = {
    "A10": "files and pictures",
    "A14 the order is paid": "payments do not move their order",
    "A15": "invoices",
    "A20": "the log of the connection",
}
#: Fields that the answers state and records of these paths do not show yet.
NOT_SHOWN = {"/product/": {"pictures"}, "/payment/": {"invoice"}}


def is_served(exchange: Exchange) -> bool:
    return not any(exchange.name.startswith(name) for name in NOT_SERVED)


def shown(answer: Any) -> Any:
    """The record without what it does not show yet."""
    if not isinstance(answer, dict):
        return answer
    path = re.sub("^/plugboard/api|<.*$", "", answer.get("href", ""))
    return {key: value for key, value in answer.items() if key not in NOT_SHOWN.get(path, ())}


@pytest.mark.parametrize("file", ["appendix", "guide"])
async def test_the_examples_are_answered_as_stated(http, address, hub, file):
    shop = await make.shop(hub, name="Tennis & Ting AB", language="sv", currency="SEK", country="SE")
    given = Given(username="api", password="hæmligt")
    clients = {
        "me": await client_of(http, address, shop, name="API", given=given),
        "other": await client_of(http, address, shop, name="other"),
    }
    known = Known(names={who: client.id for who, client in clients.items()})

    wrong = []
    for exchange in exchanges(file):
        if is_served(exchange):
            found = await replay(replace(exchange, answer=shown(exchange.answer)), clients, known)
            wrong += [f"{exchange.name}: {one}" for one in found]

    assert not wrong, "\n".join(wrong)
