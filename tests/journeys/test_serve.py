"""The process tree of `plughub serve`, from outside."""

import subprocess
import sys

import asyncpg
import pytest

from plughub.db import private
from tests import server
from tests.journeys import hub as hubs
from tests.wait import until


@pytest.fixture(scope="module")
def data():
    """One data folder for all: a first start takes seconds."""
    with server.folder() as path:
        (path / "hub").mkdir()
        yield path / "hub"


async def ask(data, statement):
    """Through a server that is joined, or started for the question."""
    with private.running(data) as running:
        connection = await asyncpg.connect(running.url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()


def test_a_first_start_comes_up_answers_and_stops_whole(data):
    with hubs.running(data) as hub:
        health, ready = hub.get("/health"), hub.get("/ready")
        tree = hub.tree()

        code = hubs.stop(hub)

        assert [health[0], ready[0]] == [200, 200]
        assert f"http://127.0.0.1:{hub.port}" in hub.output.read_text()
        assert len(tree) > 4
        assert code == 0
        assert hubs.gone(tree)
        assert not (data / "postgres" / "data" / "postmaster.pid").exists()


async def test_another_start_finds_the_same_data_even_after_a_kill_of_the_whole_tree(data):
    with hubs.running(data) as hub:
        await ask(data, "CREATE TABLE proof AS SELECT 42 AS kept")
        tree = hub.tree()
        hubs.kill(tree)
        until(lambda: hubs.gone(tree))

    with hubs.running(data) as hub:
        assert await ask(data, "SELECT kept FROM proof") == 42
        assert hubs.stop(hub) == 0

    assert await ask(data, "SELECT kept FROM proof") == 42


def test_a_killed_hub_takes_everything_down_with_it(data):
    with hubs.running(data) as hub:
        tree = hub.tree()

        hub.process.kill()

        until(lambda: hubs.gone(tree))
        assert not (data / "postgres" / "data" / "postmaster.pid").exists()


def test_what_dies_is_started_again(data):
    with hubs.running(data, "--workers", "2") as hub:
        for word in ("_api", "_work"):
            dead = hub.child(word)
            before = {child.pid for child in hub.process.children()}
            dead.kill()
            until(lambda gone=dead.pid, old=before: _replaced(hub, gone, old))
        until(hub.is_ready)

        hub.postmaster().kill()
        until(lambda: "starting it again" in hub.output.read_text().split("the database", 1)[-1])
        until(hub.is_ready)

        assert hubs.stop(hub) == 0


def _replaced(hub, gone, old):
    now = {child.pid for child in hub.process.children()}
    return gone not in now and len(now) == len(old)


def test_a_stop_during_the_start_leaves_nothing(data):
    with hubs.started(data) as hub:
        until(hub.postmaster)
        tree = hub.tree()

        assert hubs.stop(hub) == 0
        until(lambda: hubs.gone(tree))


def test_a_hub_outlives_the_command_whose_server_it_joined(data):
    with private.running(data) as running, hubs.running(data) as hub:
        running.stop()

        until(lambda: "the database has stopped; starting it again" in hub.output.read_text())
        until(hub.is_ready)

        assert hubs.stop(hub) == 0


def test_a_port_in_use_is_an_error_that_names_it(data):
    with hubs.started(data) as hub:
        until(hub.is_ready, seconds=60)
        second = [sys.executable, "-m", "plughub", "serve", "--port", str(hub.port), "--data", str(data)]

        refused = subprocess.run(second, capture_output=True, text=True, env=hubs.CLEAN, check=False)

        assert refused.returncode == 1
        assert f"Port {hub.port} is in use" in refused.stderr
        assert hubs.stop(hub) == 0
