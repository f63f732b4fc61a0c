"""Customers: the people and companies that orders name as payers."""

from plughub.core.customers.commands import remember
from plughub.core.customers.model import Customer

__all__ = ["Customer", "by_key", "customers", "names", "remember"]
__all__ = ["Customer", "anything", "by_id", "by_key", "customers", "listing", "remember"]
from plughub.core.customers.names import names
from plughub.core.customers.queries import anything, by_id, by_key, customers, listing
