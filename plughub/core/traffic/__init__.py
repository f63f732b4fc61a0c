"""Traffic: what each connection asks and is answered. Figures of all of it, and a log of the requests that matter."""

from plughub.core.traffic.commands import count, note
from plughub.core.traffic.model import Call, Request, Traffic, Wanted
from plughub.core.traffic.queries import request, requests, traffic

__all__ = ["Call", "Request", "Traffic", "Wanted", "count", "note", "request", "requests", "traffic"]
