"""`python -m tests.matrix`: run it, write docs/conformance.md; `--check`: say whether it is as written.

Exits with 1 where a field is lost, and in a check where the page is not what was found.
"""

import asyncio
import sys
from pathlib import Path

import aiohttp

from plughub import app
from plughub.config import Settings
from plughub.core.hub import Hub
from plughub.core.secrets import Keys
from plughub.outbound import Outbound, Policy
from tests import server
from tests.matrix import report
from tests.matrix.catalogue import everything
from tests.sockets import serving

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"


async def main(*, is_check: bool) -> int:
    with server.superuser_url() as admin:
        async with server.database(admin) as url:
            settings = Settings(data=Path("unused"), database_url=url)
            await app.migrate(settings)
            hub, outbound = Hub(url, keys=Keys(b"of the matrix")), Outbound(Policy())
            try:
                async with (
                    serving(app.application(hub, outbound, settings)) as address,
                    aiohttp.ClientSession() as http,
                ):
                    findings, words = await everything(hub, http, address)
            finally:
                await outbound.close()
                await hub.close()
    for line in report.lost(findings, words):
        sys.stderr.write(f"LOST {line}\n")
    return _written(report.page(findings, words), is_check=is_check) or bool(report.lost(findings, words))


def _written(page: str, *, is_check: bool) -> int:
    if not is_check:
        PAGE.write_text(page)
        sys.stdout.write(f"{PAGE} is written.\n")
    elif page != PAGE.read_text():
        sys.stderr.write(f"{PAGE} is not what the hub does now: run `make matrix` and look at the difference.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(is_check="--check" in sys.argv)))
