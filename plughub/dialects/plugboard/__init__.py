"""Plugboard: one flat record per SKU, orders and money for clients of api.plugboard.io, version 7.

Specification: docs/dialects/plugboard.md.
"""

from operator import attrgetter

from plughub.dialects.plugboard.auth import NAME, authenticate, resource_of
from plughub.dialects.plugboard.client import CLIENT
from plughub.dialects.plugboard.errors import spell
from plughub.dialects.plugboard.routes import ROUTES, SCHEMAS
from plughub.web.dialect import Dialect, Reading

DIALECT = Dialect(
    name=NAME,
    title="Plugboard",
    mount="/plugboard",
    root="/api",
    # Each call carries the password (S).
    needs_https=True,
    routes=ROUTES,
    schemas=SCHEMAS,
    authenticate=authenticate,
    spell=spell,
    client=CLIENT,
    readings={
        "variant": Reading("/api/product/{localId}", attrgetter("hex")),
        "order": Reading("/api/order/{localId}", attrgetter("hex")),
    },
    body_limit=10 * 1024 * 1024,
    description="Products, prices, orders and money. Every call names tenant and connection and carries"
    " user name and password; the API root tests them.",
    security={
        "basic": {"type": "http", "scheme": "basic"},
        "tenant": {"type": "apiKey", "in": "header", "name": "X-Tenant"},
        "connection": {"type": "apiKey", "in": "header", "name": "X-ConnectionId"},
    },
    needs_all_proofs=True,
    naming=("X-Tenant", "X-ConnectionId"),
    compresses=True,
    resources=tuple(sorted({resource_of(route.path) for route in ROUTES if not route.is_open} - {""})),
    headers={
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    },
)

__all__ = ["DIALECT"]
