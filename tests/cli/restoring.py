"""Commands in processes of their own, as they start and stop databases; and what two databases are compared by."""

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from plughub.db import private
from tests.journeys.hub import CLEAN


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


def plughub(*words: str | Path, **settings: str | Path) -> Ran:
    environment = CLEAN | {f"PLUGHUB_{name.upper()}": str(text) for name, text in settings.items()}
    ran = subprocess.run(
        [sys.executable, "-m", "plughub", *map(str, words)],
        env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return Ran(ran.returncode, ran.stdout, ran.stderr)


_TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
AND NOT relispartition ORDER BY relname
"""


async def sums(data: Path) -> dict[str, str]:
    """Table -> a checksum of all its rows, of all tenants."""
    with private.running(data) as server:
        connection = await asyncpg.connect(server.superuser_url.replace("/postgres?", "/plughub?", 1))
        try:
            found = {}
            for row in await connection.fetch(_TABLES):
                texts = await connection.fetch(f'SELECT t::text AS text FROM public."{row["relname"]}" t ORDER BY 1')
                found[row["relname"]] = hashlib.sha256("\n".join(one["text"] for one in texts).encode()).hexdigest()
            return found
        finally:
            await connection.close()
