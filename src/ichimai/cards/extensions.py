"""Reading X.509 as others wrote it: what can go wrong, and what may be absent."""

from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.utils import CryptographyDeprecationWarning

UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    CryptographyDeprecationWarning,
)
"""What the library raises, now or at first use, when bytes are not what they should be.

Its warnings too, where they were made errors: they tell of what it will refuse one day.
"""

Extension = TypeVar("Extension", bound=x509.ExtensionType)


def find(extensions: x509.Extensions, kind: type[Extension]) -> Extension | None:
    """The extension of that kind, if there is one."""
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
