"""Plugg.to: orders, products, kits, stock, freight and messages for clients of api.plugg.to. See docs/dialects."""

from plughub.dialects.pluggto import ids
from plughub.dialects.pluggto.auth import LIFE, NAME, authenticate
from plughub.dialects.pluggto.client import CLIENT
from plughub.dialects.pluggto.errors import spell
from plughub.dialects.pluggto.freight import quote as quote_freight
from plughub.dialects.pluggto.notify import NOTIFICATION, STYLE
from plughub.dialects.pluggto.routes import ROUTES, SCHEMAS
from plughub.web.dialect import Dialect, Reading

DIALECT = Dialect(
    name=NAME,
    title="Plugg.to",
    mount="/pluggto",
    routes=ROUTES,
    schemas=SCHEMAS,
    authenticate=authenticate,
    spell=spell,
    client=CLIENT,
    lifetimes=LIFE,
    notify=STYLE,
    notification=NOTIFICATION,
    readings={"product": Reading("/products/{id}", ids.spell), "order": Reading("/orders/{id}", ids.spell)},
    body_limit=5 * 1024 * 1024,
    description="Products, kits, stock, orders, freight, messages. Ask for a token first; every other call needs it.",
    security={
        "token": {"type": "http", "scheme": "bearer"},
        "access_token": {"type": "apiKey", "in": "query", "name": "access_token"},
    },
    headers={
        # Some clients call straight from a browser (C).
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, x-user_id",
        "Access-Control-Max-Age": "86400",
        # A token may stand in the address: no page reached from here may learn it, nothing may keep it.
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    },
)

__all__ = ["DIALECT", "LIFE", "quote_freight"]
