"""The secret without which the registry's numbers mean nothing."""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

_BYTES = 32


@dataclass(frozen=True, slots=True)
class RegistryKey:
    """At least 32 secret bytes. Losing them makes every card unknown: back them up apart."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < _BYTES:
            raise ValueError("a registry key has at least 32 bytes")

    @classmethod
    def load(cls, path: Path) -> "RegistryKey":
        """The key in the file ``path``, which is made, readable by its owner only, if absent.

        Processes that start together all get the one key that was put in place first.
        """
        if not path.exists():
            _place_new_key(path)
        return cls(path.read_bytes())


def _place_new_key(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        _link_unless_taken(draft, path)
    finally:
        draft.unlink()


def _link_unless_taken(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
