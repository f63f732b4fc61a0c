import re
from ipaddress import IPv4Address
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from yarl import URL

from plughub.outbound import NotSent
from plughub.outbound.target import follow, read
from tests.outbound.spellings import disguised


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "authority"),
    [
        ("https://shop.example", "shop.example", 443, "/", "shop.example"),
        ("HTTPS://Shop.Example:443/A?b=c#d", "shop.example", 443, "/A?b=c", "shop.example"),
        ("http://shop.example:8080?b=c", "shop.example", 8080, "/?b=c", "shop.example:8080"),
        ("http://shop.example:443/", "shop.example", 443, "/", "shop.example:443"),
        ("https://8.8.8.8/x", "8.8.8.8", 443, "/x", "8.8.8.8"),
        ("http://[2606:4700:0:0::1111]:81/x", "2606:4700::1111", 81, "/x", "[2606:4700::1111]:81"),
        ("https://my_shop.example/%2F/é?q=ã%", "my_shop.example", 443, "/%2F/%C3%A9?q=%C3%A3%", "my_shop.example"),
        ("https://lojaçúcar.example/", "xn--lojacar-xxa5o.example", 443, "/", "xn--lojacar-xxa5o.example"),
        ("https://xn--lojacar-xxa5o.example/", "xn--lojacar-xxa5o.example", 443, "/", "xn--lojacar-xxa5o.example"),
        ("https://4.shop.example:65535/a//b", "4.shop.example", 65535, "/a//b", "4.shop.example:65535"),
    ],
)
def test_a_usual_address_is_read_as_everybody_reads_it(url: str, host: str, port: int, path: str, authority: str):
    target = read(url)

    assert (target.host, target.port, target.path, target.authority) == (host, port, path, authority)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example",
        "//shop.example/",
        "http:/shop.example/",
        "http:shop.example",
        "http://",
        "http:///etc/passwd",
        "http://?x",
        "http://:80/",
        "http://shop.example:/",
        "http://shop.example:0/",
        "http://shop.example:65536/",
        "http://shop.example:99999/",
        "http://shop.example:８０/",
        "http://shop.example:+80/",
        "http://shop.example:80:80/",
        "file:///etc/passwd",
        "gopher://shop.example/",
        "ftp://shop.example/",
        "ws://shop.example/",
        "javascript:alert(1)",
        "http+unix://shop.example/",
        " http://shop.example/",
        "http://shop.example/a b",
        "http://shop.example/\r\nHost: other.example",
        "http://shop.example/\x00",
        "http://shop.example/\ud800",
        "http://shop.example\\@other.example/",
        "http://shop.example/..\\x",
        "http://good@shop.example/",
        "http://good:word@shop.example/",
        "http://@shop.example/",
        "http://shop.example./",
        "http://shop..example/",
        "http://.shop.example/",
        "http://-shop.example/",
        "http://shop-.example/",
        "http://shop!.example/",
        "http://sh%6Fp.example/",
        "http://sho\u00adp.example/",
        "http://ｓhop.example/",
        "http://shop。example/",
        "http://☃.example/",
        f"http://{'a' * 64}.example/",
        f"http://{'a.' * 126}aa/",
        "http://shop.example/" + "a" * 4096,
        "http://[::1",
        "http://::1/",
        "http://[]/",
        "http://[shop.example]/",
        "http://[2606:4700::1111%25eth0]/",
        "http://[2606:4700::1111%eth0]/",
        "http://[v1.x]/",
        "http://shop.example.0x7f/",
        "http://shop.example.1/",
    ],
)
def test_whatever_is_written_otherwise_is_refused(url: str):
    with pytest.raises(NotSent) as refusal:
        read(url)

    assert refusal.value.reason == "refused"


#: Without those that are IPv6 addresses to everybody: they are judged as such.
_ODD = [host for host in disguised(IPv4Address("8.8.8.8")) if not re.fullmatch(r"\[[0-9a-f:.]+:[0-9a-f:.]+\]", host)]


@pytest.mark.parametrize("host", _ODD)
def test_an_odd_spelling_is_refused_even_of_an_address_that_may_be_called(host: str):
    with pytest.raises(NotSent):
        read(f"http://{host}/")


_WORDS = ["http:", "//", "127.0.0.1", "::1", "[::1]", "shop.example", "%40", "%2f", "0x7f", ":80", "xn--"]
_pieces = st.sampled_from([*"hato1.7%:/?#@[]\\;=&+-_~,!$ \t０。\u00ad\u200bß\u0130", *_WORDS])
_rests = st.lists(_pieces, max_size=6).map("".join)


@settings(max_examples=400)
@given(st.tuples(st.sampled_from(["", "shop.example", "127.0.0.1"]), _rests).map("".join))
@example("127.0.0.1:80#@shop.example/")
@example("shop.example?@127.0.0.1/")
@example("shop.example;@127.0.0.1/")
def test_what_is_read_is_read_the_same_by_other_readers(rest: str):
    url = f"http://{rest}"
    try:
        target = read(url)
    except NotSent:
        return

    parts, other = urlsplit(url), URL(url)

    assert (target.host, target.port) == (other.raw_host, other.port)
    if parts.netloc.isascii():
        assert (target.host, target.port) == (parts.hostname, parts.port or 80)


@settings(max_examples=200)
@given(st.text(), st.text())
def test_no_text_leads_to_anything_but_a_target_or_a_refusal(host: str, rest: str):
    for url in (host, f"https://{host}/{rest}", f"http://shop.{host}.example:80/?{rest}"):
        try:
            target = read(url)
        except NotSent:
            continue
        sent = URL(f"{target.scheme}://8.8.8.8:{target.port}{target.path}", encoded=True).raw_path_qs
        assert sent in (target.path, target.path.removesuffix("?"))
        assert target.host.isascii()


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "https://shop.example:8443/b"),
        ("b?c", "https://shop.example:8443/a/b?c"),
        ("//other.example/b", "https://other.example/b"),
        ("http://[2606:4700::1111]/b", "http://[2606:4700::1111]/b"),
        ("/ç", "https://shop.example:8443/%C3%A7"),
    ],
)
def test_a_redirect_is_read_from_where_it_was_sent(location: str, url: str):
    assert follow(read("https://shop.example:8443/a/x?y"), location) == read(url)


@pytest.mark.parametrize("location", ["http://[::1", "file:///etc/passwd", "//a@b/", "/\\other.example", "\thttp://a/"])
def test_a_redirect_to_something_else_is_refused(location: str):
    with pytest.raises(NotSent):
        follow(read("https://shop.example/"), location)
