"""``python -m ichimai``."""

from ichimai.cli import main

main()
