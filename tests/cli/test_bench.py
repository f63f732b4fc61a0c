"""`plughub bench` as a person types it, on very little; and its parts where a whole run cannot show them."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from plughub.__main__ import main
from plughub.bench import CLIENTS, Goods, Machine, Result, Run, Target, markdown, own, wrk
from plughub.bench.model import Draw, Workload, percentile
from tests import wait
from tests.sockets import serving

CLEAN = {name: text for name, text in os.environ.items() if not name.startswith("PLUGHUB_")}
GOODS = [
    Goods(sku=f"P{at}", variants=tuple((f"P{at}-{place}", f"{at:031}{place}") for place in range(4))) for at in range(3)
]
FIGURES = {"rps", "p50_ms", "p99_ms", "ratio", "server_cpu_us", "database_cpu_us", "errors"}
needs_wrk = pytest.mark.skipif(wrk.find() is None, reason="wrk is not installed")


def command(folder: Path, *arguments: str) -> subprocess.Popen:
    """`folder` is where it makes its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "plughub", "bench", "--products", "30", "--orders", "10", *arguments],
        env=CLEAN | {"TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where PostgreSQL's account may enter, too, when root runs the tests."""
    for path in (tmp_path, *tmp_path.parents[:2]):
        path.chmod(path.stat().st_mode | 0o711)
    return tmp_path


def test_a_run_prints_its_figures_and_leaves_nothing_behind(folder: Path):
    run_and_check(folder, "pluggto", "own")


@pytest.mark.heavy
@needs_wrk
def test_a_run_by_wrk_through_another_dialect_prints_the_same(folder: Path):
    run_and_check(folder, "plugboard", "wrk")


def run_and_check(folder: Path, dialect: str, driver: str) -> None:
    given = ("--dialect", dialect, "--driver", driver, "--seconds", "0.3", "--clients", "2", "--json")

    out, err = (process := command(folder, *given)).communicate(timeout=100)

    assert process.returncode == 0, err
    told = json.loads(out)
    assert told.keys() == {"bare", "workloads", "products", "processes"}
    assert (told["products"], told["processes"], list(told["workloads"])) == (30, 1, ["W1", "W2", "W3", "W4"])
    for figures in told["workloads"].values():
        assert figures.keys() == FIGURES
        assert figures["errors"] == 0
        assert figures["rps"] > 0
        assert figures["ratio"] == pytest.approx(figures["rps"] / told["bare"]["rps"], abs=1e-3)
        assert 0 < figures["p50_ms"] <= figures["p99_ms"]
        assert figures["server_cpu_us"] > 0
        assert figures["database_cpu_us"] is not None
    assert list(folder.iterdir()) == []


@pytest.mark.heavy
def test_an_interrupt_stops_all_of_it(folder: Path):
    process = command(folder, "--seconds", "20", "--workload", "W1")
    whole = psutil.Process(process.pid)
    # It is measuring: its hub and its worker run.
    wait.until(lambda: any("_work" in one.cmdline() for one in whole.children()), seconds=40)
    tree = whole.children(recursive=True)

    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=40)

    assert process.returncode == 130, err
    assert not [one for one in tree if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert list(folder.iterdir()) == []


def test_what_cannot_be_measured_is_refused_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    held = tmp_path / "held.json"
    held.write_text("{}")
    there = ("--url", "http://127.0.0.1:1/pluggto", "--credentials", str(held))

    def refused(*arguments: str) -> str:
        assert main(["bench", *arguments]) == 1
        return capsys.readouterr().err

    assert "name it with --url" in refused("--write")
    assert "give the file with --credentials" in refused("--url", "http://127.0.0.1:1/pluggto")
    assert "say --write if they may" in refused(*there, "--workload", "W2")
    assert "cannot be had with --url" in refused(*there, "--growth")
    assert "begin with http://" in refused("--url", "https://127.0.0.1:1/pluggto", "--credentials", str(held))


# --- the drivers ----------------------------------------------------------------------------------------------


async def shop(scope, receive, send):
    """Knows one SKU. What is asked by POST it refuses now and then."""
    body = (await receive()).get("body", b"")
    status = 409 if b"7" in body else 200
    text = json.dumps({"sku": "P1-0" if scope["path"] == "/skus/P1-0" else "another"}).encode()
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"%d" % len(text))]})
    await send({"type": "http.response.body", "body": text})


READ = Workload(
    name="W1", about="read", method="GET", path="/skus/$sku", proof='"sku": "$sku"',
    lists={"sku": lambda goods: [sku for one in goods for sku, _ in one.variants]},
)  # fmt: skip
WRITE = Workload(name="W3", about="write", method="POST", path="/orders", body='{"id":"$unique"}', proof="another")


async def test_a_wrong_answer_is_an_error_with_an_example():
    async with serving(shop) as address:
        draw = Draw(READ, GOODS)
        places = iter(range(12))

        seen = await own.drive(Target(base=address), lambda: draw.in_turn(next(places)), clients=2, seconds=20, most=12)

    assert (seen.answers, seen.errors) == (12, 11)
    assert seen.example == 'GET /skus/P0-0 answered 200: {"sku": "another"}'


async def test_a_connection_that_is_refused_or_lost_is_no_answer():
    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(rude, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        seen = await own.drive(
            Target(base=f"http://127.0.0.1:{port}"), Draw(READ, GOODS).at_random, clients=3, seconds=5
        )

    assert (seen.answers, seen.errors) == (0, 3)
    assert seen.example == "the connection was closed before the answer was whole"


@needs_wrk
async def test_wrk_counts_every_answer_and_every_refusal(tmp_path: Path):
    asked: list[str] = []

    async def listening(scope, receive, send):
        asked.append(json.loads((await receive())["body"])["id"])
        status = 409 if len(asked) % 5 == 0 else 201
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    program = wrk.find()
    assert program is not None
    async with serving(listening) as address:
        seen = await wrk.drive(program, tmp_path, Target(base=address), Draw(WRITE, GOODS), clients=3, seconds=0.5)

    assert len(set(asked)) == len(asked)
    # The last ones may still have been on their way when it stopped.
    assert 0 <= len(asked) - seen.answers <= 3
    assert abs(seen.errors - len(asked) // 5) <= 1
    assert 0 < seen.p50_ms <= seen.p99_ms < 1000


def test_what_wrk_adds_to_its_measurements_is_taken_out_again():
    # 10 answers of one connection within a second: one took 500 ms, and wrk adds 400, 300 and 200 for it.
    told = {"answers": 10, "microseconds": 1_000_000, "seen": [[55_555, 9], [200_000, 1], [300_000, 1],
            [400_000, 1], [500_000, 1]]}  # fmt: skip

    assert wrk._raw(told, 1) == [55_555.0] * 9 + [500_000.0]


def test_a_percentile_is_a_value_that_was_seen():
    hundred = [float(at) for at in range(1, 101)]

    assert (percentile(hundred, 0.5), percentile(hundred, 0.99), percentile(hundred[:3], 0.99)) == (50.0, 99.0, 3.0)
    assert percentile([], 0.5) == 0


def test_requests_hold_what_was_drawn_and_prove_the_same():
    for client in CLIENTS.values():
        for work in client.workloads:
            draw = Draw(work, GOODS)
            first, second = draw.at_random(), draw.at_random()
            assert b"$" not in first.path.encode() + first.body + first.proof
            assert not first.body or json.loads(first.body)
            if work.name == "W3":
                assert first.proof != second.proof
                assert first.proof.split(b":")[1] in first.body


def test_no_two_runs_send_the_same_changes():
    """What an earlier run has set already changes nothing, and would be measured as if it had."""
    work = next(one for one in CLIENTS["pluggto"].workloads if one.name == "W2")

    first, second = ([draw.at_random().body for _ in range(20)] for draw in (Draw(work, GOODS), Draw(work, GOODS)))

    assert first != second


def test_a_page_gets_a_table_with_where_and_when():
    result = Result(rps=1234.5, p50_ms=1.25, p99_ms=9.8, ratio=0.1, server_cpu_us=300, database_cpu_us=None, errors=0)
    run = Run(dialect="pluggto", products=10_000, processes=2, clients=16, bare=12_345, workloads={"W1": result})
    machine = Machine(date="2026-11-22", cores=2, memory_gib=23.6, postgresql="18.1", driver="wrk")

    assert markdown([run], machine) == [
        "Measured 2026-11-22, 2 cores, 24 GiB, PostgreSQL 18.1, driven by wrk.",
        "",
        "pluggto: 10,000 products, 2 processes, 16 clients, bare answer 12,345/s.",
        "",
        "| workload | requests/s | p50 ms | p99 ms | of bare | hub us | database us | errors |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
        "| W1 | 1,234 | 1.2 | 9.8 | 0.100 | 300 | - | 0 |",
    ]
