"""What people are shown as a dialect's answer."""

import re

import pytest

from plughub import app


@pytest.mark.parametrize("name", sorted(app.DIALECTS))
def test_every_reading_is_a_route_of_its_dialect(name: str):
    dialect = app.DIALECTS[name]
    routes = {route.path for route in dialect.routes if route.method == "GET"}
    for kind, reading in dialect.readings.items():
        assert reading.path in routes, kind
        assert len(re.findall(r"\{\w+\}", reading.path)) == 1
