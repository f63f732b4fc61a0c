"""Who the caller is, and what time it is here."""

from plughub.dialects.pluggto.kinds import write_date
from plughub.web.call import Call, Reply, json_reply


async def get_users(call: Call) -> Reply:
    """The account that the token opens, and the application that holds the token (D: the seed names it only)."""
    identity = call.identity
    tenant, profile = identity.tenant, identity.tenant.profile
    user = {
        "id": tenant.number,
        "name": tenant.name,
        "email": profile.get("email"),
        "company_name": profile.get("company_name", tenant.name),
        "document": profile.get("document"),
        "phone": profile.get("phone"),
        "country": tenant.country,
        "currency": tenant.currency,
        "language": "pt-BR" if tenant.language == "pt" else tenant.language,
        "created": write_date(tenant.created_at),
        "app": {
            "client_id": identity.application.client_id,
            "name": identity.application.name,
            "type": "plugin",
        },
    }
    return json_reply({"User": user})


async def get_time(call: Call) -> Reply:
    return json_reply({"time": int(call.hub.now().timestamp())})
