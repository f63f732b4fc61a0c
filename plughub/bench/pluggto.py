"""Plugg.to as its clients use it (specification 4 and 6.7, 6.8)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from plughub.bench.model import Ask, Client, Goods, Request, Target, Workload, buyers, skus, tree

_PAGE, _PAGES = 100, 10


_ITEMS = ",".join(['{"sku":"$sku","quantity":1,"price":19.9}'] * 3)
_ORDER = (
    '{"channel":"bench","original_id":"$unique","auto_reserve":true,"payer_email":"$buyer","payer_name":"Ana",'
    f'"receiver_name":"Ana","receiver_address":"Rua das Flores 7","receiver_city":"Recife","items":[{_ITEMS}]}}'
)

WORKLOADS = (
    Workload(
        name="W1",
        about="read a product with four variants by SKU",
        method="GET",
        path="/skus/$sku",
        proof='"sku":"$sku"',
        lists={"sku": skus},
    ),
    Workload(
        name="W2",
        about="change one variant's stock",
        method="PUT",
        path="/skus/$sku/stock",
        body='{"action":"update","quantity":$number}',
        proof='"quantity":$number',
        writes=True,
        lists={"sku": skus},
    ),
    Workload(
        name="W3",
        about="place an order of three lines that holds stock",
        method="POST",
        path="/orders",
        body=_ORDER,
        proof='"original_id":"$unique"',
        writes=True,
        lists={"sku": skus, "buyer": buyers},
    ),
    Workload(
        name="W4",
        about="list a hundred products",
        method="GET",
        path=f"/products?limit={_PAGE}",
        proof='"result":[{"Product":',
    ),
)


async def sign_in(ask: Ask, base: str, told: Mapping[str, Any]) -> Target:
    names = ("client_id", "client_secret", "username", "password")
    form = {"grant_type": "password", **{name: told[name] for name in names}}
    answer = await ask(Target(base=base), Request(method="POST", path=f"/oauth/token?{urlencode(form)}"))
    return Target(base=base, headers={"Authorization": f"Bearer {tree(answer)['access_token']}"})


async def look_around(ask: Ask, target: Target) -> list[Goods]:
    found: list[Goods] = []
    for page in range(1, _PAGES + 1):
        answer = await ask(target, Request(method="GET", path=f"/products?limit={_PAGE}&page={page}"))
        products = [one["Product"] for one in tree(answer)["result"]]
        found += [
            Goods(sku=one["sku"], variants=tuple((v["sku"], v["id"]) for v in one["variations"] or [one]))
            for one in products
        ]
        if len(products) < _PAGE:
            break
    return found


CLIENT = Client(dialect="pluggto", sign_in=sign_in, look_around=look_around, workloads=WORKLOADS)
