"""Standard Webhooks signatures: a receiver can tell that a delivery is ours, whole and fresh.

Source: the Standard Webhooks specification, symmetric signatures ("v1").
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime


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


def shown(secret: bytes) -> str:
    """A secret as receivers' libraries want it."""
    return "whsec_" + base64.b64encode(secret).decode()
