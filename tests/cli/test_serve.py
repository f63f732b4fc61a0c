import socket
from pathlib import Path

import pytest

from plughub.cli.errors import CommandError
from plughub.cli.serve import listen
from plughub.config import Settings


def test_a_port_in_use_is_named_with_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(CommandError) as refusal:
            listen(Settings(data=Path("/nowhere"), port=port))

    assert f"Port {port} is in use" in str(refusal.value)
    assert f"make serve PORT={port + 1}" in str(refusal.value)


def test_port_0_takes_any():
    with listen(Settings(data=Path("/nowhere"), port=0)) as listening:
        host, port = listening.getsockname()

    assert host == "127.0.0.1"
    assert port > 0
