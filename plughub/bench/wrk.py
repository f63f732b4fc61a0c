"""`wrk`, where it is installed: the client that takes least of a machine that it shares with the hub.

It looks at the status of each answer, not into it; our own client has looked into answers while warming up.
"""

import asyncio
import json
import math
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from plughub.bench.model import LEAST, MOST, NUMBER, UNIQUE, Draw, Driven, Target, percentile

_MARK = "plughub-bench "

#: Draws as `model.Draw` does. One thread: its requests are one sequence, so what is unique is so.
_SCRIPT = r"""
local lists = {}
local count = 0

local function read(file)
  local texts = {}
  for line in io.lines(file) do texts[#texts + 1] = line end
  return texts
end

local function drawn(name)
  if name == "UNIQUE" then return mark .. count end
  if name == "NUMBER" then return tostring(math.random(LEAST, MOST)) end
  local texts = lists[name]
  return texts[math.random(#texts)]
end

local function filled(template)
  return (template:gsub("%$(%w+)", drawn))
end

function init()
  math.randomseed(os.time())
  for name, file in pairs(files) do lists[name] = read(file) end
end

function request()
  count = count + 1
  return wrk.format(method, filled(path), headers, body and filled(body))
end

function done(summary, latency)
  local seen = {}
  for at = 1, #latency do
    local microseconds, times = latency(at)
    seen[at] = string.format("[%d,%d]", microseconds, times)
  end
  local lost = summary.errors
  io.write(string.format('PRINTED{"answers":%d,"microseconds":%d,"refused":%d,"lost":%d,"seen":[%s]}\n',
    summary.requests, summary.duration, lost.status, lost.connect + lost.read + lost.write + lost.timeout,
    table.concat(seen, ",")))
end
"""


class WrkFailed(Exception):
    """It did not do what was asked; the text is its own."""


def find() -> str | None:
    return shutil.which("wrk")


async def drive(program: str, folder: Path, target: Target, draw: Draw, *, clients: int, seconds: float) -> Driven:
    """As long as `seconds`, rounded up: it counts in whole ones. Files go into `folder`."""
    script = folder / "requests.lua"
    script.write_text(_script(folder, target, draw))
    whole = max(1, math.ceil(seconds))
    command = [program, "-t1", f"-c{clients}", f"-d{whole}s", "--timeout", "30s", "-s", str(script)]
    process = await asyncio.create_subprocess_exec(
        *command,
        f"http://{target.host}:{target.port}{target.prefix}",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        printed, _ = await process.communicate()
    except BaseException:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    words = printed.decode(errors="replace")
    line = next((line for line in words.splitlines() if line.startswith(_MARK)), None)
    if line is None:
        raise WrkFailed(f"wrk said: {words.strip()[-500:]}")
    return _seen(json.loads(line.removeprefix(_MARK)), clients)


def _script(folder: Path, target: Target, draw: Draw) -> str:
    work = draw.workload
    files = {}
    for name, texts in draw.lists.items():
        files[name] = str(folder / f"list-{name}")
        Path(files[name]).write_text("\n".join(texts) + "\n")
    headers = dict(target.headers)
    if work.body:
        headers["Content-Type"] = "application/json"
    given = [
        f"mark = {_quoted(draw.mark + 'w')}",
        f"method = {_quoted(work.method)}",
        f"path = {_quoted(target.prefix + work.path)}",
        f"body = {_quoted(work.body) if work.body else 'nil'}",
        f"headers = {_table(headers.items())}",
        f"files = {_table(files.items())}",
    ]
    script = _SCRIPT.replace("PRINTED", _MARK).replace("LEAST, MOST", f"{LEAST}, {MOST}")
    return "\n".join(given) + script.replace('"UNIQUE"', _quoted(UNIQUE)).replace('"NUMBER"', _quoted(NUMBER))


def _table(pairs: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"[{_quoted(name)}] = {_quoted(text)}" for name, text in pairs) + "}"


def _quoted(text: str) -> str:
    """A string of that language; everything but letters and digits as a number, so that nothing can end it."""
    return '"' + "".join(chr(b) if chr(b).isalnum() and b < 128 else f"\\{b:03}" for b in text.encode()) + '"'


def _seen(told: dict[str, Any], clients: int) -> Driven:
    times = _raw(told, clients)
    errors = told["refused"] + told["lost"]
    return Driven(
        answers=told["answers"],
        seconds=told["microseconds"] / 1e6,
        p50_ms=percentile(times, 0.50) / 1000,
        p99_ms=percentile(times, 0.99) / 1000,
        errors=errors,
    )


def _raw(told: dict[str, Any], clients: int) -> list[float]:
    """How long each answer took, in microseconds, rising.

    wrk adds answers that it thinks it would have waited for had it sent at a steady pace: for each that took longer
    than twice the mean time between two requests of a connection, one shorter by that mean, and so on down to it.
    Nobody sent those. What it added at a place is what stands one mean further up.
    """
    counted = {int(time): int(times) for time, times in told["seen"]}
    answers = told["answers"]
    if sum(counted.values()) > answers and answers // clients:
        mean = told["microseconds"] // (answers // clients)
        counted = {time: times - (counted.get(time + mean, 0) if time > mean else 0) for time, times in counted.items()}
    return [float(time) for time, times in sorted(counted.items()) for _ in range(times)]
