"""The secret without which the registry's numbers mean nothing, and the file it lies in.

The file has a line of hexadecimal digits for each key: first the lasting one, then those that
were added later, in their order.
"""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_BYTES = 32


@dataclass(frozen=True, slots=True)
class RegistryKey:
    """Secrets of at least 32 bytes each. Losing them makes every card unknown.

    ``secret`` lasts: by it sectors know cards, and with it numbers are hashed first. Each of
    ``added`` is hashed with once more over what the ones before it gave, so that who learns
    the older ones can still test no guess.
    """

    secret: bytes = field(repr=False)
    added: tuple[bytes, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if any(len(key) < _BYTES for key in (self.secret, *self.added)):
            raise ValueError("a registry key has at least 32 bytes")

    @property
    def generation(self) -> int:
        """How many keys were added to the first."""
        return len(self.added)

    @classmethod
    def load(cls, path: Path) -> "RegistryKey":
        """The key in the file ``path``, which is made, readable by its owner only, if absent.

        Processes that start together all get the one key that was put in place first. Raises
        ValueError when the file is not whole.
        """
        if not path.exists():
            _place(cls(os.urandom(_BYTES)), path, _link_unless_taken)
        lines = path.read_text(encoding="ascii").splitlines(keepends=True)
        if not lines or not all(line.endswith("\n") for line in lines):
            raise ValueError("a registry key's file ends with a whole line of at least 32 bytes")
        secret, *added = (bytes.fromhex(line) for line in lines)
        return cls(secret, tuple(added))


def with_another(key: RegistryKey, path: Path) -> RegistryKey:
    """``key`` with one more, in the place of the file ``path``: either is there, and whole."""
    longer = RegistryKey(key.secret, (*key.added, os.urandom(_BYTES)))
    _place(longer, path, lambda draft, path: draft.replace(path))
    return longer


def _place(key: RegistryKey, path: Path, move: Callable[[Path, Path], object]) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.writelines(f"{each.hex()}\n" for each in (key.secret, *key.added))
            file.flush()
            os.fsync(file.fileno())
        move(draft, path)
        _sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _link_unless_taken(draft: Path, path: Path) -> None:
    with suppress(FileExistsError):
        os.link(draft, path)


def _sync(folder: Path) -> None:
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
