"""State machines of hypothesis against the hub on a socket: they run in a thread, what they ask for in the loop."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

Result = TypeVar("Result")
#: Runs a coroutine to its end.
Wait = Callable[[Coroutine[Any, Any, Result]], Result]


def profile(examples: int, steps: int) -> settings:
    """The same cases in every run; no time limits, since the machine may be busy with other things."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )


async def run(machine: Callable[[Wait[Any]], RuleBasedStateMachine], chosen: settings) -> None:
    loop = asyncio.get_running_loop()

    def wait(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(60)

    await asyncio.to_thread(run_state_machine_as_test, lambda: machine(wait), settings=chosen)
