"""Where the contents of files lie: a folder, or a bucket of any store that speaks S3. Names are the hub's own.

Whose content it is leads each name. The store is the operator's, as the database is: what is read from it and
written to it does not pass through the guarded client.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from plughub.core.errors import Unavailable

MIB = 1024 * 1024

#: What is held in memory of a content under way; a bucket takes it in parts of this size (5 MiB at least).
_PART = 8 * MIB
#: What is read at once.
_CHUNK = 256 * 1024
#: Enough to tell pictures by.
_HEAD = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    size: int
    sha256: str
    #: The first bytes.
    head: bytes


class Contents:
    """`place` is a folder, which is made when it is first needed, or a URL such as `s3://bucket/prefix`."""

    def __init__(self, place: Path | str, *, largest: int = 50 * MIB) -> None:
        self._place = place
        #: Bytes that a file may have.
        self.largest = largest

    @cached_property
    def _store(self) -> Any:
        if isinstance(self._place, str):
            return from_url(self._place)
        self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(self._place)

    async def write(self, tenant: UUID, name: UUID, parts: AsyncIterator[bytes]) -> Written:
        """All parts, or nothing: until the last one is there nobody finds the content. It survives a power cut."""
        digest, size, head = sha256(), 0, b""
        with _troubles():
            writer = obstore.open_writer_async(self._store, _path(tenant, name), buffer_size=_PART, max_concurrency=1)
        async for part in parts:
            digest.update(part)
            size += len(part)
            if len(head) < _HEAD:
                head = (head + part)[:_HEAD]
            with _troubles():
                await writer.write(part)
        with _troubles():
            await writer.close()
            if isinstance(self._place, Path):
                await asyncio.to_thread(_settle, self._place / _path(tenant, name))
        return Written(size=size, sha256=digest.hexdigest(), head=head)

    async def read(self, tenant: UUID, name: UUID) -> AsyncIterator[bytes] | None:
        """The content in parts; None where there is none. Once it is open it may be removed."""
        try:
            with _troubles():
                found = await obstore.get_async(self._store, _path(tenant, name))
        except _Missing:
            return None
        stream: AsyncIterator[bytes] = found.stream(min_chunk_size=_CHUNK)
        return stream

    async def remove(self, tenant: UUID, name: UUID) -> None:
        """What is not there is removed already."""
        path = _path(tenant, name)
        try:
            with _troubles():
                await obstore.delete_async(self._store, path)
        except _Missing:
            pass
        if isinstance(self._place, Path):
            await asyncio.to_thread(_remove_unfinished, self._place / path)


class _Missing(Exception):
    pass


@contextmanager
def _troubles() -> Iterator[None]:
    """A store that is away or full is the hub's own trouble."""
    try:
        yield
    except FileNotFoundError as error:
        raise _Missing from error
    except (BaseError, OSError) as error:
        raise Unavailable from error


def _path(tenant: UUID, name: UUID) -> str:
    return f"{tenant.hex}/{name.hex}"


def _settle(file: Path) -> None:
    """On the disk, and in its folder, before anybody is told that it is there."""
    for path in (file, file.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove_unfinished(file: Path) -> None:
    """What a process that was killed left behind: the store writes to `name#1` and renames it."""
    for unfinished in file.parent.glob(f"{file.name}#*"):
        unfinished.unlink(missing_ok=True)
