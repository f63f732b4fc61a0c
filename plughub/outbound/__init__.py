"""The one way anything leaves the hub: every call to an address that somebody else chose is made here."""

from plughub.outbound.client import Outbound
from plughub.outbound.model import Answer, Limits, NotSent
from plughub.outbound.names import Resolver
from plughub.outbound.policy import Address, Network, Policy

__all__ = ["Address", "Answer", "Limits", "Network", "NotSent", "Outbound", "Policy", "Resolver"]
