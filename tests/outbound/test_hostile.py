"""Receivers that mean harm, or are broken: each call ends in its time, and what it held is given back."""

import asyncio
import socket
import struct

import pytest

from plughub.outbound import Limits, NotSent, Outbound
from tests.outbound.conftest import BRIEF
from tests.outbound.receivers import OK, Behaviour, Talk, receiving

HEAD = b"HTTP/1.1 200 OK\r\n"
POISON = HEAD + b"Content-Length: 6\r\n\r\npoison"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def saying(start: bytes, for_ever: bytes = b"") -> Behaviour:
    async def behave(talk: Talk) -> None:
        await talk.request()
        await talk.say(start)
        if for_ever:
            await talk.say_for_ever(for_ever)

    return behave


def dripping(start: bytes, drop: bytes) -> Behaviour:
    """One drop at a time, always soon enough that somebody is still there."""

    async def behave(talk: Talk) -> None:
        await talk.request()
        await talk.say(start)
        while True:
            await talk.say(drop)
            await asyncio.sleep(0.02)

    return behave


def resetting(start: bytes) -> Behaviour:
    async def behave(talk: Talk) -> None:
        await talk.request()
        await talk.say(start)
        # Closed without a farewell.
        talk.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        talk.writer.transport.abort()

    return behave


async def hanging_up(talk: Talk) -> None:
    talk.writer.close()


async def deaf(talk: Talk) -> None:
    """Reads nothing of a body that is too large for what lies between."""
    talk.writer.transport.pause_reading()
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        pytest.param(saying(b""), "timeout", id="never answers"),
        pytest.param(saying(HEAD + b"Content-Length: 9\r\n\r\nok"), "timeout", id="never ends its body"),
        pytest.param(saying(HEAD + b"X-A: 1\r\n"), "timeout", id="never ends its headers"),
        pytest.param(dripping(b"", b"\r\n"), "timeout", id="empty lines in drops"),
        pytest.param(dripping(HEAD, b"X-A: b\r\n"), "timeout", id="headers in drops"),
        pytest.param(dripping(HEAD + b"X-A: ", b"x"), "timeout", id="one header in drops"),
        pytest.param(dripping(HEAD + b"Content-Length: 999\r\n\r\n", b"x"), "timeout", id="a body in drops"),
        pytest.param(dripping(CHUNKED, b"1\r\nx\r\n"), "timeout", id="chunks in drops"),
        pytest.param(dripping(b"", b"HTTP/1.1 102 Wait\r\n\r\n"), "timeout", id="interim answers in drops"),
        pytest.param(resetting(b""), "broken", id="reset before the answer"),
        pytest.param(resetting(HEAD), "broken", id="reset within the headers"),
        pytest.param(resetting(HEAD + b"Content-Length: 9\r\n\r\nok"), "broken", id="reset within the body"),
        pytest.param(resetting(CHUNKED + b"5\r\nab"), "broken", id="reset within a chunk"),
        pytest.param(hanging_up, "broken", id="hangs up"),
        pytest.param(saying(b"\x00\xff\x01" * 99), "broken", id="garbage"),
        pytest.param(saying(b"SSH-2.0-OpenSSH_9.6\r\n"), "broken", id="another protocol"),
        pytest.param(saying(b"HTTP/9.9 200 OK\r\n\r\n"), "broken", id="another version"),
        pytest.param(saying(b"HTTP/1.1 abc\r\n\r\n"), "broken", id="no status"),
        pytest.param(saying(HEAD + b"Content-Length: -1\r\n\r\n"), "broken", id="a negative length"),
        pytest.param(saying(HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"), "broken", id="two lengths"),
        pytest.param(saying(CHUNKED + b"zz\r\n"), "broken", id="no chunk"),
        pytest.param(saying(HEAD, b"X-A: b\r\n" * 999), "broken", id="headers without end"),
        pytest.param(saying(HEAD + b"X-A: ", b"x" * 9999), "broken", id="a header without end"),
        pytest.param(saying(HEAD, b"x" * 9999), "broken", id="a header name without end"),
        pytest.param(saying(b"HTTP/1.1 200 ", b"x" * 9999), "broken", id="a status line without end"),
        pytest.param(saying(b"", b"\r\n" * 9999), "broken", id="empty lines without end"),
        pytest.param(saying(b"", b"HTTP/1.1 103 Early\r\n\r\n" * 999), "broken", id="interim answers without end"),
        pytest.param(saying(CHUNKED + b"1;", b"x" * 9999), "broken", id="a chunk's extension without end"),
        pytest.param(saying(CHUNKED + b"0\r\n", b"X-A: b\r\n" * 999), "broken", id="trailers without end"),
    ],
)
async def test_a_bad_receiver_costs_its_time_and_nothing_more(local: Outbound, behaviour: Behaviour, reason: str):
    limits = BRIEF if reason == "timeout" else Limits()
    async with receiving(behaviour) as receiver, asyncio.timeout(5):
        with pytest.raises(NotSent) as failure:
            await local.post(f"http://127.0.0.1:{receiver.port}/", b"{}", limits=limits)

        assert failure.value.reason == reason
        await receiver.until_left()


@pytest.mark.parametrize(
    ("start", "for_ever"),
    [
        pytest.param(HEAD + b"\r\n", b"x" * 9999, id="until it closes"),
        pytest.param(HEAD + b"Content-Length: 99999999999\r\n\r\n", b"x" * 9999, id="of a great length"),
        pytest.param(CHUNKED, b"270f\r\n" + b"x" * 9999 + b"\r\n", id="in chunks"),
        pytest.param(CHUNKED, b"1\r\nx\r\n" * 999, id="in the smallest of chunks"),
    ],
)
async def test_a_body_without_end_is_cut(local: Outbound, start: bytes, for_ever: bytes):
    async with receiving(saying(start, for_ever)) as receiver, asyncio.timeout(2):
        answer = await local.post(f"http://127.0.0.1:{receiver.port}/", b"{}")

        assert (answer.status, answer.body, answer.is_cut) == (200, b"x" * 65536, True)
        await receiver.until_left()


large_bodies = pytest.mark.filterwarnings("ignore:Sending a large body")


@large_bodies
async def test_a_receiver_that_reads_nothing_ends_in_time(local: Outbound):
    async with receiving(deaf) as receiver, asyncio.timeout(2):
        with pytest.raises(NotSent) as failure:
            await local.post(f"http://127.0.0.1:{receiver.port}/", bytes(32 * 2**20), limits=BRIEF)

        assert failure.value.reason == "timeout"


@large_bodies
async def test_an_answer_before_the_end_of_the_question_counts(local: Outbound):
    async def hasty(talk: Talk) -> None:
        talk.writer.transport.pause_reading()
        await talk.say(b"HTTP/1.1 413 Too large\r\nContent-Length: 0\r\n\r\n")
        await asyncio.Event().wait()

    async with receiving(hasty) as receiver, asyncio.timeout(2):
        answer = await local.post(f"http://127.0.0.1:{receiver.port}/", bytes(32 * 2**20))

        assert answer.status == 413


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
async def test_a_switch_of_protocols_is_an_answer_and_the_end(local: Outbound, protocol: bytes):
    start = b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: %b\r\n\r\n" % protocol
    async with receiving(saying(start, b"x" * 9999)) as receiver, asyncio.timeout(2):
        answer = await local.post(f"http://127.0.0.1:{receiver.port}/", b"{}")

        assert (answer.status, answer.body) == (101, b"")
        await receiver.until_left()


async def test_a_kept_connection_that_speaks_unasked_is_closed(local: Outbound):
    """Or what it says would be stored for as long as it is kept, and be taken for the next answer."""
    heard = asyncio.Event()

    async def chatty(talk: Talk) -> None:
        await talk.request()
        await talk.say(OK)
        await heard.wait()
        await talk.say(POISON)

    async with receiving(chatty) as receiver, asyncio.timeout(2):
        url = f"http://127.0.0.1:{receiver.port}/"
        await local.post(url, b"{}")
        heard.set()
        await receiver.until_left()

        assert (await local.post(url, b"{}")).body == b"ok"
        assert receiver.opened == 2


async def test_answers_ahead_of_their_questions_are_not_taken(local: Outbound):
    async def ahead(talk: Talk) -> None:
        await talk.request()
        await talk.say(OK + POISON)

    async with receiving(ahead) as receiver, asyncio.timeout(2):
        for _ in range(2):
            assert (await local.post(f"http://127.0.0.1:{receiver.port}/", b"{}")).body == b"ok"

        assert receiver.opened == 2


async def test_a_call_that_its_caller_gives_up_leaves_nothing_open(local: Outbound):
    asked = asyncio.Event()

    async def slow(talk: Talk) -> None:
        await talk.request()
        asked.set()

    async with receiving(slow) as receiver, asyncio.timeout(2):
        call = asyncio.create_task(local.post(f"http://127.0.0.1:{receiver.port}/", b"{}"))
        await asked.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

        await receiver.until_left()


async def test_who_hangs_keeps_nobody_else_waiting(local: Outbound):
    full = asyncio.Event()

    async def hang(talk: Talk) -> None:
        await talk.request()
        if len(talk.receiver.asked) == 120:
            full.set()

    async with receiving(hang) as hanging, receiving() as friendly, asyncio.timeout(5):
        url = f"http://127.0.0.1:{hanging.port}/"
        calls = [asyncio.create_task(local.post(url, b"{}")) for _ in range(120)]
        await full.wait()

        assert (await local.post(f"http://127.0.0.1:{friendly.port}/", b"{}")).status == 200
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
        await hanging.until_left()
