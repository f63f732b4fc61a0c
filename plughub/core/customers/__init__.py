"""Customers: the people and companies that orders name as payers."""

from plughub.core.customers.commands import remember
from plughub.core.customers.model import Customer
from plughub.core.customers.names import names
from plughub.core.customers.queries import by_key, customers

__all__ = ["Customer", "by_key", "customers", "names", "remember"]
