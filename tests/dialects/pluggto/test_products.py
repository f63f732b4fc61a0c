"""Products read, created, changed and deleted (specification 6.1, 6.3, 6.7)."""

from decimal import Decimal

import pytest

from tests import make
from tests.dialects.pluggto.conftest import Client, client_of
from tests.dialects.pluggto.goods import get, history, last_change, lost, nothing_happens, path, put, refusal, shown

_SCALARS = (
    "external", "ean", "ean_not_mandatory", "ncm", "nbm", "cest", "isbn", "model", "origin", "brand", "link",
    "price", "special_price", "cost", "short_description", "description", "warranty_time", "warranty_message",
    "available", "handling_time", "manufacture_time",
)  # fmt: skip
_LISTS = (
    "categories", "attributes", "photos", "price_table", "stock_table", "package_skus", "grouped_skus", "variations",
)  # fmt: skip


async def test_a_product_with_nothing_but_a_sku_shows_every_field(client: Client):
    made = shown(await client.put("/skus/A", {"sku": "A"}))

    account = str(client.shop.tenant.number)
    moment = made["created"]
    assert made == {
        "id": made["id"],
        "sku": "A",
        "name": "A",
        "quantity": 0,
        "dimension": {"length": None, "width": None, "height": None, "weight": None},
        **dict.fromkeys(_SCALARS),
        **{name: [] for name in _LISTS},
        "supplier_id": account,
        "user_id": account,
        "created": moment,
        "modified": moment,
        "timestamp": made["timestamp"],
        "created_by": client.credentials.client_id,
        "modified_by": client.credentials.client_id,
    }
    assert len(made["id"]) == 24
    assert int(made["id"][:8], 16) == made["timestamp"]


async def test_every_field_comes_back_as_sent(client: Client):
    body = {
        **dict.fromkeys(("ean", "ncm", "nbm", "cest", "isbn", "model", "origin", "brand", "link"), "007"),
        "name": "Açaí",
        "external": "0042",
        "ean_not_mandatory": 1,
        "quantity": 3,
        "price": Decimal("1.344"),
        "special_price": Decimal("0.1"),
        "cost": 0,
        "short_description": "<b>curta</b>",
        "description": "<p>longa\n\"'</p>",
        "warranty_time": 12,
        "warranty_message": "1 ano",
        "available": 0,
        "handling_time": 2,
        "manufacture_time": 5,
        "dimension": {"length": 1, "width": Decimal("2.5"), "height": 3, "weight": Decimal("0.075")},
        "grouped_skus": [{"sku": "G", "name": "grupo"}],
    }

    made = await put(client, "A", **body)

    assert lost(body, made) == []
    assert made["available"] == 0
    assert made["ean_not_mandatory"] == 1


async def test_fields_that_only_a_client_knows_come_back(client: Client):
    made = await put(client, "A", raw={"x": [1, None]}, my_field="é", grant_type="x", dimesion=5)

    assert (made["raw"], made["my_field"]) == ({"x": [1, None]}, "é")
    assert {"grant_type", "dimesion"} & made.keys() == set()


async def test_read_only_fields_are_ignored(client: Client):
    made = await put(client, "A", brand="X")
    sent = dict.fromkeys(("id", "supplier_id", "user_id", "created", "modified", "created_by", "modified_by"), "zzz")

    changed = await put(client, "A", brand="Y", timestamp=1, **sent)

    kept = ("id", "supplier_id", "user_id", "created", "created_by")
    assert [changed[name] for name in kept] == [made[name] for name in kept]
    assert changed["brand"] == "Y"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("18", 18), (" 18 ", 18), ("18.50", Decimal("18.5")), ("18,50", Decimal("18.5")), ("1,000", 1000),
        ("1,234.50", Decimal("1234.5")), ("1.234,50", Decimal("1234.5")), (7.0, 7), (1.344, Decimal("1.344")), (0, 0),
        ("-1.5", Decimal("-1.5")), (1e3, 1000),
    ],
)  # fmt: skip
async def test_numbers_are_read_as_loosely_as_clients_write_them(client: Client, sent: object, kept: object):
    made = await put(client, "A", price=sent, dimension={"weight": sent})

    assert made["price"] == kept
    assert made["dimension"]["weight"] == kept


@pytest.mark.parametrize("sent", [True, "true", "abc", {}, [], "1e5", "1.2.3", "NaN"])
async def test_what_is_no_number_is_refused(client: Client, sent: object):
    answer = await client.put("/skus/A", {"price": sent})

    assert (refusal(answer), answer.json["field"]) == ((400, "invalid_field"), "price")
    assert (await client.get("/skus/A")).status == 404


async def test_absent_keeps_null_clears_and_empty_clears_texts_only(client: Client):
    made = await put(client, "A", brand="B", ncm="N", price=5, cost=2, available=1, warranty_time=3, name="Nome")

    changed = await put(
        client, "A", brand="", ncm=None, price="", cost=None, available="", warranty_time="", sku=None, name="Outro"
    )

    assert changed == {
        **made,
        "brand": None,
        "ncm": None,
        "cost": None,
        "name": "Outro",
        "modified": changed["modified"],
        "timestamp": changed["timestamp"],
    }


async def test_texts_may_come_as_numbers(client: Client):
    made = shown(await client.put("/skus/78900874", {"sku": 78900874, "ean": 7891234567895, "brand": 0.5}))

    assert (made["sku"], made["ean"], made["brand"]) == ("78900874", "7891234567895", "0.5")


async def test_an_empty_object_of_a_php_client_is_nothing(client: Client):
    made = await put(client, "A", dimension={"weight": 1}, brand="X")

    changed = await put(client, "A", dimension=[], brand="Y")

    assert changed["dimension"] == made["dimension"]


# --- lists --------------------------------------------------------------------------------------------------


async def test_photos_merge_by_url_and_one_that_is_removed_may_come_again(client: Client):
    first = await put(client, "A", photos=[{"url": "u1", "title": "um", "order": 1}, {"url": "u2", "order": 2}])

    changed = await put(
        client,
        "A",
        photos=[
            {"url": "u1", "remove": True},
            {"url": "u2", "title": "dois"},
            {"url": "u1", "order": 5},
            {"url": "u3"},
        ],
    )

    blank = {"name": None, "title": None, "order": None, "external": None}
    assert changed["photos"] == [
        {**first["photos"][1], "title": "dois"},
        {**blank, "id": changed["photos"][1]["id"], "url": "u1", "order": 5},
        {**blank, "id": changed["photos"][2]["id"], "url": "u3"},
    ]
    assert changed["photos"][1]["id"] != first["photos"][0]["id"]


async def test_photos_of_one_external_id_are_several_photos(client: Client):
    made = await put(client, "A", photos=[{"url": "u1", "external": "e"}, {"url": "u2", "external": "e"}])
    assert [photo["url"] for photo in made["photos"]] == ["u1", "u2"]

    changed = await put(client, "A", photos=[{"external": "e", "title": "capa"}])

    assert [photo["title"] for photo in changed["photos"]] == ["capa", None]


async def test_a_photo_named_by_id_gets_another_url(client: Client):
    made = await put(client, "A", photos=[{"url": "u1"}])

    changed = await put(client, "A", photos=[{"id": made["photos"][0]["id"], "url": "u2"}])

    assert changed["photos"] == [{**made["photos"][0], "url": "u2"}]


async def test_attributes_merge_by_code(client: Client):
    made = await put(
        client,
        "A",
        attributes=[
            {"code": "size", "label": "Tamanho", "value": {"code": "m", "label": "M"}},
            {"code": "color", "label": "Cor", "value": "Azul"},
        ],
    )

    changed = await put(client, "A", attributes=[{"code": "size", "value": {"label": "Médio"}}])

    size, color = changed["attributes"]
    assert size == {**made["attributes"][0], "value": {"code": "m", "label": "Médio"}}
    assert color == {
        "id": color["id"],
        "code": "color",
        "label": "Cor",
        "value": {"code": None, "label": "Azul"},
        "attribute_diff": None,
    }
    gone = await put(client, "A", attributes=[{"id": size["id"], "remove": True}])
    assert gone["attributes"] == [color]


async def test_attributes_without_code_are_known_by_their_label(client: Client):
    body = {"attributes": [{"label": "Cor", "value": {"label": "Azul"}}]}
    made = await put(client, "A", **body)

    assert refusal(await client.put("/skus/A", body)) == (400, "not_updated")
    changed = await put(client, "A", attributes=[{"label": "Cor", "value": {"label": "Verde"}}])

    assert [one["value"]["label"] for one in changed["attributes"]] == ["Verde"]
    assert changed["attributes"][0]["id"] == made["attributes"][0]["id"]


async def test_categories_make_a_tree_that_products_share(client: Client):
    first = await put(client, "A", categories=[{"name": "Moda > Camisas > Azuis"}, {"name": "Moda"}])
    second = await put(client, "B", categories=[{"name": "Moda > Camisas"}, {"name": "Moda"}, {"name": "Moda"}])

    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        rows = await tx.all(
            "SELECT c.path, p.path AS parent FROM categories c LEFT JOIN categories p ON p.tenant_id = $1"
            " AND p.id = c.parent_id WHERE c.tenant_id = $1 ORDER BY c.path",
            client.shop.tenant.id,
        )
    assert [tuple(row) for row in rows] == [
        ("Moda", None),
        ("Moda > Camisas", "Moda"),
        ("Moda > Camisas > Azuis", "Moda > Camisas"),
    ]
    assert [one["name"] for one in second["categories"]] == ["Moda > Camisas", "Moda"]
    assert first["categories"][1] == second["categories"][1]


async def test_categories_merge_by_id_and_by_name(client: Client):
    made = await put(client, "A", categories=[{"name": "Moda"}, {"name": "Casa"}])
    fashion, home = made["categories"]

    changed = await put(
        client,
        "A",
        categories=[{"name": "Moda", "remove": True}, {"id": home["id"], "name": "Casa"}, {"name": "Jardim"}],
    )

    assert [one["name"] for one in changed["categories"]] == ["Casa", "Jardim"]
    moved = await put(client, "A", categories=[{"id": home["id"], "name": "Moda"}])
    assert [one["name"] for one in moved["categories"]] == ["Moda", "Jardim"]
    assert moved["categories"][0] == fashion


# --- operations ---------------------------------------------------------------------------------------------


async def test_put_creates_and_then_changes_what_is_sent(client: Client):
    made = await put(client, "A", name="Camisa", brand="X", price="59.90")
    changed = await put(client, "A", price=60)

    assert changed == {**made, "price": 60, "modified": changed["modified"], "timestamp": changed["timestamp"]}
    created, updated = await history(client, made["id"])
    assert (created.action, created.version, sorted(created.aspects)) == ("created", 1, ["price", "stock"])
    assert (updated.action, updated.version, sorted(updated.aspects)) == ("updated", 2, ["price"])
    assert updated.actor == client.credentials.client_id
    assert await last_change(client, made) == {"default.price": (Decimal("59.90"), 60)}


@pytest.mark.parametrize(
    ("body", "field", "aspects"),
    [
        ({"brand": "Y"}, "brand", {"content"}),
        ({"available": 0}, "is_available", {"status"}),
        ({"price": 9}, "default.price", {"price"}),
        ({"special_price": 9}, "default.special_price", {"price"}),
        ({"quantity": 9}, "default.levels[$main].on_hand", {"stock"}),
        ({"price_table": [{"code": "b2w", "price": 2}]}, "default.prices[b2w].amount", {"price"}),
        ({"price_table": [{"code": "b2w", "remove": True}]}, "default.prices[b2w]", {"price"}),
        ({"stock_table": [{"code": "w1", "quantity": 7}]}, "default.levels[w1].on_hand", {"stock"}),
        ({"stock_table": [{"code": "w2", "quantity": 7}]}, "default.levels[w2]", {"stock"}),
        ({"stock_table": [{"code": "w1", "price": 7}]}, "default.levels[w1].price", {"price"}),
        ({"stock_table": [{"code": "w1", "priority": 7}]}, "default.levels[w1].priority", {"content"}),
        ({"variations": [{"sku": "V", "quantity": 1}]}, "variants[V]", {"content", "stock", "price"}),
    ],
)
async def test_an_event_says_what_kind_of_change_it_was(client: Client, body: dict, field: str, aspects: set[str]):
    made = await put(
        client, "A", brand="X", available=1, price=1, quantity=1,
        price_table=[{"code": "b2w", "price": 1}], stock_table=[{"code": "w1", "quantity": 1}],
    )  # fmt: skip

    await put(client, "A", **body)

    event = (await history(client, made["id"]))[-1]
    assert ([change.field for change in event.changes], set(event.aspects)) == ([field], aspects)


async def test_what_a_get_answers_can_be_put_back_without_any_effect(client: Client):
    await put(client, "C", quantity=3)
    for sku, body in {
        "A": {"quantity": 5, "price": 1, "price_table": [{"code": "x", "price": 1}], "categories": [{"name": "M > C"}]},
        "TABLE": {"stock_table": [{"code": "w1", "quantity": 2}, {"code": "w2", "quantity": 3}]},
        "PARENT": {
            "dimension": {"weight": "0.5"},
            "attributes": [{"code": "c", "value": {"label": "x"}}],
            "photos": [{"url": "u"}],
            "variations": [{"sku": "V1", "quantity": 1}, {"sku": "V2", "name": "V", "stock_table": [{"code": "w1"}]}],
        },
        "KIT": {"package_skus": [{"sku": "C", "quantity": 2}], "quantity": 9},
        "GREAT-KIT": {
            "package_skus": [{"sku": "PARENT", "quantity": 1}, {"sku": "C", "quantity": 1}],
            "my": {"own": 1},
        },
    }.items():
        product = await put(client, sku, **body)

        async with nothing_happens(client):
            answer = await client.put(path(sku), product)

        assert answer.json == {
            "type": "not_updated",
            "details": "Changes not found in the document",
            "code": 400,
        }, sku


async def test_a_parent_put_back_with_one_change_changes_that_alone(client: Client):
    product = await put(client, "P", variations=[{"sku": "V1", "quantity": 1}, {"sku": "V2", "quantity": 4}])

    await put(client, "P", **{**product, "brand": "X"})

    assert await last_change(client, product) == {"brand": (None, "X")}


async def test_a_connection_may_take_a_put_without_changes_for_success(client: Client, http, address: str, shop):
    made = await put(client, "A", brand="X")
    easy = await client_of(http, address, shop, noop_put="ok")

    assert shown(await easy.put("/skus/A", {"brand": "X"})) == made
    assert refusal(await client.put("/skus/A", {"brand": "X"})) == (400, "not_updated")
    assert len(await history(client, made["id"])) == 1


async def test_a_body_with_another_sku_renames(client: Client):
    made = await put(client, "OLD", quantity=3)

    renamed = await put(client, "OLD", sku=" NEW ")

    assert (renamed["id"], renamed["sku"], renamed["quantity"]) == (made["id"], "NEW", 3)
    assert (await client.get("/skus/OLD")).status == 404
    assert (await get(client, "NEW"))["id"] == made["id"]
    assert await last_change(client, made) == {"default.sku": ("OLD", "NEW")}
    assert (await put(client, "OLD"))["id"] != made["id"]


async def test_skus_are_case_sensitive_and_outer_blanks_do_not_count(client: Client):
    lower, upper = await put(client, "abc"), await put(client, "ABC")

    assert lower["id"] != upper["id"]
    assert (await get(client, "  abc "))["id"] == lower["id"]
    assert (await client.get("/skus/Abc")).status == 404


@pytest.mark.parametrize("sku", ["a/b", "a b", "a%2Fb", "ç/ã?#&=+", "..", "stock", "{id}", "a/", "'\";--", "日本"])
async def test_any_sku_can_stand_in_a_path(client: Client, sku: str):
    made = shown(await client.put(path(sku), {"sku": sku, "quantity": 1}))

    assert made["sku"] == sku
    assert await get(client, sku) == made
    assert shown(await client.put(f"{path(sku)}/stock", {"action": "increase", "quantity": 1}))["quantity"] == 2
    assert (await client.delete(path(sku))).status == 200
    assert (await client.get(path(sku))).status == 404


async def test_a_trailing_slash_is_ignored_everywhere(client: Client):
    made = shown(await client.put("/skus/A/", {"quantity": 1}))

    assert shown(await client.put("/skus/A/stock/", {"quantity": 2}))["quantity"] == 2
    assert shown(await client.get(f"/products/{made['id']}/"))["quantity"] == 2
    assert (await client.get("/products/")).json["total"] == 1
    assert (await client.delete("/skus/A/")).status == 200


async def test_deleting_answers_with_what_is_gone_and_frees_the_sku(client: Client):
    made = await put(client, "A", variations=[{"sku": "V"}])

    answer = await client.delete("/skus/A", data=b"=@")

    assert (answer.status, answer.json) == (200, {"Product": {"id": made["id"], "sku": "A", "deleted": True}})
    for gone in ("/skus/A", "/skus/V", f"/products/{made['id']}"):
        assert refusal(await client.get(gone)) == (404, "not_found")
    assert refusal(await client.delete("/skus/A")) == (404, "not_found")
    assert (await client.get("/products", params={"sku": "A"})).json["total"] == 0
    event = (await history(client, made["id"]))[-1]
    assert (event.action, set(event.aspects)) == ("deleted", {"stock", "price"})
    assert event.changes[0].before["default"]["sku"] == "A"
    again = await put(client, "A", variations=[{"sku": "V"}])
    assert again["id"] != made["id"]


async def test_a_deleted_product_leaves_a_ledger_that_sums_up(client: Client):
    made = await put(client, "A", quantity=3)
    await client.delete("/skus/A")

    again = await put(client, "A")

    assert again["quantity"] == 0
    assert again["id"] != made["id"]


async def test_post_creates_and_never_overwrites(client: Client):
    made = shown(await client.post("/products/", {"sku": "A", "name": "Um"}), 201)

    async with nothing_happens(client):
        again = await client.post("/products", {"sku": "A", "name": "Dois"})

    assert refusal(again) == (400, "duplicated")
    assert again.json["details"] == {"errmsg": "sku A is already in use"}
    assert shown(await client.get(f"/products/{made['id']}")) == made


@pytest.mark.parametrize("sku", [None, "", "  "])
async def test_post_needs_a_sku(client: Client, sku: object):
    async with nothing_happens(client):
        answer = await client.post("/products", {"sku": sku, "name": "x"})

    assert (refusal(answer), answer.json["field"]) == ((400, "required_field"), "sku")


async def test_post_takes_a_bracketed_form(client: Client):
    form = "sku=A&name=Camisa+azul&price=59%2C90&photos[0][url]=u1&variations[0][sku]=V&variations[0][quantity]=2"

    made = shown(await client.post("/products", data=form), 201)

    assert (made["name"], made["price"], made["quantity"]) == ("Camisa azul", Decimal("59.9"), 2)
    assert [photo["url"] for photo in made["photos"]] == ["u1"]


async def test_put_by_id_changes_and_renames(client: Client):
    made = await put(client, "A", brand="X")

    changed = shown(await client.put(f"/products/{made['id']}", {"sku": "B", "brand": "Y"}))

    assert (changed["id"], changed["sku"], changed["brand"]) == (made["id"], "B", "Y")
    assert refusal(await client.put(f"/products/{made['id']}", {"brand": "Y"})) == (400, "not_updated")
    await client.delete("/skus/B")
    assert refusal(await client.put(f"/products/{made['id']}", {"brand": "Z"})) == (404, "not_found")


async def test_delete_by_id_deletes_a_product_or_a_variation(client: Client):
    made = await put(client, "A", variations=[{"sku": "V"}, {"sku": "W"}])

    gone = await client.delete(f"/products/{made['variations'][0]['id']}")

    assert gone.json == {"Product": {"id": made["variations"][0]["id"], "sku": "V", "deleted": True}}
    assert [one["sku"] for one in (await get(client, "A"))["variations"]] == ["W"]
    assert (await client.delete(f"/products/{made['id']}")).json["Product"]["sku"] == "A"
    assert (await client.get("/skus/W")).status == 404


async def test_external_belongs_to_the_application_that_set_it(client: Client, http, address: str, shop: make.Shop):
    other = await client_of(http, address, shop)
    await put(client, "A", external="mine", variations=[{"sku": "V", "external": "my V"}])
    seen = await get(other, "A")
    assert (seen["external"], seen["variations"][0]["external"]) == (None, None)

    await put(other, "A", external="theirs")

    assert (await get(client, "A"))["external"] == "mine"
    assert (await get(other, "A"))["external"] == "theirs"
    assert (await get(client, "A"))["variations"][0]["external"] == "my V"


async def test_another_account_sees_and_touches_nothing(client: Client, http, address: str, hub):
    made = await put(client, "A", quantity=1)
    stranger = await client_of(http, address, await make.shop(hub))

    async with nothing_happens(client):
        answers = [
            await stranger.get("/skus/A"),
            await stranger.get(f"/products/{made['id']}"),
            await stranger.put(f"/products/{made['id']}", {"brand": "X"}),
            await stranger.put("/skus/A/stock", {"quantity": 5}),
            await stranger.put(f"/products/{made['id']}/stock", {"quantity": 5}),
            await stranger.delete("/skus/A"),
            await stranger.delete(f"/products/{made['id']}"),
        ]

    assert {refusal(answer) for answer in answers} == {(404, "not_found")}
    assert (await put(stranger, "A"))["id"] != made["id"]
