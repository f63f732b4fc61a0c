"""Every example of the vendor's guide and of the specification, answered as stated, over a real socket."""

import pytest

from plughub.core.connections import Given
from tests import make
from tests.dialects.plugboard.conftest import client_of
from tests.dialects.plugboard.replay import Known, exchanges, replay


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
        wrong += [f"{exchange.name}: {one}" for one in await replay(exchange, clients, known)]

    assert not wrong, "\n".join(wrong)
