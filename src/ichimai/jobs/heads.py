"""The chain's head, once a day, in a file that others can keep.

Whoever has yesterday's line can tell if anything before it was changed since.
"""

import json
import os
from pathlib import Path
from typing import Any

from ichimai import ledger
from ichimai.kernel.clock import day_in_tokyo
from ichimai.programs import Desk
from ichimai.storage import ReadTx


def publish(desk: Desk, file: Path) -> None:
    """Add the head to ``file``, unless today's is there."""
    today = day_in_tokyo(desk.clock.now()).isoformat()
    lines = _lines(file)
    if lines and lines[-1]["day"] >= today:
        return
    with desk.database.read(desk.operator) as tx:
        head = ledger.reports.head(tx)
    line = {
        "day": today,
        "operator": desk.sector,
        "sequence": head.sequence,
        "number": head.number,
        "hash": head.hash.hex(),
    }
    # Behind a line that was cut short, this one would be lost with it.
    is_cut_short = file.exists() and not file.read_bytes().endswith(b"\n")
    with file.open("a", encoding="utf-8") as written:
        written.write("\n" * is_cut_short + json.dumps(line) + "\n")
        written.flush()
        os.fsync(written.fileno())


def check(tx: ReadTx, file: Path) -> int:
    """How many published heads the chain still has. Raises Discrepancy at the first it has not."""
    lines = _lines(file)
    hashes = ledger.reports.block_hashes(tx, [line["sequence"] for line in lines])
    for line in lines:
        found = hashes.get(line["sequence"], ledger.chain.GENESIS).hex()
        if found != line["hash"]:
            raise ledger.verification.Discrepancy(
                record=f"head published on {line['day']}", expected=line["hash"], found=found
            )
    return len(lines)


def _lines(file: Path) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    text = file.read_text(encoding="utf-8")
    # The power may have failed in the middle of the last line.
    return [json.loads(line) for line in text.splitlines() if line.endswith("}")]
