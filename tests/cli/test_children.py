import os

import pytest

from plughub.cli.children import FIRST_REST, Child, Children
from tests.wait import until


@pytest.fixture
def children(tmp_path, monkeypatch):
    """Children of a package `plughub` that only waits, and that writes down each end it was asked for."""
    package = tmp_path / "plughub"
    package.mkdir()
    (package / "__main__.py").write_text(
        "import signal, sys, pathlib\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})\n"
        "print('up', flush=True)\n"
        "signal.sigwait({signal.SIGTERM})\n"
        f"with open({str(tmp_path / 'ended')!r}, 'a') as out: out.write(sys.argv[1] + '\\n')\n"
    )
    members = [Child(name="first", arguments=("_api",)), Child(name="second", arguments=("_work",))]
    monkeypatch.chdir(tmp_path)  # where `python -m plughub` looks first
    monkeypatch.delenv("PYTHONPATH", raising=False)  # it would look there before
    group = Children(members=members, environment=dict(os.environ))
    yield group
    for child in members:
        if child.process:
            child.process.kill()
            child.process.wait()


def test_a_dead_child_is_started_again_after_a_rest_that_grows(children):
    children.start()
    first = children.members[0]
    first.process.kill()

    words = until(children.tend)
    until(lambda: children.tend() or first.process)

    assert words == [f"first was killed by SIGKILL; starting it again in {FIRST_REST:g} s"]
    assert first.is_alive()
    assert first.rest == 2 * FIRST_REST
    assert children.dead() is None


async def test_children_are_stopped_kind_by_kind(children, tmp_path, capfd):
    children.start()
    up = []
    until(lambda: up.extend(capfd.readouterr().out.split()) or len(up) == 2)

    await children.stop()

    assert (tmp_path / "ended").read_text().split() == ["_api", "_work"]
    assert [child.process.returncode for child in children.members] == [0, 0]
