"""Prices: lists, a variant's rows in them, and what a price comes to."""

from plughub.core.prices.model import Action, Price
from plughub.core.prices.rules import Explained, explain

__all__ = ["Action", "Explained", "Price", "explain"]
