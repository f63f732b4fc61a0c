"""The one log: who changed which field of which record from what to what. History, feed and webhooks read it."""

from plughub.core.events.commands import record
from plughub.core.events.model import Action, Event, aspects_of
from plughub.core.events.queries import feed, history, latest, placed, that_made
from plughub.core.events.relay import number_feed, tenants_waiting

__all__ = [
    "Action",
    "Event",
    "aspects_of",
    "feed",
    "history",
    "latest",
    "number_feed",
    "placed",
    "record",
    "tenants_waiting",
    "that_made",
]
