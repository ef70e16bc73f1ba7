"""Closing the week of a whole town: closed, paid, netted, with its files written."""

import csv
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from ichimai import ledger, programs, settlement
from ichimai.app import Installation, Settings
from ichimai.benchmark import bench_town, closing_store
from ichimai.benchmark.closing_store import Week
from ichimai.benchmark.figures import Figure, alone, paired
from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import ManualClock, SystemClock
from ichimai.ledger.model import Role, account_id
from ichimai.merchants import Shop
from ichimai.programs.terms import Charging, Expiry, Program, Settlement
from ichimai.settlement.clearing import NettingId
from ichimai.settlement.model import BatchId, Payer, PayerId, RunId

TRANSFERS: Final = 1_000_000
WALLETS: Final = 50_000

POINTS: Final = Program(
    key=Asset("bench-points"),
    name_ja="ポイント",
    name_en="Points",
    funder="shop",
    expiry=Expiry(never=True),
    settlement=Settlement(charging=Charging.AT_ISSUE, pool="association:9", fee_basis_points=50),
)
_CLOSER, _APPROVER = ids.NIL, programs.funding.party_id("bench-approver")

Tell = Callable[[str], None]


def closing(settings: Settings, url: str, folder: Path, tell: Tell) -> Iterator[Figure]:
    """The figures of one closing, after which the journal is of no other use."""
    clock = ManualClock(SystemClock().now())
    town = Installation(settings, clock)
    with town.database.write(town.operator) as tx:
        shops = bench_town.streets(tx, clock)
        programs.lists.open_program(tx, clock, POINTS)
        account = shops[0].account
        payer = Payer(PayerId(ids.uuid7(clock)), "0000000001", account)
        settlement.set_payer(tx, clock, payer, entered_by=_CLOSER)
        # What was in the ledger before is closed apart.
        before = ledger.reports.count_transfers(tx)
    schema, started = str(town.operator), time.monotonic()
    up_to = closing_store.fill(
        url, schema, _week(town, shops), transfers=TRANSFERS, wallets=WALLETS
    )
    tell(f"a week of {up_to - before:,} transfers in {time.monotonic() - started:,.0f} s")
    clock.advance(timedelta(days=8))
    peer = closing_store.one_query(url, schema, before, up_to)
    seconds = _closed(town, folder, tell)
    tell(f"closing {seconds:.1f} s, one query {peer:.1f} s")
    yield paired("closing", "s", "the same sums by one SQL query", [(seconds, peer)])
    yield alone("closing_transfers", "transfers/s", (up_to - before) / seconds, "16,667: 60 s")
    town.database.close()


def _week(town: Installation, shops: list[Shop]) -> Week:
    def accounts(role: Role, asset: Asset) -> list[ledger.model.AccountId]:
        return [account_id(shop.id, role, asset) for shop in shops]

    gift = bench_town.PROGRAM
    return Week(
        gift=gift.key,
        points=POINTS.key,
        gift_issuer=account_id(programs.funding.funder_id(gift), Role.ISSUED, gift.key),
        owners=[shop.id for shop in shops],
        gift_receivables=accounts(Role.RECEIVABLE, gift.key),
        points_receivables=accounts(Role.RECEIVABLE, POINTS.key),
        points_issuers=accounts(Role.ISSUED, POINTS.key),
        at=town.clock.now(),
    )


def _closed(town: Installation, folder: Path, tell: Tell) -> float:
    """Seconds from the cut-off to the last file; the days of dispute pass in no time."""
    clock, write, operator = town.clock, town.database.write, town.operator
    spent, started = 0.0, time.perf_counter()
    run = RunId(ids.uuid7(clock))
    with write(operator) as tx:
        keys = [bench_town.PROGRAM.key, POINTS.key]
        settlement.clearing.close_programs(tx, clock, run, keys, closed_by=_CLOSER)
    tell(f"closed after {time.perf_counter() - started:.1f} s")
    with write(operator) as tx:
        batch = settlement.make_batch(tx, clock, BatchId(ids.uuid7(clock)), made_by=_CLOSER)
    with write(operator) as tx:
        settlement.approve_batch(tx, clock, batch.id, approved_by=_APPROVER)
    with write(operator) as tx:
        file = settlement.release.payout_file(tx, clock, batch.id, handed_to=_CLOSER)
    (folder / file.name).write_bytes(file.content)
    tell(f"paid {batch.shops:,} shops after {time.perf_counter() - started:.1f} s")
    spent = time.perf_counter() - started
    if isinstance(clock, ManualClock):
        clock.advance(timedelta(days=8))
    started = time.perf_counter()
    with write(operator) as tx:
        netting = settlement.clearing.make_netting(
            tx, clock, NettingId(ids.uuid7(clock)), made_by=_CLOSER
        )
    with write(operator) as tx:
        settlement.clearing.approve_netting(tx, clock, netting.id, approved_by=_APPROVER)
        associations = [
            row
            for one in settlement.reports.closings_of_run(tx, run)
            for row in settlement.reports.associations(tx, one.id)
        ]
    with (folder / "netting.csv").open("w", encoding="utf-8", newline="") as file_of_transfers:
        csv.writer(file_of_transfers).writerows(netting.transfers)
    with (folder / "associations.csv").open("w", encoding="utf-8", newline="") as file_of_streets:
        csv.writer(file_of_streets).writerows(associations)
    tell(f"{netting.obligations} obligations, {len(netting.transfers)} transfers")
    return spent + time.perf_counter() - started
