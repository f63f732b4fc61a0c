"""Prices: lists, a variant's rows in them, and what a price comes to."""

from plughub.core.prices.lists import Listed, base, lists, register
from plughub.core.prices.lists import change as change_list
from plughub.core.prices.lists import create as create_list
from plughub.core.prices.lists import delete as delete_list
from plughub.core.prices.model import BASE, PRICE_LIST, Action, Price, PriceList
from plughub.core.prices.rules import Explained, explain

__all__ = [
    "BASE",
    "PRICE_LIST",
    "Action",
    "Explained",
    "Listed",
    "Price",
    "PriceList",
    "base",
    "change_list",
    "create_list",
    "delete_list",
    "explain",
    "lists",
    "register",
]
