"""The hub runs in uvloop, the other tests in asyncio's own loop: what rests on connections holds in both."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import uvloop

from plughub.outbound import Outbound, Policy
from tests.outbound import test_client, test_hostile, test_tls
from tests.outbound.certificates import Authority
from tests.outbound.conftest import LOOPBACK, Book

Case = Callable[..., Awaitable[None]]


async def in_uvloop(case: Case, *given: object) -> None:
    """In a thread with a loop of its own."""

    async def run() -> None:
        outbound = Outbound(
            Policy(networks=LOOPBACK), resolver=Book(shop_example=["127.0.0.1"], other_example=["127.0.0.1"])
        )
        await case(outbound, *given)
        await outbound.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    await asyncio.to_thread(uvloop.run, run())


@pytest.mark.parametrize(
    "case",
    [
        test_client.test_a_connection_that_the_receiver_closed_is_not_used_again,
        test_hostile.test_a_kept_connection_that_speaks_unasked_is_closed,
        test_hostile.test_answers_ahead_of_their_questions_are_not_taken,
        test_hostile.test_a_call_that_its_caller_gives_up_leaves_nothing_open,
        test_hostile.test_who_hangs_keeps_nobody_else_waiting,
    ],
)
async def test_connections_are_kept_and_closed_alike(case: Case):
    await in_uvloop(case)


@pytest.mark.parametrize("for_ever", [b"HTTP/1.1 103 Early\r\n\r\n" * 999, b"\r\n" * 9999, b"x" * 9999])
async def test_floods_end_alike(for_ever: bytes):
    behaviour = test_hostile.saying(b"", for_ever)
    await in_uvloop(test_hostile.test_a_bad_receiver_costs_its_time_and_nothing_more, behaviour, "broken")


@pytest.mark.parametrize(
    "case",
    [
        test_tls.test_the_judged_address_is_greeted_by_its_name,
        test_tls.test_names_at_one_address_share_no_connection,
    ],
)
async def test_tls_is_spoken_alike(case: Case, tmp_path: Path, monkeypatch):
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))

    await in_uvloop(case, authority)
