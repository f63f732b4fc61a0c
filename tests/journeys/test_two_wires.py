"""One product, two wires: made by an application of Plugg.to's; prices, texts and pictures by one of Plugboard's."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tests.delivery.conftest import Stage, stage  # noqa: F401 - a fixture
from tests.dialects.plugboard.conftest import Client
from tests.dialects.plugboard.conftest import client_of as plugboard_client
from tests.dialects.pluggto.street import Street, street

SHIRT = {
    "name": "Camisa azul", "ean": "7890000000017", "ncm": "61051000", "brand": "Azul\u00e3o", "model": "M1",
    "price": 59.9, "special_price": 49.9, "cost": 20, "quantity": 10, "external": "P-1", "warranty_time": 3,
    "warranty_message": "contra defeitos", "available": 1, "handling_time": 2, "description": "Algod\u00e3o",
    "dimension": {"length": 30, "width": 20, "height": 3, "weight": 0.2},
    "categories": [{"name": "Moda > Camisas"}],
    "attributes": [{"code": "cor", "label": "Cor", "value": {"code": "az", "label": "Azul"}}],
    "photos": [{"url": "http://fotos.example/1.jpg", "title": "frente", "order": 1}],
    "price_table": [{"code": "vip", "label": "Clientes", "action": "decrease", "percentage": 10}],
    "stock_table": [{"code": "sp", "type": "supplier", "quantity": 4, "handling_time": 5}],
    "feito_em": "Brasil",
}  # fmt: skip
#: What every change moves.
MOVED = ("modified", "timestamp", "modified_by")


@dataclass
class Meeting:
    board: Client
    town: Street
    #: The product's path at Plugboard.
    path: str

    async def shirt(self) -> dict[str, Any]:
        answer = await self.town.ours.client.get("/skus/CAM")
        assert answer.status == 200
        shown: dict[str, Any] = answer.json["Product"]
        return shown

    async def news(self) -> list[str]:
        return sorted(self.town.line(body) for body in await self.town.told(self.town.ours))


@pytest.fixture
async def meeting(stage: Stage, http: aiohttp.ClientSession, address: str) -> AsyncIterator[Meeting]:  # noqa: F811
    board = await plugboard_client(http, address, stage.shop)
    async with street(stage, http, address, ("PUT", "/skus/CAM", SHIRT)) as town:
        (seen,) = (await board.get("/product")).json
        yield Meeting(board, town, f"/product/{seen['localId']}")


async def uploaded(board: Client, name: str) -> str:
    """A file that anybody may read."""
    made = await board.made("/file", {"name": name, "mimeType": "image/png", "publicAccess": True})
    answer = await board.call("PUT", f"/file/{made['localId']}/data", data=b"\x89PNG\r\n\x1a\n" + name.encode())
    assert answer.status == 200, answer.text
    return str(made["localId"])


def money(amount: str) -> dict[str, str]:
    return {"currency": "BRL", "amount": amount}


def step(quantity: int, amount: str) -> dict[str, Any]:
    return {"purchaseQty": str(quantity), "originalPriceExclVat": money(amount)}


async def test_a_product_is_priced_and_translated_elsewhere_and_neither_side_loses_a_field(meeting):
    board, made = meeting.board, await meeting.shirt()
    seen = (await board.get(meeting.path)).json
    assert (seen["sku"], seen["title"], seen["stock"], seen["gtin"]) == ("CAM", "Camisa azul", "10", "7890000000017")
    base, vip = seen["prices"]
    assert [one["qtyPrices"][0]["originalPriceExclVat"]["amount"] for one in (base, vip)] == ["59.90", "53.91"]

    # Three lists more, with steps of quantity; what was there is sent along as it was read.
    lists = [
        await board.made("/pricelist", {"name": name, "remoteId": name, "currency": "BRL"})
        for name in ("lojas", "atacado", "parceiros")
    ]
    added = [
        {
            "pricelist": {"remoteId": listed["remoteId"]},
            "qtyPrices": [step(1, f"{50 - at}.00"), step(10, f"{40 - at}.00")],
        }
        for at, listed in enumerate(lists)
    ]
    priced = await board.changed(meeting.path, {"prices": [base, vip, *added]})
    assert len(priced["prices"]) == 5
    assert await meeting.news() == ["products updated CAM price"]

    # Two languages.
    texts = {"eng": "Blue shirt", "swe": "Bl\u00e5 skjorta"}
    translated = await board.changed(meeting.path, {"title_lang": texts, "description_lang": {"eng": "Cotton"}})
    assert translated["title_lang"] == {"por": "Camisa azul", **texts}
    assert await meeting.news() == ["products updated CAM"]
    await board.changed(meeting.path, {"stock": "8"})
    assert await meeting.news() == ["products updated CAM stock"]

    # Two pictures beside the maker's photo, which has an address of its own.
    files = [await uploaded(board, name) for name in ("front.png", "back.png")]
    answer = await board.post(f"{meeting.path}/picture", [{"fileId": id} for id in files])
    assert [one["fileId"] for one in answer.json] == files
    assert await meeting.news() == ["products updated CAM"]

    # The maker sees what it wrote, the new stock, and the lists and pictures that its wire has a place for.
    after = await meeting.shirt()
    (photo, *pictures) = after["photos"]
    assert photo == made["photos"][0]
    assert [one["name"] for one in pictures] == ["front.png", "back.png"]
    for one, name in zip(pictures, ("front.png", "back.png"), strict=True):
        # Where the hub is told to be found; the test finds it elsewhere.
        async with board.http.get(URL(board.base).join(URL(one["url"]).relative())) as content:
            assert (await content.read()).endswith(name.encode())
    (own, *others) = after["price_table"]
    assert [(row["price"], row["action"]) for row in others] == [
        (50, "overwrite"),
        (49, "overwrite"),
        (48, "overwrite"),
    ]
    assert own == made["price_table"][0]
    expected = {**made, "quantity": 8, "price_table": [own, *others], "photos": after["photos"]}
    assert after == {**expected, **{name: after[name] for name in MOVED}}

    # Its next full PUT, with a word of its own changed, loses nothing of the other's.
    before = (await board.get(meeting.path)).json
    answer = await meeting.town.ours.client.put("/skus/CAM", {**after, "brand": "Azul"})
    assert answer.status == 200
    kept = (await board.get(meeting.path)).json
    assert [one["fileId"] for one in kept["pictures"]] == files
    assert kept == {**before, "brand": "Azul", "lastModified": kept["lastModified"]}
    # And so it is with what it made in the first place, sent once more.
    answer = await meeting.town.ours.client.put("/skus/CAM", {**SHIRT, "quantity": 7, "price": 60})
    assert answer.status == 200
    last = (await board.get(meeting.path)).json
    assert (last["stock"], last["brand"], last["title_lang"]) == ("7", "Azul\u00e3o", before["title_lang"])
    assert last["pictures"] == before["pictures"]
    assert [one["qtyPrices"] for one in last["prices"][2:]] == [one["qtyPrices"] for one in before["prices"][2:]]


async def test_the_maker_is_not_told_of_its_own_doing_and_the_other_application_is(meeting):
    town = meeting.town
    await meeting.board.changed(meeting.path, {"prices": [], "stock": "1"})
    assert await meeting.news() == ["products updated CAM stock+price"]
    assert sorted(town.line(body) for body in await town.told(town.theirs)) == ["products updated CAM stock+price"]

    await town.call("PUT", "/skus/CAM", {"price": 70})

    assert await town.news() == ["products updated CAM price"]
    (listed,) = (await meeting.board.get(meeting.path)).json["prices"][:1]
    assert listed["qtyPrices"][0]["originalPriceExclVat"]["amount"] == "70.00"
