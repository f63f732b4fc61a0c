"""Requests made up by schemathesis from the document that a dialect serves, against the hub on a socket."""

import asyncio
import copy
from collections import Counter
from concurrent.futures import Future
from typing import Any

import requests
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events

from plughub.core.hub import Hub
from tests.clients import Entered
from tests.trace import difference, traces

#: Not asked: a schema cannot say that a reference has to name a record that is there.
_UNASKED = {"positive_data_acceptance": {"enabled": False}}
#: One object is a list of one, an empty list or text is an object without fields; a value may be a bare text.
_CONTAINERS = {"array", "object"}
_SCALARS = {"string", "number", "integer", "boolean"}
#: What a schema says of one kind of scalar only.
_NARROWER = ("pattern", "format", "enum", "minimum", "maximum")


def as_taken(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its bodies as loose as the wires are: one scalar is taken for another ("18" for 18), and
    what becomes of it is a matter of the field. What is left to violate is structure, which must be refused."""
    taken = copy.deepcopy(document)
    schemas = taken["components"]["schemas"]
    sent = {f"{name}Sent": _loose(schema) for name, schema in copy.deepcopy(schemas).items()}
    for methods in taken["paths"].values():
        for operation in methods.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                content["schema"] = _loose(content["schema"])
    schemas |= sent
    return taken


def _loose(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_loose(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": f"{schema['$ref']}Sent"}
    loose = {name: _loose(part) for name, part in schema.items()}
    types = loose.get("type")
    named = {types} if isinstance(types, str) else set(types) if isinstance(types, list) else set()
    if named & _CONTAINERS:
        loose["type"] = sorted(named | _CONTAINERS | {"null", "string"})
    if named & _SCALARS:
        loose["type"] = sorted(named | _SCALARS | {"null"})
        for name in _NARROWER:
            loose.pop(name, None)
    return loose


class _Watch:
    """Holds that what is refused, and what only reads, leaves no trace. Called from the thread that sends."""

    def __init__(self, hub: Hub, entered: Entered, loop: asyncio.AbstractEventLoop, every: int) -> None:
        self._hub, self._tenant, self._loop = hub, entered.shop.tenant.id, loop
        self._every, self._calls = every, 0
        self._before: dict[str, tuple[int, str]] = {}
        self.faults: list[str] = []
        self.statuses: Counter[int] = Counter()

    def _now(self) -> dict[str, tuple[int, str]]:
        found: Future[dict[str, tuple[int, str]]] = asyncio.run_coroutine_threadsafe(
            traces(self._hub, self._tenant), self._loop
        )
        return found.result(30)

    def __call__(self, context: Any, case: Any, response: Any) -> None:
        """After one call the state is noted, after the next it is compared, then some are let pass."""
        self._calls += 1
        self.statuses[response.status_code] += 1
        may_write = response.status_code < 400 and case.method.upper() not in ("GET", "HEAD")
        if self._before and not may_write and (changed := difference(self._before, self._now())):
            sent = response.request
            self.faults.append(f"{response.status_code} to {sent.method} {sent.url} {sent.body!r} changed {changed}")
        self._before = self._now() if self._calls % self._every == 0 else {}


def run(
    entered: Entered, hub: Hub, loop: asyncio.AbstractEventLoop, *, examples: int, is_thorough: bool
) -> tuple[list[str], Counter[int]]:
    """What was found, and how many answers there were of each status. `examples`: cases per operation."""
    address = f"{entered.base}/openapi.json"
    document = as_taken(requests.get(address, timeout=10).json())
    document["servers"] = [{"url": entered.base}]
    document.pop("webhooks", None)
    config = SchemathesisConfig.from_dict(
        {
            "base-url": entered.base,
            "headers": {**entered.proof},
            "continue-on-failure": True,
            "request-timeout": 30,
            "generation": {"max-examples": examples, "deterministic": True, "no-shrink": True},
            "checks": {
                **_UNASKED,
                "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx"]},
            },
            "phases": {
                "examples": {"enabled": False},
                "coverage": {"enabled": is_thorough},
                "stateful": {"enabled": is_thorough},
            },
        }
    )
    schema = schemathesis.openapi.from_dict(document, config=config)
    watch = _Watch(hub, entered, loop, every=20 if is_thorough else 2)
    schema.hooks.register_hook_with_name(watch, "after_call")
    found: list[str] = []
    for event in schemathesis.engine.from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished) and event.status is not Status.SUCCESS:
            found += [
                f"{event.label}: {check.name}: {check.failure_info.failure.title}: {check.failure_info.failure.message}"
                f"\n  {check.failure_info.code_sample}"
                for checks in event.recorder.checks.values()
                for check in checks
                if check.failure_info is not None
            ]
        elif isinstance(event, events.NonFatalError):
            found.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    return found + watch.faults, watch.statuses
