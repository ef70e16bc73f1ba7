"""The ``ichimai`` command."""

from ichimai.cli.root import cli, main

__all__ = ["cli", "main"]
