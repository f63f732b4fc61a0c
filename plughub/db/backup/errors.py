"""Why a backup cannot be made or used."""


class BackupError(Exception):
    """The text says what is wrong and what to do about it."""
