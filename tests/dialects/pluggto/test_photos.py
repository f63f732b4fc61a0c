"""Photos that could never be fetched: an address in here is refused in whatever spelling, and nothing is kept."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from plughub import app
from plughub.config import Settings
from plughub.core.hub import Hub
from plughub.outbound import Outbound
from tests import make
from tests.dialects.pluggto.conftest import Client, client_of
from tests.sockets import serving

INSIDE = "http://169.254.169.254/latest/meta-data"


@pytest.fixture
async def client(hub: Hub, http: aiohttp.ClientSession, shop: make.Shop) -> AsyncIterator[Client]:
    """Of a hub whose operator opened nothing."""
    async with serving(app.application(hub, Outbound(), Settings(data=Path("unused")))) as address:
        yield await client_of(http, address, shop)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"photos": [{"url": "https://loja.example/a.jpg"}, {"url": INSIDE}]}, "photos[1].url"),
        ({"photos": {"url": "//127.1/a.jpg"}}, "photos[0].url"),
        ({"variations": [{"sku": "V", "photos": [{"url": "http://localhost/a.jpg"}]}]}, "variations[0].photos[0].url"),
    ],
)
async def test_it_is_refused_wherever_it_stands(client: Client, body: dict, field: str):
    refusals = [
        await client.post("/products", {"sku": "CAM", "name": "Camisa", **body}),
        await client.put("/skus/CAM", {"name": "Camisa", **body}),
    ]

    for refusal in refusals:
        assert (refusal.status, refusal.json["type"], refusal.json["field"]) == (400, "invalid_field", field)
    assert (await client.get("/skus/CAM")).status == 404


async def test_a_change_with_one_changes_nothing(client: Client):
    made = (await client.post("/products", {"sku": "CAM", "name": "Camisa"})).json["Product"]

    refusal = await client.put(f"/products/{made['id']}", {"name": "Outra", "photos": [{"url": INSIDE}]})

    assert refusal.status == 400
    assert (await client.get("/skus/CAM")).json["Product"]["name"] == "Camisa"


async def test_any_other_address_is_kept_as_it_is(client: Client):
    urls = ["https://loja.example/fotos/camisa azul.jpg", "fotos/1.jpg", "http://img.example:8080/x.jpg"]

    made = await client.post("/products", {"sku": "CAM", "name": "Camisa", "photos": [{"url": url} for url in urls]})

    assert [photo["url"] for photo in made.json["Product"]["photos"]] == urls
