"""Connections to PostgreSQL, transactions and migrations. Knows no table by name."""
