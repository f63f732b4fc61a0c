"""One folder per wire-compatible API. Each translates its vendor's wire to the core's commands and back."""
