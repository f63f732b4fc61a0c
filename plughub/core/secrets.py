"""Tokens and secrets: made here, stored only as keyed hashes. People's passwords: argon2id."""

import hashlib
import hmac
import secrets
import string
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

_LETTERS = string.ascii_letters + string.digits

#: OWASP's smallest recommended setting for argon2id: 19 MiB, two passes.
_PASSWORDS = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class Keys:
    """Hashes under keys derived from the master key; one key per purpose."""

    def __init__(self, master: bytes) -> None:
        self._tokens = _derive(master, b"tokens")
        self._secrets = _derive(master, b"secrets")
        self._webhooks = _derive(master, b"webhooks")
        self._forms = _derive(master, b"forms")
        #: Tells master keys apart and is no secret: nothing is hashed under it.
        self.mark = _derive(master, b"mark")[:16]

    def token_hash(self, token: str) -> bytes:
        return _hmac(self._tokens, token)

    def secret_hash(self, secret: str) -> bytes:
        return _hmac(self._secrets, secret)

    def is_secret(self, secret: str, expected: bytes) -> bool:
        return hmac.compare_digest(self.secret_hash(secret), expected)

    def webhook_secret(self, subscription: UUID, number: int) -> bytes:
        """The 32 bytes that sign what one endpoint is sent. Derived, so that the database holds nothing to steal."""
        return _hmac(self._webhooks, f"{subscription.hex}:{number}")

    def form_token(self, session: str) -> str:
        """What a form of this session has to carry, and nobody else can know."""
        return _hmac(self._forms, session).hex()


def hash_password(password: str) -> str:
    return _PASSWORDS.hash(password)


def is_password(password: str, expected: str) -> bool:
    try:
        return _PASSWORDS.verify(expected, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def hex_token(digits: int) -> str:
    return secrets.token_hex(digits // 2)


def text_secret(length: int) -> str:
    """Letters and digits only: clients paste secrets into forms without encoding them."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _derive(master: bytes, purpose: bytes) -> bytes:
    return hmac.digest(master, b"plughub:" + purpose, hashlib.sha256)


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256)
