"""Photo addresses: they are kept to be called one day, so one that could never be called is refused at once."""

from collections.abc import Iterator, Mapping
from typing import Any

from plughub.core.errors import Invalid
from plughub.outbound import Outbound
from plughub.web.wire import elements


def check(outbound: Outbound, body: Mapping[str, Any]) -> None:
    """Refuse photos of a product or its variations that lie on this machine or in a private network."""
    for field, url in _urls(body):
        if outbound.leads_inside(url):
            raise Invalid(field, "must be an address on the public internet")


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
