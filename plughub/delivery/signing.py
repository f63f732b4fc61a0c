"""Standard Webhooks signatures: a receiver can tell that a delivery is ours, whole and fresh.

Source: the Standard Webhooks specification, symmetric signatures ("v1").
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from plughub.core import webhooks
from plughub.core.secrets import Keys
from plughub.core.webhooks import Delivery, Subscription


def headers(id: str, sent_at: datetime, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """The three headers over exactly these bytes; one signature for each secret that is valid now."""
    moment = str(int(sent_at.timestamp()))
    signed = b".".join((id.encode(), moment.encode(), body))
    signatures = (base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode() for secret in secrets)
    return {
        "webhook-id": id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def request_headers(
    keys: Keys, endpoint: Subscription, delivery: Delivery, body: bytes, sent_at: datetime
) -> dict[str, str]:
    """All that a delivery's request says besides its body, as it is or was sent at that moment."""
    numbers = [endpoint.secret_number]
    changed = endpoint.secret_changed_at
    if changed and sent_at - changed < webhooks.SECRET_OVERLAP:
        numbers.append(endpoint.secret_number - 1)
    secrets = [keys.webhook_secret(endpoint.id, number) for number in numbers]
    return {"content-type": "application/json", **headers(delivery.id.hex, sent_at, body, secrets)}


def shown(secret: bytes) -> str:
    """A secret as receivers' libraries want it."""
    return "whsec_" + base64.b64encode(secret).decode()
