"""The sample shop."""

from typing import Any

from plughub.core.hub import Hub
from plughub.core.tenants import Tenant

TENANT: dict[str, Any] = {
    "name": "Loja Aurora",
    "language": "pt",
    "currency": "BRL",
    "country": "BR",
    "time_zone": "America/Sao_Paulo",
    "profile": {
        "company_name": "Aurora Comércio Ltda",
        "email": "loja@aurora.example",
        "document": "22.211.221/0001-21",
        "phone": "1122331111",
    },
}


async def load(hub: Hub, tenant: Tenant) -> None:
    """Nothing yet."""
