"""Photos: addresses anywhere, and files of the hub's own that were linked through another wire.

Addresses are kept to be called one day, so one that could never be called is refused at once. A file is shown under
the address where anybody can read it, and only as long as anybody may; sent back so, it is the file and no address.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from plughub.core.errors import Invalid
from plughub.core.patch import Merge, Patch
from plughub.core.products import Media, Product
from plughub.dialects.pluggto.auth import NAME
from plughub.web.call import Call
from plughub.web.files import public_path
from plughub.web.wire import Shape, elements

_FILE = re.compile(r"/public/file/([0-9a-f]{32})/")


def check(call: Call, body: Mapping[str, Any]) -> None:
    """Refuse photos of a product or its variations that lie on this machine or in a private network."""
    for field, url in _urls(body):
        if call.outbound.leads_inside(url) and not url.startswith(_place(call) + "/public/file/"):
            raise Invalid(field, "must be an address on the public internet")


def write(call: Call, photo: Shape, media: Iterable[Media]) -> list[dict[str, Any]]:
    """Those that have an address."""
    return [_written(call, photo, one) for one in media if one.file is None or one.is_public]


def without_files(patch: Patch, known: Product) -> Patch:
    """A file that is sent back as it was shown stays a file: neither its address nor its name is this wire's to say."""
    _keep_files(patch, known.media)
    stored = {key: variant for variant in known.variants for key in (variant.id, variant.sku)}
    variants = patch.get("variants")
    for item in variants.items if variants is not None else ():
        variant = stored.get(item.get("id") or item.get("sku"))
        if variant is not None:
            _keep_files(item, variant.media)
    return patch


def _keep_files(patch: Patch, media: Iterable[Media]) -> None:
    sent = patch.get("media")
    if isinstance(sent, Merge):
        files = {key: one for one in media if one.file is not None for key in (one.id, one.file.hex)}
        patch["media"] = replace(sent, items=[_kept(item, files) for item in sent.items])


def _kept(item: Patch, files: Mapping[Any, Media]) -> Patch:
    named = _FILE.search(item.get("url") or "")
    found = files.get(item.get("id")) or (files.get(named[1]) if named else None)
    if found is None:
        return item
    return {**{name: value for name, value in item.items() if name not in ("url", "name")}, "id": found.id}


def _written(call: Call, photo: Shape, one: Media) -> dict[str, Any]:
    shown = photo.write(one)
    if one.file is not None:
        shown["url"] = _place(call) + public_path(one.file.hex, one.name or "")
    return shown


def _place(call: Call) -> str:
    """Where clients of this wire are told to call: who fetches a photo may come from anywhere."""
    return f"{call.origin}/{NAME}"


def _urls(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _of(body, "")
    for at, variation in enumerate(_mappings(body.get("variations"))):
        yield from _of(variation, f"variations[{at}].")


def _of(record: Mapping[str, Any], where: str) -> Iterator[tuple[str, str]]:
    for at, photo in enumerate(_mappings(record.get("photos"))):
        if isinstance(photo.get("url"), str):
            yield f"{where}photos[{at}].url", photo["url"]


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    """What is shaped otherwise is refused where it is read."""
    try:
        return [one for one in elements(value or []) if isinstance(one, Mapping)]
    except ValueError:
        return []
