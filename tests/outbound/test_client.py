import asyncio
from ipaddress import ip_network

import pytest

from plughub.outbound import Limits, NotSent, Outbound, Policy
from tests.outbound.conftest import BRIEF, LOOPBACK, Book
from tests.outbound.receivers import OK, answering, receiving, redirecting


def opened(book: Book) -> Outbound:
    return Outbound(Policy(networks=LOOPBACK), resolver=book, clock=book.clock)


async def test_a_post_arrives_as_it_was_given_and_no_cookie_comes_back(local: Outbound):
    said = b"HTTP/1.1 207 Some\r\nSet-Cookie: a=b\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: 3\r\n\r\nabc"
    async with receiving(answering(said)) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/a%2Fb?c=%20&d"
        headers = {"Content-Type": "application/json", "Authorization": "x"}
        answers = [await local.post(url, b"{}", headers=headers) for _ in range(2)]

        first, second = receiver.asked
        assert first == second
        assert receiver.opened == 1
        assert (first.line, first.body) == ("POST /a%2Fb?c=%20&d HTTP/1.1", b"{}")
        assert first.headers == {
            "host": f"127.0.0.1:{receiver.port}",
            "user-agent": "Plughub/0.1.0",
            "accept": "*/*",
            "accept-encoding": "identity",
            "content-type": "application/json",
            "authorization": "x",
            "content-length": "2",
        }
        for answer in answers:
            assert (answer.status, answer.body, answer.is_cut) == (207, b"abc", False)
            assert answer.headers == {"set-cookie": "a=b", "x-one": "1, 2", "content-length": "3"}
            assert 0 < answer.seconds < 20


async def test_a_caller_may_go_by_another_name(local: Outbound):
    async with receiving() as receiver:
        await local.post(f"http://127.0.0.1:{receiver.port}/", b"", headers={"user-agent": "Shop/1"})

        assert receiver.asked[0].headers["user-agent"] == "Shop/1"


@pytest.mark.parametrize("status", [200, 204, 304, 404, 410, 429, 500, 503])
async def test_any_status_is_an_answer(local: Outbound, status: int):
    said = f"HTTP/1.1 {status} Whatever\r\nRetry-After: 7\r\n\r\n".encode()
    async with receiving(answering(said.replace(b"\r\n\r\n", b"\r\nContent-Length: 0\r\n\r\n"))) as receiver:
        answer = await local.post(f"http://127.0.0.1:{receiver.port}/", b"")

        assert (answer.status, answer.headers["retry-after"], answer.body) == (status, "7", b"")


async def test_the_next_call_uses_the_same_connection_and_asks_no_name_service():
    book = Book(shop_example=["127.0.0.1"])
    outbound = opened(book)
    async with receiving() as receiver:
        for _ in range(3):
            await outbound.post(f"http://shop.example:{receiver.port}/", b"")

        assert (receiver.opened, len(receiver.asked), book.asked) == (1, 3, ["shop.example"])
        assert receiver.asked[2].headers["host"] == f"shop.example:{receiver.port}"

        book.time += 10
        await outbound.post(f"http://shop.example:{receiver.port}/", b"")

        assert (receiver.opened, book.asked) == (1, ["shop.example"] * 2)
        await outbound.close()
        await receiver.until_left()


async def test_a_connection_that_the_receiver_closed_is_not_used_again(local: Outbound):
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    async with receiving(answering(closing)) as receiver:
        for _ in range(2):
            await local.post(f"http://127.0.0.1:{receiver.port}/", b"")
        await receiver.until_left()

        assert receiver.opened == 2


async def test_when_one_address_does_not_answer_the_next_is_tried_and_remembered():
    # Nobody listens at the first.
    book = Book(shop_example=["127.0.0.9", "127.0.0.1"])
    outbound = opened(book)
    async with receiving() as receiver:
        url = f"http://shop.example:{receiver.port}/"
        for _ in range(2):
            assert (await outbound.post(url, b"")).status == 200
        async with receiving(host="127.0.0.9", port=receiver.port) as back:
            book.time += 10
            assert (await outbound.post(url, b"")).status == 200

            assert (receiver.opened, len(receiver.asked), back.opened) == (1, 3, 0)
        await outbound.close()


async def test_addresses_of_one_family_do_not_crowd_out_the_other():
    # Networks of one's own that do not exist: unreachable, or never answered.
    book = Book(shop_example=["fd00::1", "fd00::2", "fd00::3", "fd00::4", "fd00::5", "127.0.0.1"])
    outbound = Outbound(Policy(networks=(*LOOPBACK, ip_network("fd00::/8"))), resolver=book)
    async with receiving() as receiver:
        answer = await outbound.post(f"http://shop.example:{receiver.port}/", b"", limits=Limits(connect=0.3))
        await outbound.close()

        assert answer.status == 200


async def test_where_nobody_listens_no_connection_is_opened(local: Outbound):
    async with receiving() as receiver:
        free = receiver.port
    with pytest.raises(NotSent, match="No connection") as failure:
        await local.post(f"http://127.0.0.1:{free}/", b"")

    assert failure.value.reason == "connect"


async def silent(_host: str):
    await asyncio.Event().wait()


async def nothing(_host: str):
    return []


@pytest.mark.parametrize("resolver", [Book(), silent, nothing])
async def test_a_name_that_is_not_found_in_time_is_not_called(resolver):
    with pytest.raises(NotSent) as failure:
        await Outbound(resolver=resolver).post("https://shop.example/", b"", limits=BRIEF)

    assert failure.value.reason == "name"


async def test_the_machines_own_names_are_found(local: Outbound):
    async with receiving() as receiver:
        answer = await local.post(f"http://localhost:{receiver.port}/", b"")

        assert answer.status == 200


async def test_a_name_unknown_to_the_machine_is_not_found():
    with pytest.raises(NotSent) as failure:
        await Outbound().post("https://nobody.invalid/", b"")

    assert failure.value.reason == "name"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "a\r\nX-B: b"},
        {"X-A": "a\nb"},
        {"X-A": "a\0"},
        {"X-A": "\ud800"},
        {"X-A\r\nX-B": "b"},
        {"X A": "b"},
        {"": "b"},
        {"Host": "other.example"},
        {"content-length": "3"},
        {"Transfer-Encoding": "chunked"},
        {"Connection": "close"},
    ],
)
async def test_no_header_says_what_is_ours_to_say(local: Outbound, headers: dict[str, str]):
    async with receiving() as receiver:
        with pytest.raises(NotSent):
            await local.post(f"http://127.0.0.1:{receiver.port}/", b"", headers=headers)

        assert receiver.opened == 0


async def test_a_header_that_is_no_text_can_be_stored(local: Outbound):
    async with receiving(answering(b"HTTP/1.1 200 OK\r\nX-A: \xff\xc3\xa7\r\nContent-Length: 0\r\n\r\n")) as receiver:
        answer = await local.post(f"http://127.0.0.1:{receiver.port}/", b"")

        assert answer.headers["x-a"] == "\ufffdç"


@pytest.mark.parametrize(
    ("body", "kept", "is_cut"),
    [(b"x" * 1023, 1023, False), (b"x" * 1024, 1024, False), (b"x" * 1025, 1024, True), (b"x" * 9999, 1024, True)],
)
async def test_a_body_is_read_up_to_its_limit(local: Outbound, body: bytes, kept: int, is_cut: bool):
    said = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    async with receiving(answering(said)) as receiver:
        answer = await local.post(f"http://127.0.0.1:{receiver.port}/", b"", limits=Limits(body=1024))

        assert (len(answer.body), answer.is_cut) == (kept, is_cut)


async def test_a_compressed_body_is_not_unpacked(local: Outbound):
    said = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"
    async with receiving(answering(said)) as receiver:
        answer = await local.post(f"http://127.0.0.1:{receiver.port}/", b"")

        assert answer.body == b"abc"


class TestRedirects:
    async def test_up_to_three_are_followed_and_the_next_is_the_answer(self, local: Outbound):
        said = [redirecting(f"/{number}", status) for number, status in enumerate((301, 303, 307, 308))]
        async with receiving(answering(*said, OK)) as receiver:
            url = f"http://127.0.0.1:{receiver.port}/start"
            answer = await local.get(url, limits=Limits(), redirects=9)

            assert (answer.status, answer.headers["location"]) == (308, "/3")
            assert [asked.line.split()[1] for asked in receiver.asked] == ["/start", "/0", "/1", "/2"]

    @pytest.mark.parametrize(("redirects", "status", "asked"), [(0, 302, 1), (1, 200, 2)])
    async def test_only_as_many_as_are_asked_for(self, local: Outbound, redirects: int, status: int, asked: int):
        async with receiving(answering(redirecting("/next"), OK)) as receiver:
            url = f"http://127.0.0.1:{receiver.port}/"
            answer = await local.get(url, limits=Limits(), redirects=redirects)

            assert (answer.status, len(receiver.asked)) == (status, asked)

    async def test_another_origin_gets_none_of_the_headers(self, local: Outbound):
        async with receiving() as other:
            there = redirecting(f"http://127.0.0.1:{other.port}/x")
            async with receiving(answering(redirecting("/same"), there)) as receiver:
                url = f"http://127.0.0.1:{receiver.port}/"
                answer = await local.get(url, limits=Limits(), headers={"Authorization": "x"}, redirects=3)

                assert answer.status == 200
                assert [asked.headers.get("authorization") for asked in receiver.asked] == ["x", "x"]
                assert "authorization" not in other.asked[0].headers

    async def test_a_redirect_to_nowhere_is_an_answer(self, local: Outbound):
        async with receiving(answering(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")) as receiver:
            answer = await local.get(f"http://127.0.0.1:{receiver.port}/", limits=Limits(), redirects=3)

            assert answer.status == 302

    async def test_all_of_them_share_one_time(self, local: Outbound):
        async def slowly(talk):
            await talk.request()
            await asyncio.sleep(BRIEF.whole * 0.4)
            await talk.say(redirecting("/again"))
            await slowly(talk)

        async with receiving(slowly) as receiver:
            with pytest.raises(NotSent) as failure:
                await local.get(f"http://127.0.0.1:{receiver.port}/", limits=BRIEF, redirects=3)

            assert failure.value.reason == "timeout"


async def many(outbound: Outbound, port: int, count: int) -> None:
    await asyncio.gather(*(outbound.post(f"http://127.0.0.1:{port}/", b"") for _ in range(count)))


async def test_no_more_connections_than_a_process_can_bear_are_kept(local: Outbound, monkeypatch):
    monkeypatch.setattr("plughub.outbound.watch._MOST_OPEN", 2)
    async with receiving() as receiver:
        await many(local, receiver.port, 6)
        await many(local, receiver.port, 6)

        # Two of the first six were kept.
        assert receiver.opened == 6 + 4
