"""Finding the route: by encoded segments."""

import pytest

from plughub.web.call import Call, Reply
from plughub.web.dialect import Described, Route, Router, UnknownPath, WrongMethod


async def handler(call: Call) -> Reply:
    return Reply(200)


def route(method, path: str) -> Route:
    return Route(method, path, handler, Described(summary="", tag=""))


ROUTES = [
    route("GET", "/products"),
    route("GET", "/products/tabledata"),
    route("GET", "/products/{id}"),
    route("PUT", "/products/{id}"),
    route("PUT", "/products/{id}/variation/{vid}/stock"),
    route("DELETE", "/skus/{sku}"),
]


@pytest.mark.parametrize(
    ("method", "path", "found", "values"),
    [
        ("GET", "/products", "/products", {}),
        ("HEAD", "/PRODUCTS", "/products", {}),
        ("GET", "/products/", "/products", {}),
        ("GET", "/products/TableData", "/products/tabledata", {}),
        ("GET", "/Products/aB%2fC", "/products/{id}", {"id": "aB%2fC"}),
        ("PUT", "/products/1/Variation/2/STOCK", "/products/{id}/variation/{vid}/stock", {"id": "1", "vid": "2"}),
        ("DELETE", "/skus/a%2Fb%3Fc", "/skus/{sku}", {"sku": "a%2Fb%3Fc"}),
        ("DELETE", "/skus/%00", "/skus/{sku}", {"sku": "%00"}),
        ("PUT", "/products//variation//stock", "/products/{id}/variation/{vid}/stock", {"id": "", "vid": ""}),
    ],
)
def test_a_path_finds_its_route(method: str, path: str, found: str, values: dict):
    route, sent = Router(ROUTES).find(method, path)

    assert (route.path, sent) == (found, values)


@pytest.mark.parametrize("path", ["", "/", "/product", "/products/1/2", "/skus", "/skus/a/b", "/%70roducts"])
def test_an_unknown_path_is_unknown(path: str):
    with pytest.raises(UnknownPath):
        Router(ROUTES).find("GET", path)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/products", ("GET",)),
        ("POST", "/products/1", ("GET", "PUT")),
        ("PUT", "/products/tabledata", ("GET",)),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(method: str, path: str, allowed: tuple):
    with pytest.raises(WrongMethod) as refused:
        Router(ROUTES).find(method, path)

    assert refused.value.allowed == allowed
