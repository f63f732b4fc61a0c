"""Taxes: what is levied on what, in which rate."""

from plughub.core.taxes.model import Tax, TaxType

__all__ = ["Tax", "TaxType"]
