"""Why the private PostgreSQL cannot run, for the person who started it."""

from pathlib import Path

ELSEWHERE = "Or set PLUGHUB_DATABASE_URL to a PostgreSQL of your own (15 or newer)."


class PrivateServerError(Exception):
    """The private PostgreSQL cannot run here; the text says what to do."""


def failed(what: str, said: str, home: Path) -> PrivateServerError:
    """An error for a PostgreSQL program that ended with the words `said`."""
    words = "\n".join(f"  {line}" for line in said.strip().splitlines()[-12:])
    advice = f"{_advice(said, home)} {ELSEWHERE}".strip()
    return PrivateServerError(f"{what}:\n{words}\n{advice}")


def _advice(said: str, home: Path) -> str:
    if "No space left on device" in said:
        return f"The disk that holds {home} is full: free some space and start again."
    if "Permission denied" in said:
        return f"Something in {home} belongs to another account: give it back, or choose another --data."
    if "does not exist" in said and "user" in said:
        return "This process runs under a user id without a name: run it as a named user."
    log = home / "server.log"
    return f"The whole log is {log}." if log.exists() else ""
