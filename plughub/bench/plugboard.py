"""Plugboard as its clients use it (specification 2, 11, 12 and 14).

A product here is one SKU: what another wire shows as a product with four variants is four records. Orders of this
wire hold no stock.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from plughub.bench.model import Ask, Client, Goods, Request, Target, Workload, buyers, skus, tree

_PAGE, _MOST = 100, 1000


def _ids(goods: Sequence[Goods]) -> list[str]:
    return [id for one in goods for _, id in one.variants]


def _families(goods: Sequence[Goods]) -> list[str]:
    """The SKUs of all variants of one product, as elements of a JSON list."""
    return [",".join(json.dumps(sku) for sku, _ in one.variants) for one in goods]


_READ = '{"filter":{"type":"in","field":"sku","value":{"type":"str","value":[$family]}}}'
_CURRENCY = "SEK"
_MONEY = f'{{"currency":"{_CURRENCY}","amount":"19.90"}}'
_ROW = f'{{"rowType":"product","sku":"$sku","qty":"1","pricePerUnitExclVat":{_MONEY}}}'
_ORDER = (
    f'{{"remoteId":"$unique","remoteOrderNo":"$unique","orderType":"sales","currency":"{_CURRENCY}",'
    '"billingAddress":{"firstName":"Ana","address1":"Storgatan 7","city":"Lund",'
    f'"email":"$buyer"}},"orderRows":[{",".join([_ROW] * 3)}]}}'
)

WORKLOADS = (
    Workload(
        name="W1",
        about="read a product with four variants by SKU",
        method="POST",
        path="/product/query",
        body=_READ,
        proof='[{"href":',
        lists={"family": _families},
    ),
    Workload(
        name="W2",
        about="change one variant's stock",
        method="PUT",
        path="/product/$id",
        body='{"stock":"$number"}',
        proof='"stock":"$number"',
        writes=True,
        lists={"id": _ids},
    ),
    Workload(
        name="W3",
        about="place an order of three lines",
        method="POST",
        path="/order",
        body=_ORDER,
        proof='"remoteId":"$unique"',
        writes=True,
        lists={"sku": skus, "buyer": buyers},
    ),
    Workload(
        name="W4",
        about="list a hundred products",
        method="GET",
        path=f"/product?numRecords={_PAGE}",
        proof='[{"href":',
    ),
)


async def sign_in(ask: Ask, base: str, told: Mapping[str, Any]) -> Target:
    basic = b64encode(f"{told['username']}:{told['password']}".encode()).decode()
    proof = {"X-Tenant": told["tenant"], "X-ConnectionId": told["connection_id"], "Authorization": f"Basic {basic}"}
    target = Target(base=base, headers=proof)
    tree(await ask(target, Request(method="GET", path="/")))
    return target


async def look_around(ask: Ask, target: Target) -> list[Goods]:
    answer = await ask(target, Request(method="GET", path=f"/product?numRecords={_MOST}&deletedFlag=not-deleted"))
    families: dict[str, list[tuple[str, str]]] = {}
    for one in tree(answer):
        group = (one["variantGroup"] or one)["localId"]
        families.setdefault(group, []).append((one["sku"], one["localId"]))
    return [Goods(sku=variants[0][0], variants=tuple(variants)) for variants in families.values()]


CLIENT = Client(dialect="plugboard", sign_in=sign_in, look_around=look_around, workloads=WORKLOADS)
