"""Backups of the private PostgreSQL: made while it runs, beside a journal of everything since.

A folder of backups looks like this:

    20261122T031500Z/       one backup: `backup.json`, the database as compressed archives, `files/`
    journals/3f9a.../       what one database wrote, segment by segment, without an end
    lock
"""

from .errors import BackupError
from .shelf import Backup, Shelf

__all__ = ["Backup", "BackupError", "Shelf"]
