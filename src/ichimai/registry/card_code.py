"""The code on a printed card: 80 random bits and a check character, ``XXXX-XXXX-XXXX-XXXX-C``."""

from ichimai.kernel import check_digits, typed_codes
from ichimai.registry.errors import MistypedCode

_LENGTH = 16


def new_code() -> str:
    """A random code, as printed; none that every form would refuse as a possible My Number."""
    while True:
        code = typed_codes.new(_LENGTH)
        printed = typed_codes.grouped(code, 4)
        if not any(map(check_digits.contains_my_number, (code, printed))):
            return printed


def parse_code(text: str) -> str:
    """The code that ``text``, typed or scanned, stands for, as printed.

    Case, separators, full-width letters and O, I, L for 0, 1, 1 do not matter. Any one wrong
    character and any swap of two is found. Raises MistypedCode.
    """
    code = typed_codes.normalised(text)
    if not typed_codes.is_whole(code, _LENGTH):
        raise MistypedCode
    return typed_codes.grouped(code, 4)
