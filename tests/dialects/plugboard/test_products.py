"""Products: one flat record per SKU, whoever wrote it (specification 12.1 and appendix A)."""

import asyncio
from decimal import Decimal

import pytest

from plughub.core import products, stock
from plughub.core.products import Content
from tests import make
from tests.dialects.pluggto.conftest import client_of as pluggto_client

NOBODY = "0" * 32
TEA = {"remoteId": "art-77", "vatRatePercent": "12", "stock": "4", "stockType": "stocked", "sku": "TE-77"}


async def test_the_smallest_product_is_created_with_all_that_products_show(client):
    body = {
        **TEA,
        "title": "Gr\u00f6nt te",
        "title_lang": {"en": "Green tea"},
        "customData": {"|x-lager|hylla": {"value": "B7"}},
    }

    made = await client.made("/product", body)

    id = made["localId"]
    assert made == {
        "href": f"/plugboard/api/product/{id}",
        "localId": id,
        "remoteId": "art-77",
        "remoteIdMap": {client.id: {"connectionId": client.id, "remoteId": "art-77"}},
        "remoteRefMap": {},
        "created": made["created"],
        "lastModified": made["lastModified"],
        "deleted": False,
        "source": {
            "type": "connection",
            "connectionType": "api",
            "connectionId": client.id,
            "code": None,
            "connectionName": client.connection.name,
        },
        "sku": "TE-77",
        "title": "Gr\u00f6nt te",
        "title_lang": {"swe": "Gr\u00f6nt te", "eng": "Green tea"},
        "shortDescription": None,
        "shortDescription_lang": {},
        "description": None,
        "description_lang": {},
        "alternateContent": {},
        "state": "visible",
        "purchasable": True,
        "gtin": None,
        "manufacturersSku": None,
        "brand": None,
        "vatRatePercent": "12",
        "perUnitTaxes": [
            {
                "taxType": "vat",
                "label": None,
                "percentage": "12",
                "taxableAmount": None,
                "tax": None,
                "customData": {},
            }
        ],
        "stock": "4",
        "stockType": "stocked",
        "weight": None,
        "volume": None,
        "variantGroup": None,
        "categories": [],
        "attributeValues": [],
        "prices": [],
        "pictures": [],
        "customData": {"|x-lager|hylla": {"moduleId": "x-lager", "key": "hylla", "type": "string", "value": "B7"}},
    }
    assert (await client.get(f"/product/{id}")).json == made
    assert (await client.get("/product/by-remote-id?remoteId=art-77")).json == made


async def test_change_clear_and_keep(client):
    made = await client.made("/product", {**TEA, "title": "Te", "title_lang": {"en": "Tea"}, "weight": "1.0"})
    change = {"stock": "3.5", "brand": "", "title_lang": {"eng": None}, "gtin": "735", "purchasable": False}

    changed = await client.changed(f"/product/{made['localId']}", change)

    moved = {"stock": "3.5", "brand": "", "title_lang": {"swe": "Te"}, "gtin": "735", "purchasable": False}
    assert {**changed, "lastModified": None} == {**made, **moved, "lastModified": None}
    cleared = await client.changed(
        f"/product/{made['localId']}", {"brand": None, "gtin": None, "weight": None, "state": None, "purchasable": None}
    )
    assert [cleared[name] for name in ("brand", "gtin", "weight", "state", "purchasable")] == [
        None, None, None, "visible", True,
    ]  # fmt: skip


async def test_a_product_sent_back_as_it_was_read_is_no_change(client):
    group = await client.made("/product/variantgroup", {"title": "Te"})
    size = await client.made("/product/attribute", {"name": "Storlek"})
    body = {
        **TEA,
        "title": "Te",
        "perUnitTaxes": [{"taxType": "salestax", "percentage": "7.50"}, {"percentage": "25.0", "label": "moms"}],
        "variantGroup": {"localId": group["localId"]},
        "attributeValues": [{"attribute": {"localId": size["localId"]}, "value": "200 g"}],
        "customData": {"|x-a|b": {"value": "c"}},
    }
    made = await client.made("/product", body)

    assert await client.changed(f"/product/{made['localId']}", made) == made
    assert [tax["percentage"] for tax in made["perUnitTaxes"]] == ["7.50", "25.0"]
    assert made["vatRatePercent"] == "25.0"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"sku": None}, (400, "FieldRequired", "sku")),
        ({"sku": ""}, (400, "FieldRequired", "sku")),
        ({"vatRatePercent": "101"}, (400, "FieldRange", "vatRatePercent")),
        ({"perUnitTaxes": [{"taxType": "gst", "percentage": "1"}]}, (400, "FieldEnum", "perUnitTaxes[0].taxType")),
        ({"stock": "1e3"}, (400, "DecimalMalformed", "stock")),
        ({"stock": ""}, (400, "DecimalMalformed", "stock")),
        ({"stockType": "Stocked"}, (400, "FieldEnum", "stockType")),
        ({"title": "x" * 4001}, (400, "FieldTooLong", "title")),
        ({"sku": "x" * 501}, (400, "FieldTooLong", "sku")),
        ({"variantGroup": {"localId": NOBODY}}, (400, "ReferenceUnknown", "variantGroup.localId")),
        ({"variantGroup": {"remoteId": "nope"}}, (400, "ReferenceUnknown", "variantGroup.remoteId")),
        ({"categories": [{"localId": "x"}]}, (400, "ReferenceUnknown", "categories[0].localId")),
        ({"attributeValues": [{"value": "x"}]}, (400, "FieldType", "attributeValues[0].attribute")),
        ({"alternateContent": {NOBODY: {}}}, (400, "ReferenceUnknown", f"alternateContent.{NOBODY}.localId")),
    ],
)  # fmt: skip
async def test_a_product_that_is_not_right_is_refused(client, change, expected):
    answer = await client.post("/product", {**TEA, **change})

    assert answer.refusal == expected
    assert (await client.get("/product")).json == []


async def test_stock_is_taken_as_a_json_number_digit_by_digit(client):
    answer = await client.post("/product", data='{"sku": "A", "vatRatePercent": 25.0, "stock": 413.10}')

    assert (answer.json["stock"], answer.json["vatRatePercent"]) == ("413.10", "25.0")


async def test_one_sku_is_one_product(client, hub):
    await client.made("/product", TEA)

    assert (await client.post("/product", {**TEA, "remoteId": "x"})).refusal == (409, "SkuTaken", "sku")
    assert (await client.post("/product", {**TEA, "sku": "x"})).refusal == (409, "RemoteIdTaken", "remoteId")
    assert len((await client.get("/product")).json) == 1


async def test_twenty_upserts_of_one_product_leave_one(client):
    sent = [client.post("/product?updateOnRemoteId=true", {**TEA, "stock": str(number)}) for number in range(20)]

    answers = await asyncio.gather(*sent)

    assert sorted(answer.status for answer in answers) == [200] * 19 + [201]
    (left,) = (await client.get("/product")).json
    assert {answer.json["localId"] for answer in answers} == {left["localId"]}


async def test_stock_is_what_may_still_be_sold(client):
    """(S): "the available stock". What is promised to orders comes on top of it on the shelf."""
    shop = client.shop
    made = await client.made("/product", TEA)
    await make.order(shop, {"sku": "TE-77", "quantity": Decimal(3)}, reserves_stock=True)

    assert (await client.get(f"/product/{made['localId']}")).json["stock"] == "1"
    changed = await client.changed(f"/product/{made['localId']}", {"stock": "10"})

    assert changed["stock"] == "10"
    async with shop.hub.read(shop.tenant.id) as tx:
        record = await products.by_sku(tx, shop.caller, "TE-77")
        ledger = await stock.movements(tx, shop.tenant.id, record.value.default.id)
    (level,) = record.value.default.levels
    assert (level.on_hand, level.reserved) == (Decimal(13), Decimal(3))
    assert sum(movement.delta for movement in ledger) == level.on_hand


async def test_stock_may_fall_below_zero(client):
    made = await client.made("/product", {**TEA, "stock": "-2"})

    assert made["stock"] == "-2"


async def test_what_another_wire_wrote_is_seen_and_stays(client, http, address):
    """A product of Plugg.to's with everything, changed here, is there as it was but for that change."""
    before_us = await pluggto_client(http, address, client.shop)
    sent = {
        "sku": "CAM", "name": "Camisa", "ean": "789", "brand": "Marca", "ncm": "6105", "price": 59.9, "cost": 20,
        "quantity": 7, "external": "P1", "dimension": {"weight": 0.3, "length": 20}, "warranty_time": 3,
        "categories": [{"name": "Moda > Camisas"}], "photos": [{"url": "https://x.example/1.jpg"}],
        "attributes": [{"code": "cor", "label": "Cor", "value": {"code": "az", "label": "Azul"}}],
        "price_table": [{"code": "b2b", "price": 50}], "stock_table": [{"code": "sp", "quantity": 2}],
        "unknown": {"a": 1},
    }  # fmt: skip
    assert (await before_us.post("/products", sent)).status == 201
    theirs = (await before_us.get("/skus/CAM")).json["Product"]

    (seen,) = (await client.post("/product/query", {})).json
    assert seen["sku"] == "CAM"
    assert (seen["title"], seen["brand"], seen["gtin"], seen["stock"]) == ("Camisa", "Marca", "789", "7")
    assert (seen["weight"], seen["vatRatePercent"], seen["perUnitTaxes"]) == ("0.3", None, [])
    assert seen["source"]["connectionType"] == "pluggto"
    assert [known["remoteId"] for known in seen["remoteIdMap"].values()] == ["P1"]
    assert len(seen["categories"]) == 1
    assert seen["attributeValues"] == [
        {
            "attribute": {"localId": None, "name": "Cor"},
            "value": "Azul",
            "value_lang": {"swe": "Azul"},
            "customData": {},
        }
    ]

    path = f"/product/{seen['localId']}"
    assert await client.changed(path, seen) == seen
    await client.changed(
        path, {"brand": "Annan", "stock": "8", "attributeValues": [], "customData": {"|x-a|b": {"value": "1"}}}
    )

    after = (await before_us.get("/skus/CAM")).json["Product"]
    expected = {**theirs, "brand": "Annan", "quantity": 8}
    for name in ("modified", "timestamp", "modified_by"):
        expected[name] = after[name]
    assert after == expected


async def test_attributes_keep_their_order_and_their_labels_whoever_wrote_them(client, http, address):
    them = await pluggto_client(http, address, client.shop)
    size = await client.made("/product/attribute", {"name": "Storlek"})
    value = {"attribute": {"localId": size["localId"]}, "value": "200 g"}
    path = f"/product/{(await client.made('/product', {**TEA, 'attributeValues': [value]}))['localId']}"
    (known,) = (await them.get("/skus/TE-77")).json["Product"]["attributes"]
    more = [{"id": known["id"], "label": "Tamanho"}, {"code": "cor", "label": "Cor", "value": {"code": "vd"}}]
    await them.put("/skus/TE-77", {"attributes": more})
    before = (await them.get("/skus/TE-77")).json["Product"]["attributes"]
    shown = (await client.get(path)).json

    assert await client.changed(path, shown) == shown

    assert (await them.get("/skus/TE-77")).json["Product"]["attributes"] == before
    assert [attribute["label"] for attribute in before] == ["Tamanho", "Cor"]
    back = await client.changed(path, {"attributeValues": [*reversed(shown["attributeValues"])]})
    assert back["attributeValues"] == [*reversed(shown["attributeValues"])]


async def test_each_variation_of_another_wire_is_a_product_with_a_stock_of_its_own(client):
    shop = client.shop
    given = {"content": {"sv": Content(name="Skjorta", description="Bomull")}, "brand": "M"}
    record = await make.product(shop, "CAM", variants={"CAM-A": 3, "CAM-B": 5}, **given)
    first, second = record.value.variants

    listed = {one["sku"]: one for one in (await client.get("/product")).json}

    assert {sku: (one["localId"], one["stock"], one["title"]) for sku, one in listed.items()} == {
        "CAM-A": (first.id.hex, "3", "Skjorta"),
        "CAM-B": (second.id.hex, "5", "Skjorta"),
    }
    assert listed["CAM-A"]["variantGroup"] == {"localId": record.id.hex}
    path = f"/product/{first.id.hex}"
    assert await client.changed(path, listed["CAM-A"]) == listed["CAM-A"]
    changed = await client.changed(path, {"title": "Skjorta A", "stock": "4", "remoteId": "a", "vatRatePercent": "25"})
    assert (changed["title"], changed["description"], changed["stock"]) == ("Skjorta A", "Bomull", "4")
    beside = (await client.get(f"/product/{second.id.hex}")).json
    assert (beside["title"], beside["stock"], beside["vatRatePercent"]) == ("Skjorta", "5", None)
    refused = await client.put(path, {"variantGroup": None})
    assert refused.refusal == (400, "FieldReadOnly", "variantGroup")
    assert (await client.get(f"/product/{record.value.default.id.hex}")).status == 404

    gone = await client.delete(path)
    assert (gone.json["deleted"], gone.json["sku"]) == (True, "CAM-A")
    async with shop.hub.read(shop.tenant.id) as tx:
        left = (await products.by_sku(tx, shop.caller, "CAM")).value
    assert [variant.sku for variant in left.variants] == ["CAM-B"]
    listed = {one["sku"]: one["deleted"] for one in (await client.get("/product")).json}
    assert listed == {"CAM-A": True, "CAM-B": False}


async def test_a_product_written_here_is_seen_and_sold_by_the_other_wire(client, http, address):
    await client.made("/product", {**TEA, "title": "Te", "brand": "Teverket", "gtin": "735"})
    their = await pluggto_client(http, address, client.shop)

    seen = (await their.get("/skus/TE-77")).json["Product"]

    assert (seen["name"], seen["brand"], seen["ean"], seen["quantity"]) == ("Te", "Teverket", "735", 4)
    await their.put("/skus/TE-77/stock", {"action": "decrease", "quantity": 1})
    assert (await client.get("/product/by-remote-id?remoteId=art-77")).json["stock"] == "3"


async def test_what_is_deleted_frees_its_sku_and_stays_in_lists(client):
    made = await client.made("/product", TEA)

    gone = (await client.delete("/product/by-remote-id?remoteId=art-77")).json

    assert (gone["deleted"], gone["sku"], gone["stock"]) == (True, "TE-77", "4")
    assert (await client.get(f"/product/{made['localId']}")).json == gone
    assert (await client.put(f"/product/{made['localId']}", {"stock": "1"})).refusal == (409, "RecordDeleted", None)
    assert (await client.get("/product/by-remote-id?remoteId=art-77")).refusal[1] == "NoSuchRemoteId"
    again = await client.made("/product", TEA)
    assert [one["localId"] for one in (await client.get("/product")).json] == [made["localId"], again["localId"]]
    query = {"filter": {"type": "eq", "field": "sku", "value": {"type": "str", "value": "TE-77"}}}
    assert len((await client.post("/product/query", query)).json) == 2
    (left,) = (await client.post("/product/query", {**query, "deletedFlag": "not-deleted"})).json
    assert left["localId"] == again["localId"]


async def test_a_part_of_a_kit_is_in_use(client):
    made = await client.made("/product", TEA)
    await make.product(client.shop, "KIT", components={"TE-77": 2})

    (kit,) = (
        await client.post(
            "/product/query", {"filter": {"type": "like", "field": "sku", "value": {"type": "str", "value": "k%"}}}
        )
    ).json
    assert kit["stock"] == "2"
    assert (await client.delete(f"/product/{made['localId']}")).refusal == (409, "RecordInUse", None)


async def test_a_variant_group_shows_who_is_in_it(client):
    size = await client.made("/product/attribute", {"name": "Storlek", "name_lang": {"en": "Size"}, "remoteId": "s"})
    group = await client.made(
        "/product/variantgroup", {"title": "Te", "attributes": [{"remoteId": "s"}], "remoteId": "g"}
    )
    assert (group["title"], group["products"], group["attributes"]) == ("Te", [], [{"localId": size["localId"]}])

    value = {"attribute": {"localId": size["localId"]}, "value": "200 g", "value_lang": {"en": "7 oz"}}
    made = await client.made("/product", {**TEA, "variantGroup": {"remoteId": "g"}, "attributeValues": [value]})

    assert made["variantGroup"] == {"localId": group["localId"]}
    assert made["attributeValues"] == [
        {
            "attribute": {"localId": size["localId"]},
            "value": "200 g",
            "value_lang": {"swe": "200 g", "eng": "7 oz"},
            "customData": {},
        }
    ]
    path = f"/product/variantgroup/{group['localId']}"
    assert (await client.get(path)).json["products"] == [{"localId": made["localId"]}]
    assert (await client.get("/product/variantgroup")).json[0]["products"] == [{"localId": made["localId"]}]
    assert (await client.delete(path)).refusal == (409, "RecordInUse", None)
    await client.changed(f"/product/{made['localId']}", {"variantGroup": None})
    assert (await client.get("/product/variantgroup")).json[0]["products"] == []
    assert (await client.delete(path)).json["deleted"] is True


async def test_texts_of_a_content_group_are_merged_by_key(client):
    group = (await client.made("/contentgroup", {"name": "Marknadsplats X"}))["localId"]
    made = await client.made("/product", {**TEA, "title": "Te"})
    path = f"/product/{made['localId']}"

    changed = await client.changed(
        path, {"alternateContent": {group: {"title_lang": {"sv": "Te, 200 g", "en": "Tea"}}}}
    )

    assert changed["title"] == "Te"
    assert changed["alternateContent"] == {
        group: {
            "contentGroupId": group,
            "title": "Te, 200 g",
            "title_lang": {"swe": "Te, 200 g", "eng": "Tea"},
            "shortDescription": None,
            "shortDescription_lang": {},
            "description": None,
            "description_lang": {},
        }
    }
    changed = await client.changed(
        path, {"alternateContent": {group: {"description": "B\u00e4st", "title_lang": {"en": None}}}}
    )
    assert changed["alternateContent"][group]["title_lang"] == {"swe": "Te, 200 g"}
    assert changed["alternateContent"][group]["description"] == "B\u00e4st"
    assert (await client.changed(path, {"alternateContent": {group: None}}))["alternateContent"] == {}


@pytest.mark.parametrize(
    ("taxes", "rate", "items"),
    [
        ({"vatRatePercent": "25"}, "25", [("vat", "25")]),
        ({"perUnitTaxes": []}, "0", []),
        ({"perUnitTaxes": [{"taxType": "salestax", "percentage": "8"}]}, "0", [("salestax", "8")]),
        ({"perUnitTaxes": [{"percentage": "8"}, {"percentage": "9"}]}, None, [("vat", "8"), ("vat", "9")]),
        ({"vatRatePercent": "25", "perUnitTaxes": [{"percentage": "6"}]}, "6", [("vat", "6")]),
    ],
)
async def test_both_forms_of_a_tax_say_the_same(client, taxes, rate, items):
    body = {name: value for name, value in TEA.items() if name != "vatRatePercent"}

    made = await client.made("/product", {**body, **taxes})

    assert made["vatRatePercent"] == rate
    assert [(tax["taxType"], tax["percentage"]) for tax in made["perUnitTaxes"]] == items


async def test_no_rate_removes_vat_and_leaves_sales_tax(client):
    both = [{"percentage": "25"}, {"taxType": "salestax", "percentage": "8", "label": "city"}]
    made = await client.made("/product", {**TEA, "perUnitTaxes": both})

    changed = await client.changed(f"/product/{made['localId']}", {"vatRatePercent": None})

    assert [(tax["taxType"], tax["label"]) for tax in changed["perUnitTaxes"]] == [("salestax", "city")]


async def test_a_source_code_is_the_sources_own_to_change(client, other):
    made = await client.made("/product", {**TEA, "source": {"code": "se", "connectionId": other.id}})
    path = f"/product/{made['localId']}"

    assert (made["source"]["code"], made["source"]["connectionId"]) == ("se", client.id)
    assert (await other.changed(path, {"source": {"code": "no"}}))["source"]["code"] == "se"
    assert (await client.changed(path, {"source": {"code": "no"}}))["source"]["code"] == "no"
