"""Temporary folders in memory: a database is 750 files, made and removed for each test."""

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - the folder made in it has a name nobody can guess
_PREFIX: Final = "ichimai-tests-"
_ROOM_BYTES: Final = 6 << 30
"""What the towns of some test processes never fill."""

_DAY_SECONDS: Final = 86_400


def move_in() -> Path | None:
    """Have temporary files made in memory from now on, by our processes too; in which folder.

    None: there is no room for that, or TMPDIR says where they are wanted.
    """
    has_room = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    if "TMPDIR" in os.environ or not has_room or not os.access(_MEMORY, os.W_OK):
        return None
    _remove_what_was_left()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_MEMORY))
    folder.chmod(0o711)  # PostgreSQL's own user passes through
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    return folder


def _remove_what_was_left() -> None:
    """Of runs that were killed; nobody else would, before the machine is started again."""
    for folder in _MEMORY.glob(f"{_PREFIX}*"):
        if time.time() - folder.stat().st_mtime > _DAY_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
