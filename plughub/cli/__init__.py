"""The command line: one module per family of commands, each with `add(commands)`."""
