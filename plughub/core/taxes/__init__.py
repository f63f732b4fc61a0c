"""Taxes: what is levied on what, in which rate."""

from plughub.core.taxes.model import Tax, TaxType
from plughub.core.taxes.rules import levied, rate_of, rounded, vat, without

__all__ = ["Tax", "TaxType", "levied", "rate_of", "rounded", "vat", "without"]
