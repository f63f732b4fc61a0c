"""Requests made up by schemathesis from the document that a dialect serves, against the hub on a socket."""

import asyncio
import re
from collections import Counter
from concurrent.futures import Future
from typing import Any

import requests
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import Status, events
from schemathesis.generation.meta import TestPhase
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER

from plughub.core.hub import Hub
from tests.clients import Entered
from tests.trace import difference, traces

#: Not asked: a schema cannot say that a reference has to name a record that is there.
_UNASKED = {"positive_data_acceptance": {"enabled": False}}
_IN_BRACES = re.compile(r"\{(\w+)\}")


class _Guide:
    """Leads to records that are there, so that a body is not refused for its path alone. What a call has from an
    earlier one stays, and what deletes keeps guessing: the others need the records."""

    def __init__(self, entered: Entered) -> None:
        self._known = entered.furnished.known
        self._calls = 0

    def __call__(self, context: Any, case: Any, **kwargs: Any) -> None:
        meta = case.meta
        if meta is None or meta.phase.name is TestPhase.STATEFUL or case.method.upper() == "DELETE":
            return
        self._calls += 1
        # Calls without a body guess every second time.
        is_led = bool(list(case.operation.body)) or self._calls % 2
        if is_led and not meta.is_negative_at(ParameterLocation.PATH):
            for brace in _IN_BRACES.finditer(case.path):
                case.path_parameters[brace[1]] = self._known[case.path[: brace.start()]][0]


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
    document = requests.get(address, timeout=10).json()
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
    guide = _Guide(entered)
    # There is no such hook for one schema alone.
    GLOBAL_HOOK_DISPATCHER.register_hook_with_name(guide, "before_call")
    try:
        found = _faults(schema)
    finally:
        GLOBAL_HOOK_DISPATCHER.unregister(guide)
    return found + watch.faults, watch.statuses


def _faults(schema: Any) -> list[str]:
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
    return found
