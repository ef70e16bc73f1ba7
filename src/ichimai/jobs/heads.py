"""The ends of the ledger's chain and of the access log's, once a day, in a file others can keep.

Whoever has yesterday's line can tell if anything before it was changed since.
"""

import json
from pathlib import Path

from ichimai import audit, ledger
from ichimai.jobs import lines
from ichimai.kernel import Clock
from ichimai.kernel.clock import day_in_tokyo
from ichimai.programs import Desk
from ichimai.storage import ReadTx


def publish(desk: Desk, file: Path) -> None:
    """Add the heads to ``file``, unless today's are there."""
    today = day_in_tokyo(desk.clock.now()).isoformat()
    known = lines.read(file)
    if known and known[-1]["day"] >= today:
        return
    with desk.database.read(desk.operator) as tx:
        head = ledger.reports.head(tx)
        looks = audit.head(tx)
    line = {
        "day": today,
        "operator": desk.sector,
        "sequence": head.sequence,
        "number": head.number,
        "hash": head.hash.hex(),
        "access_number": looks.number,
        "access_hash": looks.hash.hex(),
    }
    lines.append(file, json.dumps(line))


def check(tx: ReadTx, file: Path) -> int:
    """How many published heads the chain still has. Raises Discrepancy at the first it has not."""
    published = lines.read(file)
    hashes = ledger.reports.block_hashes(tx, [line["sequence"] for line in published])
    for line in published:
        found = hashes.get(line["sequence"], ledger.chain.GENESIS).hex()
        if found != line["hash"]:
            raise ledger.verification.Discrepancy(
                record=f"head published on {line['day']}", expected=line["hash"], found=found
            )
    return len(published)


def check_access_log(tx: ReadTx, clock: Clock, file: Path) -> tuple[int, str]:
    """The number and hash of the end of the access log, which is right.

    Raises Discrepancy at its first wrong record.
    """
    published = {
        line["access_number"]: bytes.fromhex(line["access_hash"])
        for line in lines.read(file)
        if "access_number" in line
    }
    for fault in audit.verify(tx, clock, published):
        raise ledger.verification.Discrepancy(
            record=f"access log entry {fault.number} ({fault.day_on})",
            expected="as it was written",
            found=fault.what,
        )
    end = audit.head(tx)
    return end.number, end.hash.hex()
