"""The one log: who changed which field of which record from what to what. History, feed and webhooks read it."""

from plughub.core.events.commands import record
from plughub.core.events.model import Action, Event, aspects_of
from plughub.core.events.queries import feed, history, latest, placed, that_made
from plughub.core.events.relay import number_feed, tenants_waiting
from plughub.core.events.reports import About, Direction, Place, Report, Reported, Severity, report, reports

__all__ = [
    "About",
    "Action",
    "Direction",
    "Event",
    "Place",
    "Report",
    "Reported",
    "Severity",
    "aspects_of",
    "feed",
    "history",
    "latest",
    "number_feed",
    "placed",
    "record",
    "report",
    "reports",
    "tenants_waiting",
    "that_made",
]
