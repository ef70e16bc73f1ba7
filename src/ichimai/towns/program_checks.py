"""Whether a town's programs fit each other and their town: every fault, not only the first. Pure.

What a single field may be is said by the shape of ``programs.terms``; here is what fields may be
together, and what they may name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final, NamedTuple

from ichimai.kernel import Asset
from ichimai.programs.terms import Bonus, Earning, Exchange, Program, ProgramKind
from ichimai.towns import kind_checks, part_checks
from ichimai.towns.rule_names import Rule
from ichimai.towns.surroundings import Fault, Surroundings

_GOT_OTHERWISE: Final = frozenset({ProgramKind.CHECK, ProgramKind.PREPAID})


def faults(programs: Sequence[Program], known: Surroundings) -> Iterator[Fault]:
    """All that is wrong with ``programs``, which are all of the town, in the file's order."""
    checks = {each.key for each in programs if each.kind == ProgramKind.CHECK}
    # Whoever speaks for the issuer of an entitlement writes it as a membership of the check.
    known = replace(known, services={*known.services, *checks})
    latest = {program.key: program for program in programs}
    for index, program in enumerate(programs):
        path = f"program[{index}]"
        yield from _versions(programs, index)
        yield from _budgets(programs, index)
        yield from kind_checks.of_itself(program, path, known)
        yield from part_checks.of_parts(program, path, known, latest)
        if program.kind not in _GOT_OTHERWISE and not _is_got(program, programs):
            yield Fault(f"{path}.key", Rule.IS_GOT_SOMEHOW)
    yield from _circles(programs)


def _versions(programs: Sequence[Program], index: int) -> Iterator[Fault]:
    program, path = programs[index], f"program[{index}]"
    before = [each for each in programs[:index] if each.key == program.key]
    for each in programs[:index]:
        is_other = each.key != program.key
        for field in ("name_ja", "name_en"):
            if is_other and getattr(each, field) == getattr(program, field):
                yield Fault(f"{path}.{field}", Rule.NAMES_DIFFER)
    if any(each.version == program.version for each in before):
        yield Fault(f"{path}.version", Rule.VERSION_SAID_ONCE)
    elif program.version != len(before) + 1:
        yield Fault(f"{path}.version", Rule.VERSIONS_IN_ORDER)
    if not before:
        return
    last = before[-1]
    if program.starts_on is None:
        yield Fault(f"{path}.starts_on", Rule.VERSION_HAS_START)
    elif last.starts_on is not None and program.starts_on <= last.starts_on:
        yield Fault(f"{path}.starts_on", Rule.STARTS_LATER)
    if program.kind != last.kind:
        yield Fault(f"{path}.kind", Rule.KIND_STAYS)
    if program.unit_yen != last.unit_yen:
        yield Fault(f"{path}.unit_yen", Rule.UNIT_STAYS)


def _budgets(programs: Sequence[Program], index: int) -> Iterator[Fault]:
    """A budget has one account, and so one party that owes what was given from it."""
    program, path = programs[index], f"program[{index}]"
    before = [each for each in programs[:index] if each.key == program.key]
    known = {part.key: part.funder for each in before for _, part in _with_budget(each)}
    for name, part in _with_budget(program):
        if known.get(part.key, part.funder) != part.funder:
            yield Fault(f"{path}.{name}.funder", Rule.BUDGET_KEEPS_PARTY)
    premiums = {premium for each in (*before, program) if (premium := _premium_of(each))}
    funders = {each.funder for each in programs if each.key in premiums}
    if _premium_of(program) and len(funders) > 1:
        yield Fault(f"{path}.top_up.premium_budget_units", Rule.BUDGET_KEEPS_PARTY)


def _with_budget(program: Program) -> Iterator[tuple[str, Earning | Bonus | Exchange]]:
    named: tuple[tuple[str, Sequence[Earning | Bonus | Exchange]], ...] = (
        ("earning", program.earnings),
        ("bonus", program.bonuses),
        ("exchange", program.exchanges),
    )
    for name, parts in named:
        for place, part in enumerate(parts):
            if part.budget_units is not None:
                yield f"{name}[{place}]", part


def _premium_of(program: Program) -> Asset | None:
    """The program of a premium that has a budget."""
    top_up = program.top_up
    return top_up.premium if top_up and top_up.premium_budget_units else None


def _is_got(program: Program, programs: Sequence[Program]) -> bool:
    if program.earnings or program.reasons or program.top_up:
        return True
    return any(
        program.key in {exchange.to for exchange in each.exchanges}
        or (each.top_up is not None and program.key == each.top_up.premium)
        for each in programs
    )


class _Step(NamedTuple):
    """An exchange that goes from one program to another, at ``rate``."""

    start: Asset
    end: Asset
    rate: Fraction
    path: str


def _circles(programs: Sequence[Program]) -> Iterator[Fault]:
    """The last exchange of each circle that makes units, at the field that says how many."""
    steps = [
        _Step(
            program.key,
            exchange.to,
            Fraction(exchange.give, exchange.take),
            f"program[{index}].exchange[{place}].give",
        )
        for index, program in enumerate(programs)
        for place, exchange in enumerate(program.exchanges)
        if exchange.to is not None and exchange.to != program.key
    ]
    for place, step in enumerate(steps):
        # Those before it alone are no circle that gains, or they were named already.
        back = _best(steps[:place], step.end, step.start)
        if back is not None and back * step.rate > 1:
            yield Fault(step.path, Rule.NOTHING_FROM_NOTHING)


def _best(steps: Sequence[_Step], start: Asset, end: Asset) -> Fraction | None:
    """How many units of ``end`` one of ``start`` can become; None: none."""
    best: dict[Asset, Fraction] = {start: Fraction(1)}
    for _ in range(len({step.start for step in steps})):
        best = _one_step_on(best, steps)
    return best.get(end)


def _one_step_on(best: Mapping[Asset, Fraction], steps: Sequence[_Step]) -> dict[Asset, Fraction]:
    further = dict(best)
    for step in steps:
        if step.start in best:
            reached = best[step.start] * step.rate
            further[step.end] = max(further.get(step.end, reached), reached)
    return further
