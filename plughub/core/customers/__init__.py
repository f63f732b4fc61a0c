"""Customers: the people and companies that orders name as payers."""

from plughub.core.customers.commands import remember
from plughub.core.customers.model import Customer
from plughub.core.customers.queries import anything, by_id, by_key, customers, listing

__all__ = ["Customer", "anything", "by_id", "by_key", "customers", "listing", "remember"]
