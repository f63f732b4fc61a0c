"""Which master key a database was used with, so that a hub with another one is told before it does harm.

With a wrong key every token is unknown, and what the hub makes or signs is worth nothing to anybody.
"""

from plughub.core.hub import Transaction
from plughub.core.secrets import Keys


async def mark(tx: Transaction) -> bytes | None:
    """The mark of the key that this database is used with; None: nobody has used it yet."""
    found: bytes | None = await tx.value("SELECT mark FROM master_key")
    return found


async def note(tx: Transaction, keys: Keys) -> bool:
    """Note the key at first use. Whether it is the one that was noted."""
    return await mark(tx) == keys.mark or bool(
        await tx.value(
            "INSERT INTO master_key (is_only, mark) VALUES (true, $1) ON CONFLICT DO NOTHING RETURNING true",
            keys.mark,
        )
    )


async def replace(tx: Transaction, keys: Keys) -> None:
    """From now on this is the key. Whatever was made with another one no longer works."""
    await tx.value(
        "INSERT INTO master_key (is_only, mark) VALUES (true, $1)"
        " ON CONFLICT (is_only) DO UPDATE SET mark = $1, noted_at = clock_timestamp() RETURNING true",
        keys.mark,
    )


def short(mark: bytes) -> str:
    """How people tell keys apart."""
    return mark.hex()[:8]
