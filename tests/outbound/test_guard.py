"""A server on this machine that must never be reached, and all the ways that lead to it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import IPv4Address, ip_network

import pytest

from plughub.outbound import Limits, NotSent, Outbound, Policy
from tests.outbound.conftest import LOOPBACK, Book
from tests.outbound.receivers import Receiver, answering, receiving, redirecting
from tests.outbound.spellings import disguised

TEXT = "The address cannot be called: it is not known, or not on the public internet."

LOCAL = [
    "127.0.0.1",
    "127.0.0.2",
    "0.0.0.0",  # noqa: S104
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::1%25lo]",
    "[::1%lo]",
    "localhost",
    "LocalHost",
    "localhost.",
    "shop.localhost",
    "ｌocalhost",
    "localhost\u3002",
    "%6cocalhost",
    "localhost#@good.example",
    *disguised(IPv4Address("127.0.0.1")),
]


@pytest.fixture
async def target() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


def guarded(target: Receiver, book: Book | None = None, *opened: str) -> Outbound:
    """A client to which only the address can be an obstacle, not the port of the target."""
    book = book or Book()
    policy = Policy(networks=tuple(map(ip_network, opened)), ports=frozenset({80, 443, target.port}))
    return Outbound(policy, resolver=book, clock=book.clock)


Way = Callable[[Outbound, str], Awaitable[None]]


async def by_post(outbound: Outbound, url: str) -> None:
    await outbound.post(url, b"{}")


async def by_get(outbound: Outbound, url: str) -> None:
    await outbound.get(url, limits=Limits(), redirects=3)


async def by_check(outbound: Outbound, url: str) -> None:
    outbound.check(url)


each_way = pytest.mark.parametrize("way", [by_post, by_get, by_check])
each_call = pytest.mark.parametrize("way", [by_post, by_get])


async def refused(way: Way, outbound: Outbound, url: str) -> None:
    with pytest.raises(NotSent) as refusal:
        await way(outbound, url)
    assert (refusal.value.reason, str(refusal.value)) == ("refused", TEXT)
    await outbound.close()


async def test_the_target_is_there_for_whoever_may_reach_it(target: Receiver):
    outbound = guarded(target, None, "127.0.0.0/8")

    answer = await outbound.post(f"http://127.0.0.1:{target.port}/x", b"{}")
    await outbound.close()

    assert (answer.status, answer.body, target.opened) == (200, b"ok", 1)


@each_way
@pytest.mark.parametrize("host", LOCAL)
async def test_no_spelling_of_this_machine_reaches_it(target: Receiver, host: str, way: Way):
    await refused(way, guarded(target), f"http://{host}:{target.port}/")

    assert target.opened == 0


@pytest.mark.parametrize("scheme", ["http://", "HTTPS://", " https://", "//", "https:\\\\"])
@pytest.mark.parametrize("host", LOCAL)
def test_an_address_that_is_kept_does_not_lead_inside_either(host: str, scheme: str):
    assert Outbound().leads_inside(f"{scheme}{host}/a photo.jpg")


@pytest.mark.parametrize(
    "url",
    [
        "https://loja.example/fotos/camisa azul (1).jpg",
        "http://loja.example:8080/a.jpg?x=127.0.0.1",
        "//cdn.example/ação.jpg",
        "http://8.8.8.8/a.jpg",
        "fotos/127.0.0.1.jpg",
        "",
    ],
)
def test_an_address_that_is_kept_may_look_as_it_likes(url: str):
    assert not Outbound().leads_inside(url)


def test_an_address_that_is_kept_may_lie_where_the_operator_opened():
    opened = Outbound(Policy(networks=(ip_network("127.0.0.0/8"),)))

    assert not any(map(opened.leads_inside, ("http://127.0.0.1:8000/a.jpg", "http://localhost/a.jpg")))
    assert opened.leads_inside("http://10.0.0.1/a.jpg")


@each_call
@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["0.0.0.0"],  # noqa: S104
        ["::ffff:127.0.0.1"],
        ["fe80::1%lo"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["8.8.8.8", "127.0.0.1"],
        ["127.0.0.1", "8.8.8.8"],
        ["2606:4700::1111", "8.8.8.8", "::1"],
    ],
)
async def test_no_name_reaches_it_not_even_with_public_addresses_beside(
    target: Receiver, addresses: list[str], way: Way
):
    await refused(way, guarded(target, Book(shop_example=addresses)), f"http://shop.example:{target.port}/")

    assert target.opened == 0


@each_call
async def test_one_opened_address_does_not_open_the_others_of_its_name(target: Receiver, way: Way):
    book = Book(shop_example=["127.0.0.1", "127.0.0.2"])

    await refused(way, guarded(target, book, "127.0.0.1"), f"http://shop.example:{target.port}/")

    assert target.opened == 0


@each_call
async def test_localhost_is_not_called_whatever_the_name_service_says(target: Receiver, way: Way):
    await refused(way, guarded(target, Book(localhost=["8.8.8.8"])), f"http://localhost:{target.port}/")


async def test_the_name_service_is_not_asked_about_what_is_refused_anyway(target: Receiver):
    for url in ("http://shop.example:22/", "http://localhost/", "http://a@shop.example/"):
        book = Book(shop_example=["8.8.8.8"], localhost=["8.8.8.8"])
        await refused(by_post, guarded(target, book), url)
        assert book.asked == []


async def test_https_is_demanded_unless_an_address_was_opened(target: Receiver):
    closed, opened = guarded(target), guarded(target, Book(shop_example=["127.0.0.1"]), "127.0.0.1")
    for url in ("http://shop.example/", "http://8.8.8.8/"):
        with pytest.raises(NotSent, match=TEXT):
            closed.check(url, secure=True)
        closed.check(url)
    closed.check("https://shop.example/", secure=True)

    answer = await opened.post(f"http://shop.example:{target.port}/", b"", secure=True)
    await opened.close()

    assert answer.status == 200


@each_call
async def test_a_name_that_moves_here_between_two_calls_is_refused_at_the_second(target: Receiver, way: Way):
    # 127.0.0.2 stands for the public internet: it is opened, and 127.0.0.1 is not.
    book = Book(shop_example=["127.0.0.2"])
    outbound = guarded(target, book, "127.0.0.2")
    async with receiving(host="127.0.0.2", port=target.port) as public:
        await way(outbound, f"http://shop.example:{target.port}/")
        book.pages["shop.example"] = ["127.0.0.1"]
        book.time += 10

        await refused(way, outbound, f"http://shop.example:{target.port}/")

        assert (public.opened, target.opened) == (1, 0)


async def test_a_name_that_moves_here_during_a_call_does_not_take_it_along(target: Receiver):
    """Judged is what is connected to: the name service is asked once, and what it says later is not heard."""
    book = Book(shop_example=["127.0.0.2"])

    async def moving(host: str):
        found = await book(host)
        book.pages[host] = ["127.0.0.1"]
        return found

    outbound = Outbound(Policy(networks=(ip_network("127.0.0.2"),)), resolver=moving)
    async with receiving(host="127.0.0.2", port=target.port) as public:
        await by_post(outbound, f"http://shop.example:{target.port}/")
        await outbound.close()

        assert (public.opened, target.opened, book.asked) == (1, 0, ["shop.example"])


async def test_a_kept_connection_is_not_used_once_its_name_points_elsewhere(target: Receiver):
    book = Book(shop_example=["127.0.0.1"])
    outbound = Outbound(Policy(networks=LOOPBACK), resolver=book, clock=book.clock)
    async with receiving(host="127.0.0.2", port=target.port) as moved:
        for _ in range(2):
            await by_post(outbound, f"http://shop.example:{target.port}/")
        book.pages["shop.example"] = ["127.0.0.2"]
        book.time += 10
        await by_post(outbound, f"http://shop.example:{target.port}/")
        await outbound.close()

        assert (len(target.asked), len(moved.asked)) == (2, 1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "moved.example"])
async def test_a_redirect_here_is_refused_when_it_would_be_followed(target: Receiver, host: str):
    book = Book(shop_example=["127.0.0.2"], moved_example=["127.0.0.1"])
    outbound = guarded(target, book, "127.0.0.2")
    where = f"http://{host}:{target.port}/"
    async with receiving(answering(redirecting(where)), host="127.0.0.2") as public:
        await refused(by_get, outbound, f"http://shop.example:{public.port}/")

        assert (public.opened, target.opened) == (1, 0)


async def test_a_redirect_of_a_post_is_an_answer(target: Receiver):
    outbound = guarded(target, None, "127.0.0.2")
    where = f"http://127.0.0.1:{target.port}/"
    async with receiving(answering(redirecting(where, 307)), host="127.0.0.2") as public:
        answer = await outbound.post(f"http://127.0.0.2:{public.port}/", b"{}")
        await outbound.close()

        assert (answer.status, answer.headers["location"]) == (307, where)
        assert (public.opened, target.opened) == (1, 0)


async def test_no_proxy_of_the_environment_is_asked(target: Receiver, monkeypatch):
    async with receiving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        outbound = guarded(target, None, "127.0.0.0/8")
        await by_post(outbound, f"http://127.0.0.1:{target.port}/")
        await outbound.close()

        assert (proxy.opened, target.opened) == (0, 1)


def test_an_unknown_name_reads_like_a_refusal():
    """Or a tenant could learn which names there are in the hub's own network."""
    assert str(NotSent("name")) == str(NotSent("refused")) == TEXT
