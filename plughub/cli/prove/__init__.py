"""`plughub prove`: the hub's promises about stock, tried by force on a hub that is made for it and thrown away."""

import argparse
import asyncio
import contextlib
import json
import secrets
from pathlib import Path

from plughub.cli.options import Commands
from plughub.cli.prove import clerk, saved, site
from plughub.cli.prove.report import Report
from plughub.cli.prove.run import Plan, prove
from plughub.cli.prove.search import Verdict
from plughub.cli.signals import Stopper


def add(commands: Commands) -> None:
    parser = commands.add_parser("prove", help="try by force what the hub promises, on a hub of its own")
    proofs = parser.add_subparsers(metavar="PROOF", required=True)

    parser = proofs.add_parser("stock", help="nothing is sold twice, nothing is lost; ends with 1 if anything is found")
    parser.add_argument("--seconds", type=_positive, default=60.0, metavar="N", help="how long clients work (60)")
    parser.add_argument("--seed", type=int, metavar="S", help="of what the clients choose (by default a new one)")
    parser.add_argument("--processes", type=_count, default=4, metavar="N", help="client processes (4)")
    parser.add_argument("--save", type=Path, default=Path(), metavar="DIR", help="where counterexamples go (here)")
    parser.add_argument("--json", action="store_true", help="print JSON, in a form that stays the same")
    parser.set_defaults(func=stock)

    parser = proofs.add_parser("history", help="show a counterexample that a proof has saved; ends with 1 if it is one")
    parser.add_argument("file", type=Path)
    parser.set_defaults(func=history)

    # A client of a proof. Not for people: not listed.
    parser = commands.add_parser("_prove_client")
    parser.set_defaults(func=lambda args: clerk.run())


def stock(args: argparse.Namespace) -> int:
    seed = secrets.randbelow(10**6) if args.seed is None else args.seed
    plan = Plan(seconds=args.seconds, seed=seed, processes=args.processes, save=args.save.resolve())
    report = None
    with (
        Stopper() as stopper,
        contextlib.suppress(KeyboardInterrupt),
        site.folder() as folder,
        site.opened(folder / "hub") as found,
    ):
        report = asyncio.run(_until_stopped(found, plan, folder, stopper))
    if report is None:
        return 130
    print(json.dumps(report.tree()) if args.json else "\n".join(report.lines()))
    return 1 if report.findings else 0


async def _until_stopped(found: site.Site, plan: Plan, folder: Path, stopper: Stopper) -> Report | None:
    task = asyncio.ensure_future(prove(found, plan, folder))
    with stopper.telling(task.cancel), contextlib.suppress(asyncio.CancelledError):
        return await task
    return None


def history(args: argparse.Namespace) -> int:
    verdict, lines = saved.judged(saved.load(args.file))
    print("\n".join(lines))
    return 1 if verdict is Verdict.IMPOSSIBLE else 0


def _positive(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError("must be more than 0 and at most a day")
    return seconds


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 16:
        raise argparse.ArgumentTypeError("must be from 1 to 16")
    return count
