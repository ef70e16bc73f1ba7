"""The journal as beancount text, which ``bean-check`` accepts. Pure.

A transfer's debit is a debit here, above zero, and its credit a credit, below: the balance of an
account is minus that of the ledger's. ``tests`` run the checker over a whole town.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from ichimai.kernel import Asset
from ichimai.reporting.account_names import AccountName, Names, commodity
from ichimai.reporting.journal_model import Moved, Side

Balances = Mapping[tuple[Side, Asset], int]
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """What an export begins and ends with; balances are the ledger's, credits minus debits."""

    from_on: date
    to_on: date
    opening: Balances
    closing: Balances


def text(title: str, names: Names, span: Span, moved: Iterable[Moved]) -> Iterator[str]:
    """The whole file, a directive at a time."""
    eve = span.from_on - _DAY
    yield f'option "title" {quoted(title)}\noption "operating_currency" "JPY"\n'
    for asset in sorted({asset for _, asset in (*span.opening, *span.closing)}):
        yield _commodity(eve, asset, names)
    opened = {names.account(side) for side, _ in (*span.opening, *span.closing)}
    for account in sorted(opened):
        yield f"{eve} open {account.name}\n  name-ja: {quoted(account.name_ja)}\n"
    opening, closing = _named(span.opening, names), _named(span.closing, names)
    if any(opening.values()):
        yield f'{eve} * "opening balances"\n' + _postings(opening)
    # A balance is that of the morning, before what else is of that day.
    yield from _asserted(span.from_on, opening)
    for _, legs in groupby(moved, key=_of_one):
        yield _entry(list(legs), names)
    yield from _asserted(span.to_on + _DAY, closing)


def quoted(words: str) -> str:
    """A string of beancount: in quotation marks, those inside escaped, on one line."""
    line = " ".join(words.split())
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _of_one(each: Moved) -> object:
    return each.number if each.operation is None else each.operation


def _commodity(day: date, asset: Asset, names: Names) -> str:
    code, program = commodity(asset), names.program(asset)
    lines = [f"{day} commodity {code}", f"  key: {quoted(asset)}"]
    if program is not None:
        lines += [f"  name-ja: {quoted(program.name_ja)}", f"  name: {quoted(program.name_en)}"]
        lines += [f"{day} price {code} {program.unit_yen} JPY"]
    return "\n".join(lines) + "\n"


def _entry(legs: Sequence[Moved], names: Names) -> str:
    first = legs[0]
    kinds = list(dict.fromkeys(leg.kind.name.lower().replace("_", "-") for leg in legs))
    lines = [f'{first.day_on} * "{", ".join(kinds)}"', f"  number: {first.number}"]
    if first.operation is None:
        lines.append(f"  transfers: {first.transfers}")
    else:
        lines.append(f'  operation: "{first.operation}"')
    for leg in legs:
        code = commodity(leg.asset)
        lines.append(f"  {names.account(leg.debit).name}  {leg.units} {code}")
        lines.append(f"  {names.account(leg.credit).name}  {-leg.units} {code}")
    return "\n".join(lines) + "\n"


def _named(balances: Balances, names: Names) -> dict[tuple[AccountName, str], int]:
    """By name, with beancount's sign; accounts of one name are one."""
    found: dict[tuple[AccountName, str], int] = {}
    for (side, asset), units in balances.items():
        key = names.account(side), commodity(asset)
        found[key] = found.get(key, 0) - units
    return dict(sorted(found.items()))


def _postings(balances: Mapping[tuple[AccountName, str], int]) -> str:
    return "".join(
        f"  {account.name}  {units} {code}\n"
        for (account, code), units in balances.items()
        if units
    )


def _asserted(day: date, balances: Mapping[tuple[AccountName, str], int]) -> Iterator[str]:
    for (account, code), units in balances.items():
        yield f"{day} balance {account.name}  {units} {code}\n"
