"""The one place where a My Number is turned away: every text that comes in passes here first.

Forms, queries and JSON bodies are asked before any handler sees them, so that no handler, log or
answer can hold one (番号法 art. 20; faults.md F85). Uploaded lists name the row instead.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from msgspec import Struct

from ichimai import cards
from ichimai.kernel.check_digits import MyNumberRefused, contains_my_number

FILLED_BY_READERS: Final[Mapping[str, Callable[[str], bool]]] = {
    "card": cards.shown.is_scanned,
    "credential": cards.shown.is_scanned,
    "number": cards.barcodes.is_framed,
    "felica": cards.felica.is_hex,
}
"""Fields in which passes what only a reader makes, by its form; it is judged with the cards."""

_MACHINE_MADE_BYTES: Final = 32


def refuse_in_texts(fields: Iterable[tuple[str, str]]) -> None:
    """Raises MyNumberRefused where a field's name or text could hold one."""
    for name, text in fields:
        if contains_my_number(name):
            raise MyNumberRefused
        _refuse_in_text(name, text)


def refuse_in(value: object, name: str = "") -> None:
    """The same for a body: a Struct or plain JSON, however deep. Raises MyNumberRefused."""
    if isinstance(value, str):
        _refuse_in_text(name, value)
    elif isinstance(value, bytes):
        # As it was typed. What is longer is a machine's, and holds any digits by chance.
        if len(value) < _MACHINE_MADE_BYTES:
            refuse_in(b64encode(value).decode(), name)
    elif isinstance(value, Struct):
        for field in value.__struct_fields__:
            refuse_in(getattr(value, field), field)
    elif isinstance(value, dict):
        for field, inner in value.items():
            refuse_in_texts([(str(field), "")])
            refuse_in(inner, str(field))
    elif isinstance(value, list | tuple):
        for inner in value:
            refuse_in(inner, name)


def _refuse_in_text(name: str, text: str) -> None:
    if contains_my_number(text) and not _is_read(name, text):
        raise MyNumberRefused


def _is_read(name: str, text: str) -> bool:
    return name in FILLED_BY_READERS and FILLED_BY_READERS[name](text)
