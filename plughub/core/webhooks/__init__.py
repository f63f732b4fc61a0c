"""Who wants to be told of what, and the deliveries that this calls for."""

from plughub.core.webhooks.commands import plan, subscribe
from plughub.core.webhooks.model import Delivery, Subscription
from plughub.core.webhooks.queries import due, subscriptions

__all__ = ["Delivery", "Subscription", "due", "plan", "subscribe", "subscriptions"]
