"""Whether what a program says of itself fits its kind. Pure."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from ichimai.programs.terms import (
    Charging,
    Instrument,
    Money,
    Program,
    ProgramKind,
    Refunding,
    Who,
)
from ichimai.programs.upkeep import ending_rules
from ichimai.towns import scope_checks
from ichimai.towns.rule_names import Rule
from ichimai.towns.surroundings import Fault, Surroundings

_MONTHS_EXEMPT: Final = 6
_PAYING: Final = frozenset({ProgramKind.VOUCHER, ProgramKind.POINTS, ProgramKind.PREPAID})


def of_itself(program: Program, path: str, known: Surroundings) -> Iterator[Fault]:
    """What is wrong with a program's own fields."""
    for field in ("about_ja", "about_en", "deciding_law"):
        if not getattr(program, field):
            yield Fault(f"{path}.{field}", Rule.SAYS_WHAT_IT_IS)
    yield from _unit(program, path)
    if program.service is not None and program.service not in known.services:
        yield Fault(f"{path}.service", Rule.KNOWN_SERVICE)
    yield from scope_checks.of_party(program.funder, f"{path}.funder", known)
    yield from scope_checks.of_where(program.acceptance, f"{path}.acceptance", known)
    if program.budget_units is not None and program.funder == "shop":
        yield Fault(f"{path}.budget_units", Rule.BUDGET_IS_NO_SHOPS)
    if program.acceptance.large_store_cap_percent is not None and not program.reasons:
        yield Fault(f"{path}.acceptance.large_store_cap_percent", Rule.CAP_OF_GRANTS)
    yield from _expiry(program, f"{path}.expiry")
    yield from _use(program, f"{path}.use")
    yield from _settlement(program, f"{path}.settlement", known)
    yield from _instrument(program, path)
    yield from _kind(program, path, known)


def _unit(program: Program, path: str) -> Iterator[Fault]:
    if program.kind is ProgramKind.CHECK:
        return  # it has none
    yen = {"unit_ja": program.unit_ja == "円", "unit_en": program.unit_en == "yen"}
    may_be_yen = program.unit_yen == 1 or program.kind in _PAYING
    if any(yen.values()) and not (all(yen.values()) and may_be_yen):
        unsaid = next(field for field, is_yen in yen.items() if is_yen)
        yield Fault(f"{path}.{unsaid}", Rule.UNIT_IS_SAID)


def _expiry(program: Program, path: str) -> Iterator[Fault]:
    expiry = program.expiry
    said = [
        field
        for field, is_said in (
            ("on", expiry.on is not None),
            ("after_months", expiry.after_months is not None),
            ("end_of_fiscal_year", expiry.end_of_fiscal_year),
            ("never", expiry.never),
        )
        if is_said
    ]
    if not said:
        yield Fault(path, Rule.END_IS_SAID)
    for field in said[1:]:
        yield Fault(f"{path}.{field}", Rule.END_SAID_ONCE)
    if expiry.years_later and not expiry.end_of_fiscal_year:
        yield Fault(f"{path}.years_later", Rule.YEARS_OF_FISCAL_YEAR)
    is_short = expiry.on is not None or (expiry.after_months or 99) <= _MONTHS_EXEMPT
    if program.instrument == Instrument.SIX_MONTHS and not is_short:
        yield Fault(path, Rule.SIX_MONTHS_END)
    yield from _notices(program, f"{path}.notices")


def _notices(program: Program, path: str) -> Iterator[Fault]:
    notices = program.expiry.notices
    if notices is None:
        return
    if program.expiry.never:
        yield Fault(path, Rule.NOTICES_OF_AN_END)
    for place, (before, days) in enumerate(pairwise(notices), start=1):
        if before <= days:
            yield Fault(f"{path}[{place}]", Rule.NOTICES_IN_ORDER)
    shortest = ending_rules.shortest_days(program)
    if shortest is not None and notices[0] >= shortest:
        yield Fault(f"{path}[0]", Rule.NOTICES_AFTER_START)


def _use(program: Program, path: str) -> Iterator[Fault]:
    use = program.use
    pays = program.kind in _PAYING and not use.is_by_exchange_only
    if pays and program.unit_yen != 1:
        yield Fault(f"{path.removesuffix('.use')}.unit_yen", Rule.PAYS_IN_YEN)
    if use.multiple > 1 and program.kind != ProgramKind.POINTS:
        yield Fault(f"{path}.multiple", Rule.MULTIPLE_OF_POINTS)
    if use.is_automatic and not pays:
        yield Fault(f"{path}.is_automatic", Rule.AUTOMATIC_PAYS)
    limits = (("per_payment_limit", use.per_payment_limit), ("per_day_limit", use.per_day_limit))
    for field, limit in limits:
        if limit is not None and limit < use.multiple:
            yield Fault(f"{path}.{field}", Rule.MULTIPLE_WITHIN_LIMIT)
    if use.per_payment_limit and use.per_day_limit and use.per_payment_limit > use.per_day_limit:
        yield Fault(f"{path}.per_payment_limit", Rule.PAYMENT_WITHIN_DAY)


def _settlement(program: Program, path: str, known: Surroundings) -> Iterator[Fault]:
    settlement = program.settlement
    yield from scope_checks.of_party(settlement.pool, f"{path}.pool", known)
    is_at_issue = settlement.charging == Charging.AT_ISSUE
    if is_at_issue and settlement.pool is None:
        yield Fault(f"{path}.pool", Rule.POOL_IS_NAMED)
    if not is_at_issue and settlement.pool is not None:
        yield Fault(f"{path}.pool", Rule.POOL_AT_ISSUE)
    if settlement.pool == "shop":
        yield Fault(f"{path}.pool", Rule.POOL_IS_NO_SHOP)
    is_never = settlement.charging == Charging.NEVER
    if is_never and program.unit_yen:
        yield Fault(f"{path}.charging", Rule.VALUE_IS_SETTLED)
    if not is_never and not program.unit_yen:
        yield Fault(f"{path}.charging", Rule.NOTHING_OWED)
    if is_never and settlement.fee_basis_points:
        yield Fault(f"{path}.fee_basis_points", Rule.NOTHING_OWED)


def _instrument(program: Program, path: str) -> Iterator[Fault]:
    is_prepaid = program.kind == ProgramKind.PREPAID
    if (program.money == Money.OWN) != is_prepaid:
        yield Fault(f"{path}.money", Rule.PREPAID_IS_OWN)
    if is_prepaid and program.instrument == Instrument.NOT_PAID_FOR:
        yield Fault(f"{path}.instrument", Rule.PREPAID_IS_INSTRUMENT)
    is_governments = program.instrument == Instrument.LOCAL_GOVERNMENT
    if is_governments and program.funder.startswith("association:"):
        yield Fault(f"{path}.instrument", Rule.ISSUED_BY_GOVERNMENT)


def _kind(program: Program, path: str, known: Surroundings) -> Iterator[Fault]:
    kind = program.kind
    has_card = program.card_units is not None
    if kind == ProgramKind.STAMPS:
        if not has_card:
            yield Fault(f"{path}.card_units", Rule.CARD_HAS_SIZE)
        if not program.exchanges:
            yield Fault(f"{path}.exchange", Rule.STAMPS_ARE_EXCHANGED)
    elif has_card:
        yield Fault(f"{path}.card_units", Rule.CARD_OF_STAMPS)
    if kind == ProgramKind.IN_KIND and not program.things:
        yield Fault(f"{path}.thing", Rule.IN_KIND_HAS_THINGS)
    if kind not in {ProgramKind.IN_KIND, ProgramKind.CHECK} and program.things:
        yield Fault(f"{path}.thing[0]", Rule.THINGS_OF_IN_KIND)
    yield from _prepaid(program, path)
    yield from _check(program, path, known)


def _prepaid(program: Program, path: str) -> Iterator[Fault]:
    if program.kind == ProgramKind.PREPAID:
        if program.top_up is None:
            yield Fault(f"{path}.top_up", Rule.PREPAID_IS_PAID_IN)
        if program.earnings:
            yield Fault(f"{path}.earning[0]", Rule.PREPAID_IS_NOT_EARNED)
        return
    if program.top_up is not None and program.kind != ProgramKind.CHECK:
        yield Fault(f"{path}.top_up", Rule.TOP_UP_OF_PREPAID)
    if program.refunding != Refunding.NEVER:
        yield Fault(f"{path}.refunding", Rule.REFUND_OF_PREPAID)


def _check(program: Program, path: str, known: Surroundings) -> Iterator[Fault]:
    is_said = program.entitled != Who()
    if program.kind != ProgramKind.CHECK:
        if is_said:
            yield Fault(f"{path}.entitled", Rule.ENTITLED_OF_CHECK)
        return
    if not is_said:
        yield Fault(f"{path}.entitled", Rule.CHECK_ASKS_WHO)
    yield from scope_checks.of_who(program.entitled, f"{path}.entitled", known)
    for field, has_any in (
        ("earning[0]", bool(program.earnings)),
        ("bonus[0]", bool(program.bonuses)),
        ("exchange[0]", bool(program.exchanges)),
        ("thing[0]", bool(program.things)),
        ("reason[0]", bool(program.reasons)),
        ("top_up", program.top_up is not None),
        ("budget_units", program.budget_units is not None),
    ):
        if has_any:
            yield Fault(f"{path}.{field}", Rule.CHECK_COUNTS_NOTHING)
