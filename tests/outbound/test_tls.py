import asyncio
from pathlib import Path

import pytest

from plughub.outbound import Limits, NotSent, Outbound, Policy
from tests.outbound.certificates import Authority
from tests.outbound.conftest import LOOPBACK, Book
from tests.outbound.receivers import answering, receiving, redirecting


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusted(authority: Authority, monkeypatch) -> Authority:
    """The machine trusts the authority of the tests, as an operator would have it trust one of their own."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


@pytest.fixture
async def outbound():
    book = Book(shop_example=["127.0.0.1"], other_example=["127.0.0.1"], public_example=["8.8.8.8"])
    outbound = Outbound(Policy(networks=LOOPBACK), resolver=book)
    yield outbound
    await outbound.close()


async def fails(outbound: Outbound, url: str, limits: Limits = Limits()) -> str:
    with pytest.raises(NotSent) as failure:
        await outbound.post(url, b"secret", limits=limits)
    return failure.value.reason


async def test_the_judged_address_is_greeted_by_its_name(outbound: Outbound, trusted: Authority):
    async with receiving(tls=trusted.server("shop.example")) as receiver:
        for _ in range(2):
            answer = await outbound.post(f"https://shop.example:{receiver.port}/x", b"{}", secure=True)
            assert (answer.status, answer.body) == (200, b"ok")

        assert (receiver.opened, receiver.greeted) == (1, ["shop.example"])
        assert [asked.headers["host"] for asked in receiver.asked] == [f"shop.example:{receiver.port}"] * 2


async def test_names_at_one_address_share_no_connection(outbound: Outbound, trusted: Authority):
    async with receiving(tls=trusted.server("shop.example", "other.example")) as receiver:
        for name in ("shop.example", "other.example", "shop.example"):
            await outbound.post(f"https://{name}:{receiver.port}/", b"")

        assert (receiver.opened, receiver.greeted) == (2, ["shop.example", "other.example"])


async def test_a_kept_connection_speaks_for_its_own_name_only(outbound: Outbound, trusted: Authority):
    async with receiving(tls=trusted.server("shop.example")) as receiver:
        await outbound.post(f"https://shop.example:{receiver.port}/", b"")

        assert await fails(outbound, f"https://other.example:{receiver.port}/") == "tls"
        assert await fails(outbound, f"https://127.0.0.1:{receiver.port}/") == "tls"
        assert len(receiver.asked) == 1


async def test_an_address_may_have_a_certificate_too(outbound: Outbound, trusted: Authority):
    async with receiving(tls=trusted.server("127.0.0.1")) as receiver:
        answer = await outbound.post(f"https://127.0.0.1:{receiver.port}/", b"")

        assert answer.status == 200


@pytest.mark.parametrize(("names", "ended"), [(["other.example"], False), (["shop.example"], True)])
async def test_a_certificate_for_another_name_or_time_is_not_accepted(
    outbound: Outbound, trusted: Authority, names: list[str], ended: bool
):
    async with receiving(tls=trusted.server(*names, ended=ended)) as receiver:
        assert await fails(outbound, f"https://shop.example:{receiver.port}/") == "tls"

        await receiver.until_left()
        assert receiver.asked == []


async def test_nor_is_one_that_nobody_vouches_for(outbound: Outbound, trusted: Authority, tmp_path: Path):
    async with receiving(tls=Authority(tmp_path).server("shop.example")) as receiver:
        assert await fails(outbound, f"https://shop.example:{receiver.port}/") == "tls"

        assert receiver.asked == []


async def test_plain_http_where_tls_is_spoken_is_no_answer(outbound: Outbound, trusted: Authority):
    async with receiving(tls=trusted.server("shop.example")) as receiver:
        assert await fails(outbound, f"http://shop.example:{receiver.port}/") == "broken"


async def test_from_https_no_redirect_leads_back_to_http(outbound: Outbound, trusted: Authority):
    said = redirecting("http://public.example/")
    async with receiving(answering(said), tls=trusted.server("shop.example")) as receiver:
        with pytest.raises(NotSent) as failure:
            await outbound.get(f"https://shop.example:{receiver.port}/", limits=Limits(), redirects=1)

        assert failure.value.reason == "refused"


async def test_a_silent_handshake_ends_in_time(outbound: Outbound):
    async def mute(talk):
        await talk.reader.read()

    async with receiving(mute) as receiver:
        async with asyncio.timeout(5):
            assert await fails(outbound, f"https://shop.example:{receiver.port}/", Limits(connect=0.1)) == "connect"
            await receiver.until_left()


@pytest.mark.parametrize("noise", [b"HTTP/1.1 400 Bad\r\n\r\n", b"\x00" * 400, b"\x16\x03\x03\xff\xff" + b"x" * 70000])
async def test_noise_instead_of_a_handshake_is_no_secure_connection(outbound: Outbound, noise: bytes):
    async def noisy(talk):
        await talk.say(noise)

    async with receiving(noisy) as receiver:
        assert await fails(outbound, f"https://shop.example:{receiver.port}/") == "tls"
        await receiver.until_left()
