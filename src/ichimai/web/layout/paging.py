"""Marks in an address that say where the next page begins."""


def number_in(text: str | None) -> int | None:
    """A number that one of our own links carries; None when it is absent or was tampered with."""
    if not text or not (text.isascii() and text.isdigit()) or len(text) > 18:
        return None
    return int(text)
