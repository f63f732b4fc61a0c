"""Log lines: one JSON object each, and no secret in any of them."""

import json
import logging
import sys

import pytest

from plughub.web.logs import Lines


def line(text: str, *args, error: Exception | None = None, **extra) -> str:
    info = None
    if error is not None:
        try:
            raise error
        except Exception:
            info = sys.exc_info()
    record = logging.LogRecord("plughub.test", logging.WARNING, __file__, 1, text, args, info)
    record.__dict__.update(extra)
    return Lines().format(record)


@pytest.mark.parametrize(
    "text",
    [
        "GET /pluggto/orders?access_token={}&limit=1",
        "refresh_token={}",
        "client_secret={}",
        "password={}",
        "code={} was used",
        "KEY={}",
        "Authorization: Bearer {}",
        "authorization: basic {}",
        "secret whsec_{}",
        '{{"access_token": "{}", "a": 1}}',
        "{{'password':'{}'}}",
    ],
)
def test_a_secret_is_starred_wherever_it_stands(text: str):
    canary = "5ecretCanary12345"
    said = text.format(canary)

    lines = [line(said), line("%s", said), line("event", why=said), line("event", error=RuntimeError(said))]

    for written in lines:
        assert canary not in written
        assert "***" in written


def test_what_is_around_a_secret_stays_readable():
    written = json.loads(line("a?access_token=abc&limit=1 'password=x' status code: 500"))

    assert written["event"] == "a?access_token=***&limit=1 'password=***' status code: 500"


def test_a_line_is_one_line_of_json_whatever_is_in_it():
    written = line("two\nlines \u2028 \x00", path="/a\nb", number=1, odd={1}, error=ValueError("x\ny"))

    assert "\n" not in written
    read = json.loads(written)
    assert (read["event"], read["path"], read["number"]) == ("two\nlines \u2028 \x00", "/a\nb", 1)
    assert (read["level"], read["from"], read["odd"]) == ("warning", "plughub.test", [1])
    assert read["error"].endswith("ValueError: x\ny")
    assert read["at"].endswith("+00:00")
