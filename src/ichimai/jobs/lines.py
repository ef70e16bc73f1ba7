"""Files of JSON lines to which lines are added, each safe before the next."""

import json
import os
from pathlib import Path
from typing import Any


def append(file: Path, line: str) -> None:
    """Add a line; it is on the disk afterwards."""
    # Behind a line that was cut short, this one would be lost with it.
    is_cut_short = file.exists() and not file.read_bytes().endswith(b"\n")
    with file.open("a", encoding="utf-8") as written:
        written.write("\n" * is_cut_short + line + "\n")
        written.flush()
        os.fsync(written.fileno())


def read(file: Path) -> list[dict[str, Any]]:
    """The whole lines; none when there is no such file."""
    if not file.exists():
        return []
    text = file.read_text(encoding="utf-8")
    # The power may have failed in the middle of the last line.
    return [json.loads(line) for line in text.splitlines() if line.endswith("}")]
