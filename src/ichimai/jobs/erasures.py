"""Who was erased, in a file beside the database: a restored backup may still know them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from ichimai.jobs import lines
from ichimai.people.records import erasures
from ichimai.people.records.erasures import Erased
from ichimai.programs import Desk

_NEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATE: Final = timedelta(hours=1)
"""An erasure may be committed after a later one was published, but not so much after it."""


def publish(desk: Desk, file: Path) -> None:
    """Add to ``file`` whom it does not have yet."""
    kept = read(file)
    known = {each.key for each in kept}
    since = max((each.erased_at for each in kept), default=_NEVER + _LATE) - _LATE
    with desk.database.read(desk.operator) as tx:
        found = erasures.since(tx, since)
    for each in found:
        if each.key not in known:
            line = {
                "erased_at": each.erased_at.isoformat(),
                "erasure": str(each.key),
                "subject_sha256": each.subject.hex(),
            }
            lines.append(file, json.dumps(line))


def read(file: Path) -> list[Erased]:
    """What was published."""
    return [
        Erased(
            UUID(line["erasure"]),
            bytes.fromhex(line["subject_sha256"]),
            datetime.fromisoformat(line["erased_at"]),
        )
        for line in lines.read(file)
    ]
