"""Two wallets that turn out to be one person's, and that taken back: by entries, never by edits.

Of a lot that is in both wallets, what a merge moved counts as there as long as the lot holds as
much: what was there before it counts as spent first.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from msgspec import structs

from ichimai.kernel import Asset, errors
from ichimai.ledger.book import Book, Draft, MergeState, Origin
from ichimai.ledger.errors import (
    DifferentCredential,
    DifferentPayment,
    NothingToMove,
    UnknownOperation,
)
from ichimai.ledger.joining_model import MergeWallets, SplitWallets
from ichimai.ledger.journal_model import (
    Account,
    Count,
    Kind,
    Lot,
    LotId,
    OperationId,
    Role,
    Transfer,
    account_id,
    tally_of,
)
from ichimai.ledger.spending import oldest_first

Made = list[Transfer] | errors.DomainError
Place = tuple[Asset, LotId]


class Part(NamedTuple):
    """Units of a lot, and how many of them count against its allowance for capped shops."""

    units: int
    capped: int


def moved(legs: Iterable[Transfer]) -> dict[Place, Part]:
    """What a merge and those that followed it moved, less what came back of it, by lot.

    ``legs``: all that are of the merge.
    """
    found: dict[Place, Part] = {}
    for leg in legs:
        sign = 1 if leg.kind == Kind.MERGE else -1
        units, capped = found.get((leg.asset, leg.lot), (0, 0))
        part = Part(units + sign * leg.units, capped + sign * leg.capped)
        found[leg.asset, leg.lot] = part
    return found


def stands(state: MergeState) -> bool:
    """Whether a merge was not taken back."""
    return all(leg.kind != Kind.SPLIT for leg in state.legs)


def still_there(part: Part, lot: Lot) -> Part:
    """How much of what was moved into a lot is in it now."""
    units = min(part.units, lot.remaining)
    return Part(units, min(part.capped, lot.capped_left, units))


def merged(command: MergeWallets, book: Book) -> Made:
    """Move everything; a row says so where there was nothing, also of somebody without a wallet."""
    if command.to == command.wallet:
        return NothingToMove()
    is_first = not command.follows.int
    refused = None if is_first else _refusal(command.follows, command.wallet, command.to, book)
    if refused is not None:
        return refused
    ids = {asset: account_id(command.wallet, Role.WALLET, asset) for asset in command.assets}
    assets = [asset for asset, id_ in ids.items() if id_ in book.accounts]
    drafts: list[Draft] = []
    for asset in assets or command.assets[:1]:
        parts = {
            lot.id: Part(lot.remaining, min(lot.remaining, lot.capped_left))
            for lot in oldest_first(list(book.lots.get(ids[asset], {}).values()), book.now)
        }
        if parts or is_first:
            source = book.account(command.wallet, Role.WALLET, asset)
            target = book.account(command.to, Role.WALLET, asset)
            drafts += _legs(Kind.MERGE, source, target, parts, reverses=command.follows, book=book)
    if not drafts:
        return NothingToMove()
    origin = Origin(command.operation, actor=command.actor)
    if not is_first:
        made = book.record(origin, drafts)
        book.merges[command.follows].legs += made
        return made
    _spend_over_both(drafts, book)
    had = {
        tally_of(mine, mine=command.wallet, theirs=command.to): book.tally(mine)
        for mine in command.tallies
        if book.tally(mine)
    }
    drafts[0] = _counting(drafts[0], had, book)
    made = book.record(origin, drafts)
    book.merges[command.operation] = MergeState([*made], had)
    return made


def _spend_over_both(drafts: list[Draft], book: Book) -> None:
    """What the one spent today, the other has spent too."""
    sides = {draft.debit.id: (draft.debit, draft.credit) for draft in drafts}
    for source, target in sides.values():
        if book.spent_today(source):
            target.spent_units = book.spent_today(target) + source.spent_units
            target.spent_on = book.today


def _counting(draft: Draft, had: Mapping[UUID, int], book: Book) -> Draft:
    """``draft``, which counts on what the one had of anything in a period under the other's."""
    counts = tuple(Count(tally, units, is_of_times=False) for tally, units in had.items() if units)
    for count in counts:
        book.count(count)
    return structs.replace(draft, counts=counts)


def split(command: SplitWallets, book: Book) -> Made:
    """Move back what is still there; at least one row of each program that was merged says so."""
    refused = _refusal(command.merge, command.to, command.wallet, book)
    if refused is not None:
        return refused
    state = book.merges[command.merge]
    by_asset: dict[Asset, dict[LotId, Part]] = {}
    for (asset, lot_id), part in moved(state.legs).items():
        by_asset.setdefault(asset, {})[lot_id] = part
    drafts: list[Draft] = []
    for asset, parts in sorted(by_asset.items()):
        source = book.account(command.wallet, Role.WALLET, asset)
        target = book.account(command.to, Role.WALLET, asset)
        lots = book.lots.get(source.id, {})
        there = {
            id_: still_there(parts[id_], lots[id_])
            for id_ in sorted(parts)
            if id_ in lots and book.now < lots[id_].expires_at
        }
        drafts += _legs(Kind.SPLIT, source, target, there, reverses=command.merge, book=book)
    counts_no_more = {tally: -units for tally, units in state.counts.items()}
    drafts[0] = _counting(drafts[0], counts_no_more, book)
    state.counts.clear()
    made = book.record(Origin(command.operation, actor=command.actor), drafts)
    state.legs += made
    return made


def _refusal(merge: OperationId, wallet: UUID, to: UUID, book: Book) -> errors.DomainError | None:
    """Why nothing can be done about a merge: there is none of these two, or no more."""
    # What followed a merge is of that one, and goes back with it.
    state = book.merges.get(merge)
    if state is None or not _is_between(state.legs[0], wallet, to):
        return UnknownOperation()
    return None if stands(state) else NothingToMove()


def _is_between(leg: Transfer, wallet: UUID, to: UUID) -> bool:
    sides = (account_id(owner, Role.WALLET, leg.asset) for owner in (wallet, to))
    return tuple(sides) == (leg.debit, leg.credit)


def _legs(
    kind: Kind,
    source: Account,
    target: Account,
    parts: Mapping[LotId, Part],
    *,
    reverses: OperationId,
    book: Book,
) -> list[Draft]:
    """A leg for each lot of which there is anything; without one, a leg that moves nothing."""
    drafts = []
    for id_, (units, capped) in parts.items():
        if units:
            lot = book.lots[source.id][id_]
            like = Lot(target.id, id_, 0, 0, lot.expires_at, lot.usable_at, lot.funder)
            into = book.filled(like)
            end = lot.expires_at
            drafts.append(
                Draft(kind, source, target, units, lot, id_, capped, end, reverses, into=into)
            )
    return drafts or [Draft(kind, source, target, 0, reverses=reverses)]


def difference(
    command: MergeWallets | SplitWallets, earlier: list[Transfer]
) -> errors.DomainError | None:
    """In what ``command`` differs from the one that ``earlier`` answered, if in anything."""
    first = earlier[0]
    parent = command.follows if isinstance(command, MergeWallets) else command.merge
    if first.reverses != parent:
        return DifferentPayment()
    return None if _is_between(first, command.wallet, command.to) else DifferentCredential()
