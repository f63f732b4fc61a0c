"""What stops a command; the command line prints the text and ends with 1."""


class CommandError(Exception):
    """The text says what is wrong and what to do about it."""
