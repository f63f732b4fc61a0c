"""Price lists, steps of quantity and the four paths of prices (specification 12.2 and 12.3, A8)."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest

from plughub.core import connections, events, products
from plughub.core.caller import Caller
from plughub.core.patch import Merge, Patch
from plughub.core.prices import Action
from tests import make
from tests.dialects.plugboard.conftest import Client, client_of


def sek(amount: str) -> dict[str, object]:
    return {"currency": "SEK", "amount": amount}


def steps(**amounts: str) -> list[dict[str, object]]:
    return [{"purchaseQty": key[1:], "originalPriceExclVat": sek(amount)} for key, amount in amounts.items()]


class Tea:
    """A product and the paths of its prices."""

    def __init__(self, client: Client, product: UUID, variant: UUID) -> None:
        self.client, self.product, self.variant = client, product, variant
        self.path = f"/product/{variant.hex}/price"

    def caller(self) -> Caller:
        mine = self.client.shop.caller
        return Caller(
            tenant=mine.tenant, company=mine.company, actor="test", language=mine.language, currency=mine.currency,
            connection=self.client.connection.id,
        )  # fmt: skip

    async def change(self, changes: Patch) -> None:
        async with self.client.shop.hub.change(self.client.shop.tenant.id) as tx:
            await products.change(tx, self.client.shop.caller, self.product, changes)

    async def read(self) -> products.Product:
        async with self.client.shop.hub.read(self.client.shop.tenant.id) as tx:
            return (await products.by_id(tx, self.client.shop.caller, self.product)).value

    async def history(self) -> int:
        async with self.client.shop.hub.read(self.client.shop.tenant.id) as tx:
            return len(await events.history(tx, self.client.shop.tenant.id, "product", self.product))


@pytest.fixture
async def tea(client: Client) -> Tea:
    async with client.shop.hub.change(client.shop.tenant.id) as tx:
        made = await products.create(tx, client.shop.caller, {"default": {"sku": "TE-77"}})
        tea = Tea(client, made.id, made.value.default.id)
        await connections.set_remote_id(tx, tea.caller(), "variant", tea.variant, "art-77", exclusive=True)
    return tea


async def resellers(client: Client, **facts: object) -> str:
    body = {"remoteId": "b2b", "name": "Återförsäljare", "name_lang": {"en": "Resellers"}, "currency": "752", **facts}
    return str((await client.made("/pricelist", body))["localId"])


async def test_every_tenant_has_one_list_and_more_can_be_made(client):
    (base,) = (await client.get("/pricelist")).json
    assert (base["currency"], base["source"]) == ("SEK", {"type": "user", "login": "system"})
    assert base["name"] == "Base price"

    made = await client.made("/pricelist", {"remoteId": "b2b", "name": "Återförsäljare", "currency": "752"})

    assert (made["name_lang"], made["currency"]) == ({"swe": "Återförsäljare"}, "SEK")
    found = await client.post("/pricelist/query", {"order": [{"field": "name", "direction": "descending"}]})
    assert [one["localId"] for one in found.json] == [made["localId"], base["localId"]]
    assert await client.changed(f"/pricelist/{made['localId']}", made) == made


async def test_a_list_needs_a_name_and_a_currency(client):
    assert (await client.post("/pricelist", {"name": "x"})).refusal == (400, "FieldRequired", "currency")
    assert (await client.post("/pricelist", {"currency": "SEK"})).refusal == (400, "FieldRequired", "name")
    answer = await client.post("/pricelist", {"name": "x", "currency": "000"})
    assert answer.refusal == (400, "CurrencyUnknown", "currency")
    assert len((await client.get("/pricelist")).json) == 1


async def test_the_list_of_base_prices_stays(client):
    (base,) = (await client.get("/pricelist")).json
    path = f"/pricelist/{base['localId']}"

    assert (await client.delete(path)).refusal == (409, "RecordInUse", None)
    assert (await client.put(path, {"currency": "EUR"})).refusal == (409, "RecordInUse", None)
    assert (await client.get(path)).json == base
    assert (await client.changed(path, {"name": "Grundpris"}))["name"] == "Grundpris"


async def test_a_list_with_prices_keeps_its_currency_and_stays(client, tea):
    listed = await resellers(client)
    path = f"/pricelist/{listed}"
    assert (await client.changed(path, {"currency": "EUR"}))["currency"] == "EUR"
    await client.changed(path, {"currency": "SEK"})
    await client.changed(f"{tea.path}/{listed}", {"qtyPrices": steps(q1="80")})

    assert (await client.put(path, {"currency": "EUR"})).refusal == (409, "RecordInUse", None)
    assert (await client.delete(path)).refusal == (409, "RecordInUse", None)
    assert (await client.get(path)).json["currency"] == "SEK"

    await client.delete(f"{tea.path}/{listed}")
    assert (await client.delete(path)).json["deleted"] is True
    answer = await client.put(tea.path, [{"pricelist": {"localId": listed}, "qtyPrices": steps(q1="80")}])
    assert answer.refusal == (400, "ReferenceUnknown", "[0].pricelist")


async def test_the_vendors_steps_come_back_sorted(client, tea):
    listed = await resellers(client)
    sent = [{"pricelist": {"localId": listed}, "qtyPrices": steps(q10="64.00", q1="80")}]

    stored = await client.changed(tea.path, sent)

    assert stored == [
        {"pricelist": {"localId": listed, "remoteId": "b2b"}, "qtyPrices": steps(q1="80.00", q10="64.00")}
    ]
    assert (await client.get(tea.path)).json == stored
    both = {"remoteId": "art-77", "pricelistRemoteId": "b2b"}
    one = await client.get("/product/by-remote-id/price/by-remote-Id", params=both)
    assert (one.status, one.json) == (200, stored[0])
    assert (await client.get("/product/by-remote-id/price", params={"remoteId": "art-77"})).json == stored


async def test_a_price_holds_from_its_quantity_on(client, tea):
    listed = await resellers(client)
    await client.changed(f"{tea.path}/{listed}", {"qtyPrices": steps(q5="80", q10="64")})
    product = await tea.read()

    def price(quantity: str) -> Decimal | None:
        return products.price_in(product, product.default, listed, Decimal(quantity)).price

    assert [price(quantity) for quantity in ("4.9", "5", "9", "10", "1000")] == [None, 80, 80, 64, 64]


async def test_one_list_is_set_and_removed_without_the_others(client, tea):
    listed = await resellers(client)
    (base, _) = (await client.get("/pricelist")).json
    one = {"pricelist": {"remoteId": "b2b"}, "qtyPrices": steps(q1="80")}
    first = await client.changed(f"{tea.path}/{base['localId']}", {"qtyPrices": steps(q1="100", q6="90")})

    assert (await client.post(tea.path, one)).status == 201
    assert (await client.post(tea.path, one)).refusal == (409, "KeyTaken", "pricelist")
    assert (await client.changed(f"{tea.path}/{listed}", {"qtyPrices": steps(q2="70")}))["qtyPrices"] == steps(
        q2="70.00"
    )
    assert [element["qtyPrices"] for element in (await client.get(tea.path)).json] == [
        first["qtyPrices"], steps(q2="70.00")
    ]  # fmt: skip
    assert (await tea.read()).default.price == 100
    gone = await client.delete(f"{tea.path}/{listed}")
    assert (gone.status, gone.json["qtyPrices"]) == (200, steps(q2="70.00"))
    assert (await client.get(f"{tea.path}/{listed}")).refusal == (404, "NoSuchRecord", "pricelist")
    assert (await client.get(tea.path)).json == [first]

    assert (await client.delete(tea.path)).json == [first]
    assert (await client.get(tea.path)).json == []
    assert (await tea.read()).default.price is None


async def test_a_whole_list_replaces_all(client, tea):
    listed = await resellers(client)
    (base, _) = (await client.get("/pricelist")).json
    await client.changed(f"{tea.path}/{base['localId']}", {"qtyPrices": steps(q1="100")})

    stored = await client.changed(tea.path, [{"pricelist": {"localId": listed}, "qtyPrices": steps(q1="1")}])

    assert [element["pricelist"]["localId"] for element in stored] == [listed]
    assert (await client.changed(tea.path, [])) == []


async def test_what_came_back_unchanged_moves_nothing_that_another_wire_wrote(client, tea):
    rows = [
        {"code": "up", "action": Action.INCREASE, "percentage": Decimal(10), "label": "Dyrt"},
        {"code": "sale", "special_amount": Decimal(70)},
    ]
    terms: Patch = {"price": Decimal(100), "special_price": Decimal(90), "prices": Merge(rows, keys=("code",))}
    await tea.change({"default": terms})
    before, told = await tea.read(), await tea.history()
    shown = (await client.get(tea.path)).json
    assert [element["qtyPrices"] for element in shown] == [
        steps(q1="100.00"), steps(q1="100.00"), steps(q1="110.00")
    ]  # fmt: skip

    assert await client.changed(tea.path, shown) == shown
    assert (await tea.read(), await tea.history()) == (before, told)

    shown[2]["qtyPrices"] = steps(q1="120")
    await client.changed(tea.path, shown)
    up = next(row for row in (await tea.read()).default.prices if row.code == "up")
    assert (up.action, up.amount, up.percentage, up.label) == ("overwrite", 120, None, "Dyrt")
    assert (await tea.read()).default.special_price == 90


async def test_a_computed_price_that_the_client_wants_to_stay_stays(client, tea):
    """The base price moves in the same request: what a list computes from it would move along."""
    up = {"code": "up", "action": Action.INCREASE, "percentage": Decimal(10)}
    await tea.change({"default": {"price": Decimal(100), "prices": Merge([up], keys=("code",))}})
    sent = (await client.get(tea.path)).json
    sent[0]["qtyPrices"] = steps(q1="200")

    stored = await client.changed(tea.path, sent)

    assert [element["qtyPrices"] for element in stored] == [steps(q1="200.00"), steps(q1="110.00")]


async def test_a_list_that_another_wire_named_is_a_record(client, tea):
    await tea.change({"default": {"prices": Merge([{"code": "atacado", "amount": Decimal(5)}], keys=("code",))}})

    _, listed = (await client.get("/pricelist")).json

    assert (listed["name"], listed["currency"]) == ("atacado", "SEK")
    stored = await client.changed(f"{tea.path}/{listed['localId']}", {"qtyPrices": steps(q1="5", q10="4")})
    assert stored["qtyPrices"] == steps(q1="5.00", q10="4.00")
    assert {row.code for row in (await tea.read()).default.prices} == {"atacado"}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([{"qtyPrices": []}], ("FieldType", "[0].pricelist")),
        ([{"pricelist": {}}], ("FieldRequired", "[0].pricelist")),
        ([{"pricelist": {"remoteId": "nope"}}], ("ReferenceUnknown", "[0].pricelist")),
        ([{"pricelist": {"localId": "0" * 32}}], ("ReferenceUnknown", "[0].pricelist")),
        ([{"pricelist": {"remoteId": "b2b"}}] * 2, ("PricelistTwice", "[1].pricelist")),
        (steps(q1="1", **{"q1.0": "2"}), ("QtyTwice", "[0].qtyPrices[1].purchaseQty")),
        (steps(q0="1"), ("FieldRange", "[0].qtyPrices[0].purchaseQty")),
        (steps(q1="-1"), ("FieldRange", "[0].qtyPrices[0].originalPriceExclVat.amount")),
        (steps(q1="4,2"), ("DecimalMalformed", "[0].qtyPrices[0].originalPriceExclVat.amount")),
        ([{"purchaseQty": "1"}], ("FieldRequired", "[0].qtyPrices[0].originalPriceExclVat")),
        (
            [{"purchaseQty": "1", "originalPriceExclVat": {"currency": "SEK"}}],
            ("MoneyIncomplete", "[0].qtyPrices[0].originalPriceExclVat.amount"),
        ),
        (
            [{"purchaseQty": "1", "originalPriceExclVat": {"currency": "EUR", "amount": "1"}}],
            ("CurrencyMismatch", "[0].qtyPrices[0].originalPriceExclVat.currency"),
        ),
    ],
)
async def test_prices_that_are_not_right_are_refused_and_none_is_kept(client, tea, sent, expected):
    listed = await resellers(client)
    before = await client.changed(f"{tea.path}/{listed}", {"qtyPrices": steps(q1="80")})
    is_steps = "purchaseQty" in sent[0]
    body = [{"pricelist": {"remoteId": "b2b"}, "qtyPrices": sent}] if is_steps else sent

    assert (await client.put(tea.path, body)).refusal == (400, *expected)
    assert (await client.get(tea.path)).json == [before]


async def test_the_paths_refuse_what_they_do_not_serve(client, tea, other, http, address, hub):
    listed = await resellers(client)
    unknown = "0" * 32
    other_list = {"pricelist": {"localId": (await client.get("/pricelist")).json[0]["localId"]}, "qtyPrices": []}

    assert (await client.post(f"{tea.path}/{listed}", {})).refusal == (405, "MethodNotAllowed", None)
    assert (await client.get(f"/product/{unknown}/price")).refusal == (404, "NoSuchRecord", "localId")
    assert (await client.get(f"{tea.path}/{unknown}")).refusal == (404, "NoSuchRecord", "pricelistLocalId")
    answer = await client.put(f"{tea.path}/{listed}", other_list)
    assert answer.refusal == (400, "LocalIdMismatch", "pricelist")
    answer = await client.get("/product/by-remote-id/price")
    assert answer.refusal == (400, "ParameterMalformed", "remoteId")
    answer = await other.get("/product/by-remote-id/price", params={"remoteId": "art-77"})
    assert answer.refusal == (404, "NoSuchRemoteId", "remoteId")
    both = {"remoteId": "art-77", "pricelistRemoteId": "nope"}
    answer = await client.get("/product/by-remote-id/price/by-remote-id", params=both)
    assert answer.refusal == (404, "NoSuchRemoteId", "pricelistRemoteId")

    stranger = await client_of(http, address, await make.shop(hub))
    for path in (tea.path, f"{tea.path}/{listed}"):
        assert (await stranger.get(path)).refusal == (404, "NoSuchRecord", "localId")
    assert (await stranger.get(f"/pricelist/{listed}")).refusal == (404, "NoSuchRecord", "localId")
    assert listed not in (await stranger.get("/pricelist")).text


async def test_many_at_once_leave_each_list_whole(client, tea):
    lists = [await resellers(client, remoteId=f"l{n}") for n in range(6)]

    await asyncio.gather(
        *(client.changed(f"{tea.path}/{one}", {"qtyPrices": steps(q1="1", q5=f"{n}")}) for n, one in enumerate(lists))
    )

    shown = (await client.get(tea.path)).json
    assert {element["pricelist"]["localId"] for element in shown} == set(lists)
    assert all(len(element["qtyPrices"]) == 2 for element in shown)


async def test_a_product_carries_its_prices(client):
    listed = await resellers(client)
    body = {
        "sku": "TE-78", "vatRatePercent": "12",
        "prices": [{"pricelist": {"remoteId": "b2b"}, "qtyPrices": steps(q10="64.00", q1="80")}],
    }  # fmt: skip

    made = await client.made("/product", body)

    shown = [{"pricelist": {"localId": listed}, "qtyPrices": steps(q1="80.00", q10="64.00")}]
    assert made["prices"] == shown == (await client.get("/product")).json[0]["prices"]
    path = f"/product/{made['localId']}"
    assert await client.changed(path, made) == made
    assert (await client.changed(path, {"title": "Te"}))["prices"] == shown
    answer = await client.put(path, {"prices": shown * 2})
    assert answer.refusal == (400, "PricelistTwice", "prices[1].pricelist")
    (base, _) = (await client.get("/pricelist")).json
    other = [{"pricelist": {"localId": base["localId"]}, "qtyPrices": steps(q1="5")}]
    assert (await client.changed(path, {"prices": other}))["prices"][0]["pricelist"]["localId"] == base["localId"]
    for nothing in ([], None):
        assert (await client.changed(path, {"prices": nothing}))["prices"] == []


async def test_a_price_is_shown_with_the_digits_that_its_client_asked_for(client, tea):
    second = await client.made("/pricelist", {"name": "B2B", "currency": "SEK"})
    base = (await client.get("/pricelist")).json[0]["localId"]

    def prices(**decimals: object) -> list[dict[str, object]]:
        rows = [{"purchaseQty": "1", "originalPriceExclVat": {**sek("80"), **decimals}}]
        return [{"pricelist": {"localId": id}, "qtyPrices": rows} for id in (base, second["localId"])]

    def shown(elements: list[dict]) -> list[object]:
        return [step["originalPriceExclVat"] for one in elements for step in one["qtyPrices"]]

    told = (await client.put(tea.path, prices(decimals=4))).json
    known = await tea.history()
    again = (await client.put(tea.path, told)).json
    product = (await client.get(f"/product/{tea.variant.hex}")).json

    assert shown(told) == shown(again) == shown(product["prices"]) == [{**sek("80.0000"), "decimals": 4}] * 2
    assert await tea.history() == known
    assert shown((await client.put(tea.path, prices(decimals=1))).json) == [{**sek("80.0"), "decimals": 1}] * 2
    await tea.change({"default": {"price": Decimal(90)}})
    kept = (await client.get(tea.path)).json
    assert shown(kept) == [{**sek("90.0"), "decimals": 1}, {**sek("80.0"), "decimals": 1}]
    assert shown((await client.put(tea.path, prices())).json) == [sek("80.00")] * 2
