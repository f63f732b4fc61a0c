"""The shop itself. Its tax number fails its own check, so that it is nobody's."""

from typing import Any

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
