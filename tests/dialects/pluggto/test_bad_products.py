"""What must be refused, and how: the cases 27 to 49 of the specification's section 13, by number, and some more.

After every refusal nothing has changed and nobody was told.
"""

import asyncio
import hashlib
import io
from dataclasses import dataclass
from typing import Any

import pytest

from plughub.core.hub import Hub
from tests import make
from tests.dialects.pluggto.conftest import Client, client_of
from tests.dialects.pluggto.goods import get, nothing_happens, put, refusal, shown

_ID = "5877efb70280833e402e54bc"
#: Not compressible, and so longer than an index entry may be.
_LONG = hashlib.shake_256(b"long").hexdigest(3000)


@pytest.fixture(scope="module")
async def full(hub: Hub, http, address: str) -> Client:
    """A shop in which nothing that this file refuses leaves a trace."""
    client = await client_of(http, address, await make.shop(hub))
    await put(
        client, "A", quantity=4, brand="X", price=5, price_table=[{"code": "b2w", "price": 1}],
        stock_table=[{"code": "w1", "quantity": 1}],
    )  # fmt: skip
    await put(client, "P", variations=[{"sku": "V1", "quantity": 1}, {"sku": "V2"}])
    await put(client, "OTHER", variations=[{"sku": "OV"}])
    await put(client, "KIT", package_skus=[{"sku": "A", "quantity": 1}, {"sku": "P", "quantity": 1}])
    await put(client, "SIMPLE-KIT", package_skus=[{"sku": "A", "quantity": 1}])
    return client


@dataclass(frozen=True, kw_only=True)
class Case:
    number: object
    request: str
    body: Any = None
    data: bytes | str | None = None
    status: int = 400
    type: str = "invalid_field"
    field: str | None = None
    details: Any = None

    def __str__(self) -> str:
        return f"{self.number} {self.request} {str(self.body if self.data is None else self.data)[:60]}"[:110]


def named(*skus: str) -> dict[str, Any]:
    return {"variations": [{"sku": sku} for sku in skus]}


CASES = (
    Case(number=27, request="GET /products/xyz", status=404, type="not_found", details="Product not found"),
    Case(number=27, request=f"GET /products/{_ID}", status=404, type="not_found"),
    Case(number=27, request="GET /products/xyz/", status=404, type="not_found"),
    Case(number=28, request="GET /skus/NONE", status=404, type="not_found", details="Product not found"),
    Case(number=28, request="GET /skus/%20", status=404, type="not_found"),
    Case(number=28, request="GET /skus/a%00b", status=404, type="not_found"),
    Case(number=28, request="DELETE /skus/NONE", status=404, type="not_found"),
    Case(number=28, request="DELETE /products/xyz", status=404, type="not_found"),
    Case(number=28, request="PUT /products/xyz", body={"brand": "Y"}, status=404, type="not_found"),
    Case(number=28, request=f"PUT /products/{_ID}", body={"brand": "Y"}, status=404, type="not_found"),
    Case(number=28, request="PUT /skus/NONE/stock", body={"quantity": 1}, status=404, type="not_found"),
    Case(number=28, request="PUT /products/xyz/stock", body={"quantity": 1}, status=404, type="not_found"),
    Case(number=29, request="PUT /skus/NEW", body={"sku": "B", "brand": "Y"}, field="sku"),
    Case(number=29, request="PUT /skus/NEW", body={"sku": "new"}, field="sku"),
    Case(number=30, request="PUT /skus/P", body={"brand": "Y", **named("V1", "OV")}, type="duplicated",
         details={"errmsg": "sku OV is already in use"}),
    Case(number=30, request="PUT /skus/NEW", body=named("V1"), type="duplicated"),
    Case(number=31, request="PUT /skus/NEW", body=named("N", " N "), type="duplicated",
         details={"errmsg": "sku N is already in use"}),
    Case(number=31, request="PUT /skus/P", body={"brand": "Y", **named("V1", "V1")}, type="duplicated"),
    Case(number=32, request="PUT /skus/NEW", body=named("NEW"), type="duplicated"),
    Case(number=32, request="PUT /skus/P", body={"brand": "Y", **named("P")}, type="duplicated"),
    Case(number=33, request="PUT /skus/A", body={"sku": "A", "quantity": "4", "brand": "X", "price": "5,0"},
         type="not_updated", details="Changes not found in the document"),
    Case(number=33, request="PUT /skus/A", body={}, type="not_updated"),
    Case(number=33, request="PUT /skus/A", body={"never": "seen", "heard": {"of": 1}}, type="not_updated"),
    Case(number=33, request="PUT /skus/V1", body={"sku": "V1", "quantity": 1}, type="not_updated"),
    Case(number=34, request="PUT /skus/A", body={"brand": "Y", "price_table": [{"code": "x", "action": "double"}]},
         field="price_table[0].action"),
    Case(number=35, request="PUT /skus/A", body={"brand": "Y", "price_table": [{"code": "x", "action": "increase"}]},
         type="required_field", field="price_table[x]"),
    Case(number=35, request="PUT /skus/A",
         body={"brand": "Y", "price_table": [{"code": "b2w", "action": "decrease", "price": None}]},
         type="required_field", field="price_table[b2w]"),
    Case(number=36, request="PUT /skus/A", body={"price_table": [{"code": "none", "remove": True}]},
         type="not_updated"),
    Case(number=36, request="PUT /skus/A",
         body={**named(), "photos": [{"url": "u", "remove": True}], "stock_table": [{"id": _ID, "remove": True}],
               "categories": [{"name": "c", "remove": 1}], "attributes": [{"code": "c", "remove": "1"}],
               "variations": [{"sku": "NONE", "remove": True}]}, type="not_updated"),
    Case(number=37, request="PUT /skus/A/stock", body={"action": "increase/decrease/update", "quantity": 1},
         field="action", details="action must be one of increase, decrease, update"),
    Case(number=37, request="PUT /skus/A/stock", body={"action": "Increase", "quantity": 1}, field="action"),
    Case(number=39, request="PUT /skus/A/stock", body={"quantity": 5.5}, field="quantity"),
    Case(number=39, request="PUT /skus/A/stock", body={"quantity": "5.5"}, field="quantity"),
    Case(number=39, request="PUT /skus/A/stock", body={"quantity": None}, type="required_field", field="quantity"),
    Case(number=39, request="PUT /skus/A/stock", body={"quantity": ""}, type="required_field", field="quantity"),
    Case(number=39, request="PUT /skus/A/stock", body={"action": "increase"}, type="required_field", field="quantity"),
    Case(number=39, request="PUT /skus/A/stock", body={"action": "increase", "quantity": -1}, field="quantity"),
    Case(number=39, request="PUT /skus/A/stock", body={"action": "decrease", "quantity": "-1"}, field="quantity"),
    Case(number=39, request="PUT /skus/A/stock", body={"quantity": True}, field="quantity"),
    Case(number=39, request="PUT /skus/A/stock", body={"quantity": 2**63}, field="quantity"),
    Case(number=39, request="PUT /skus/A/stock", body={"quantity": 10**25}, field="quantity"),
    Case(number="stock", request="PUT /skus/A/stock", body={"quantity": 1, "sku": "B"}, field="sku"),
    Case(number="stock", request="PUT /skus/A/stock", body={"quantity": 1, "stock_code": "$main"}, field="stock_code"),
    Case(number=42, request="PUT /skus/P/stock", body={"quantity": 1}, field="sku",
         details="sku stock is kept per variation"),
    Case(number=42, request="PUT /skus/KIT/stock", body={"quantity": 1}, field="sku"),
    Case(number=42, request="PUT /skus/SIMPLE-KIT/stock", body={"action": "increase", "quantity": 1}, field="sku"),
    *(
        Case(number=43, request=f"PUT /skus/{sku}", body={"brand": "Y", "package_skus": [{"sku": part, "quantity": 1}]},
             field="package_skus[0].sku")
        for sku, part in (("NEW", "NONE"), ("NEW", "NEW"), ("NEW", "V1"), ("NEW", "KIT"), ("SIMPLE-KIT", "SIMPLE-KIT"))
    ),
    Case(number=44, request="PUT /skus/KIT", body={"brand": "Y", "package_skus": [{"sku": "A", "quantity": 1}]},
         type="kit_locked", field="package_skus"),
    *(
        Case(number=45, request=f"GET /products?{name}={value}", type="invalid_filter", field=name)
        for name in ("created", "modified") for value in ("2017-02-01to2017-01-01", "abc", "to", "2017-13-01")
    ),
    *(
        Case(number=46, request=f"GET /products?limit={value}", type="invalid_filter", field="limit")
        for value in ("0", "-1", "ten")
    ),
    Case(number=47, request="GET /products?next=zzz", type="invalid_filter", field="next"),
    # Bodies.
    *(
        Case(number=10, request=request, data=data, type="invalid_json")
        for request in ("PUT /skus/A", "PUT /skus/A/stock", "POST /products")
        for data in ("[]", '"x"', "5", '{"brand":', "[{}]", "nonsense", b'{"brand":"\xff"}', '{"brand":"\\u0000"}')
    ),
    *(
        Case(number=11, request=request, data=data, type="required_field")
        for request, data in (("PUT /skus/A", ""), ("PUT /skus/A/stock", " \n"), ("POST /products", ""),
                              ("POST /products", "{}"), ("PUT /skus/A/stock", "{}"))
    ),
    # Values that no field can take.
    *(
        Case(number="field", request="PUT /skus/A", body={"brand": "Y", name: value}, field=name)
        for name, value in (
            ("sku", True), ("sku", {}), ("sku", []), ("name", {}), ("ean", []), ("brand", True), ("available", 2),
            ("available", "yes"), ("warranty_time", "1.5"), ("handling_time", {}), ("quantity", "x"), ("price", "x"),
            ("price", 10**25), ("price", "9" * 39), ("dimension", 5), ("dimension", [1]), ("photos", 1),
            ("variations", "x"), ("package_skus", "x"), ("categories", 1),
        )
    ),
    *(
        Case(number="field", request="PUT /skus/A", body={"brand": "Y", **body}, field=field, type=kind)
        for body, field, kind in (
            ({"dimension": {"weight": "heavy"}}, "dimension.weight", "invalid_field"),
            ({"photos": [{"url": "u"}, {"order": "first"}]}, "photos[1].order", "invalid_field"),
            ({"categories": [{"id": _ID}]}, "categories[0].name", "required_field"),
            ({"attributes": [{"code": "c", "value": {"label": []}}]}, "attributes[0].value.label", "invalid_field"),
            ({"stock_table": [{"quantity": 1}]}, "stock_table[0].code", "required_field"),
            ({"stock_table": [{"code": "x", "type": "borrowed"}]}, "stock_table[0].type", "invalid_field"),
            ({"stock_table": [{"code": "x", "priority": 2**31}]}, "stock_table[0].priority", "invalid_field"),
            ({"stock_table": [{"code": "x", "handling_time": -(2**40)}]}, "stock_table[0].handling_time",
             "invalid_field"),
            ({"variations": [{"quantity": 5}]}, "variations[0].sku", "required_field"),
            ({"variations": [{"sku": "N", "stock_table": [{"code": "w", "quantity": "x"}]}]},
             "variations[0].stock_table[0].quantity", "invalid_field"),
            ({"package_skus": [{"sku": "P", "quantity": 2**40}]}, "package_skus[0].quantity", "invalid_field"),
        )
    ),
    # Keys that no index could hold.
    *(
        Case(number="long", request=request, body=body, field=field,
             details=f"{field} must have at most 500 characters")
        for request, body, field in (
            (f"PUT /skus/{_LONG}", {"brand": "Y"}, "sku"),
            ("PUT /skus/A", {"brand": "Y", "sku": _LONG}, "sku"),
            ("PUT /skus/P", {"variations": [{"sku": _LONG}]}, "sku"),
            ("PUT /skus/A", {"external": _LONG}, "external"),
            ("PUT /skus/P", {"variations": [{"sku": "V1", "external": _LONG}]}, "external"),
            ("PUT /skus/A", {"categories": [{"name": _LONG}]}, "categories.name"),
            ("PUT /skus/A", {"price_table": [{"code": _LONG, "price": 1}]}, "price_table.code"),
            ("PUT /skus/A", {"stock_table": [{"code": _LONG}]}, "stock_table.code"),
            ("PUT /skus/A/stock", {"quantity": 1, "stock_code": _LONG}, "stock_code"),
        )
    ),
    Case(number="rename", request="PUT /skus/A", body={"brand": "Y", "sku": "OTHER"}, type="duplicated",
         details={"errmsg": "sku OTHER is already in use"}),
    Case(number="rename", request="PUT /skus/A", body={"brand": "Y", "sku": "OV"}, type="duplicated"),
    Case(number="rename", request="PUT /skus/V1", body={"sku": "V2"}, type="duplicated"),
    Case(number="create", request="POST /products", body={"sku": "A", "brand": "Y"}, type="duplicated"),
    Case(number="create", request="POST /products", body={"sku": "V1"}, type="duplicated"),
    Case(number="delete", request="DELETE /skus/A", field="sku", details="sku A is part of the kit KIT"),
    Case(number=56, request="PATCH /skus/A", body={"brand": "Y"}, status=405, type="method_not_allowed"),
    Case(number=56, request="POST /skus/A", body={"brand": "Y"}, status=405, type="method_not_allowed"),
    Case(number="path", request="GET /skus", status=404, type="not_found"),
    Case(number="path", request="GET /products/xyz/abc", status=404, type="not_found"),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_refusal_says_why_and_changes_nothing(full: Client, case: Case):
    method, path = case.request.split(" ", 1)

    async with nothing_happens(full):
        answer = await full.call(method, path, case.body, data=case.data)

    assert refusal(answer) == (case.status, case.type)
    assert answer.json["code"] == case.status
    if case.field is not None:
        assert answer.json["field"] == case.field
    if case.details is not None:
        assert answer.json["details"] == case.details
    assert "next" not in answer.json


async def test_case_38_a_quantity_may_be_text_or_have_a_fraction_of_nothing(client: Client):
    await put(client, "A", quantity=1)

    assert shown(await client.put("/skus/A/stock", {"quantity": "5"}))["quantity"] == 5
    assert shown(await client.put("/skus/A/stock", {"quantity": 6.0}))["quantity"] == 6


async def test_case_40_a_decrease_goes_below_zero(client: Client):
    await put(client, "A", quantity=4)

    assert shown(await client.put("/skus/A/stock", {"action": "decrease", "quantity": 10}))["quantity"] == -6


async def test_case_41_fifty_decreases_at_once_all_count(client: Client):
    await put(client, "A", quantity=50)
    one = {"action": "decrease", "quantity": 1}

    answers = await asyncio.gather(*(client.put("/skus/A/stock", one) for _ in range(50)))

    assert {answer.status for answer in answers} == {200}
    assert (await get(client, "A"))["quantity"] == 0


@pytest.mark.parametrize(("query", "limit"), [("limit=100000", 500), ("nosuchfield=1", 100)])
async def test_cases_46_and_48_are_answered(full: Client, query: str, limit: int):
    answer = await full.get(f"/products?{query}")

    assert (answer.status, answer.json["limit"]) == (200, limit)
    assert answer.json["total"] == (5 if limit == 500 else 0)


async def test_case_56_a_wrong_method_is_told_the_right_ones(full: Client):
    answer = await full.call("PATCH", "/skus/A", {})

    assert answer.headers["Allow"] == "DELETE, GET, PUT"


async def test_case_57_what_is_too_deep_or_too_large_is_refused(full: Client):
    # As a stream: the client's library warns of large bytes.
    body: Any = io.BytesIO(b'{"brand":"' + b"x" * 6 * 1024 * 1024 + b'"}')

    async with nothing_happens(full):
        deep = await full.put("/skus/A", data='{"x":' * 101 + "1" + "}" * 101)
        large = await full.put("/skus/A", data=body)

    assert refusal(deep) == (400, "invalid_json")
    assert refusal(large) == (413, "too_large")


async def test_a_refused_creation_leaves_no_product_behind_under_any_of_its_skus(client: Client):
    await put(client, "OTHER", variations=[{"sku": "OV"}])

    answer = await client.put("/skus/NEW", {"external": "e", **named("N1", "OV", "N2")})

    assert refusal(answer) == (400, "duplicated")
    for sku in ("NEW", "N1", "N2"):
        assert (await client.get(f"/skus/{sku}")).status == 404
    assert len((await put(client, "NEW", **named("N1", "N2")))["variations"]) == 2
