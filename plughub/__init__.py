"""Plughub: one place for products, stock and orders that speaks the APIs of five commercial hubs."""

__version__ = "0.1.0"
