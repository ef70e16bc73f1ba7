"""Who may act for whom, and up to how much: tables of cases, the first refusal being the answer."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from ichimai.kernel.errors import DomainError
from ichimai.people.records import delegate_rules, errors
from ichimai.people.records.delegate_model import (
    DelegateKind,
    Delegation,
    DelegationId,
    NewDelegation,
    Scope,
    Spent,
)
from ichimai.registry import SubjectId
from tests.tables import EMPTY, Row, each

TODAY = date(2026, 10, 8)
NOW = datetime(2026, 10, 8, 3, tzinfo=UTC)
PEOPLE = {name: SubjectId(UUID(int=n)) for n, name in enumerate(("hanako", "jiro", "mika"), 1)}


def day(cell: str) -> date:
    """``10-08`` of 2026, or a whole date."""
    return date.fromisoformat(cell if len(cell) > 5 else f"2026-{cell}")


def given(
    *,
    delegate: str = "jiro",
    scopes: str = "pay",
    days: str = "10-08..12-31",
    card: int = 1,
    kind: str = "family",
    per_day: int = 3_000,
    in_all: int = 10_000,
) -> NewDelegation:
    """What hanako lets somebody do."""
    first, last = days.split("..")
    return NewDelegation(
        principal=PEOPLE["hanako"],
        delegate=PEOPLE[delegate],
        credential=UUID(int=card),
        kind=DelegateKind(kind),
        scopes=frozenset(Scope(scope) for scope in scopes.split("+") if scope != "none"),
        per_day_yen=per_day,
        in_all_yen=in_all,
        from_on=day(first),
        until_on=day(last),
    )


def made(new: NewDelegation, *, is_ended: bool = False) -> Delegation:
    """It, as it is kept."""
    return Delegation(DelegationId(UUID(int=99)), new, UUID(int=8), NOW, NOW if is_ended else None)


USES = """
    today       state   scopes       scope     spent      today's    yen      outcome
    10-08       -       pay          pay       0 yen      0 yen      3000     -
    10-08       -       pay          pay       0 yen      0 yen      3001     delegation_day_limit_exceeded
    10-08       -       pay          pay       2000 yen   2000 yen   1000     -
    10-08       -       pay          pay       2000 yen   2000 yen   1001     delegation_day_limit_exceeded
    10-09       -       pay          pay       3000 yen   3000 yen   3000     -
    10-20       -       pay          pay       9000 yen   0 yen      1000     -
    10-20       -       pay          pay       9000 yen   0 yen      1001     delegation_total_limit_exceeded
    10-20       -       pay          pay       9000 yen   0 yen      3001     delegation_day_limit_exceeded
    10-07       -       pay          pay       0 yen      0 yen      1        delegation_not_begun
    12-31       -       pay          pay       0 yen      0 yen      1        -
    2027-01-01  -       pay          pay       0 yen      0 yen      1        delegation_ended
    10-08       ended   pay          pay       0 yen      0 yen      1        delegation_ended
    10-07       ended   pay          pay       0 yen      0 yen      1        delegation_ended
    10-08       -       collect      pay       0 yen      0 yen      1        delegation_out_of_scope
    10-08       -       collect      collect   0 yen      0 yen      0        -
    10-08       -       pay          collect   0 yen      0 yen      0        -
    10-08       -       pay+collect  collect   0 yen      0 yen      1        delegation_out_of_scope
    10-08       -       pay          collect   0 yen      0 yen      99999    delegation_out_of_scope
    2027-01-01  -       collect      pay       9999 yen   9999 yen   99999    delegation_ended
"""  # noqa: E501  a table is read by its columns


@each(USES)
def test_what_a_delegate_may_do(row: Row) -> None:
    """``spent`` was spent in all, ``today's`` of it on 8 October."""
    delegation = made(given(scopes=row["scopes"]), is_ended="state" in row)
    spent = Spent(row.units("spent"), TODAY, row.units("today's"))
    outcome = EMPTY
    try:
        delegate_rules.check_use(
            delegation, spent, day(row["today"]), scope=Scope(row["scope"]), yen=int(row["yen"])
        )
    except DomainError as error:
        outcome = error.code
    assert outcome == row["outcome"]


NEW = """
    kind      delegate  scopes       days                    card  day    all    born        outcome
    family    jiro      pay          10-08..12-31            1     3000   9000   -           -
    family    jiro      pay          10-08..10-08            1     3000   3000   -           -
    family    hanako    pay          10-08..12-31            1     3000   9000   -           invalid_delegation
    family    jiro      none         10-08..12-31            1     0      0      -           invalid_delegation
    family    jiro      pay          10-07..12-31            1     3000   9000   -           invalid_delegation
    family    jiro      pay          10-08..10-07            1     3000   9000   -           invalid_delegation
    family    jiro      pay          10-08..2036-10-08       1     3000   9000   -           invalid_delegation
    family    jiro      pay          10-08..12-31            1     9001   9000   -           invalid_delegation
    family    jiro      pay          10-08..12-31            1     0      0      -           invalid_delegation
    family    jiro      pay          10-08..12-31            1     0      9000   -           invalid_delegation
    family    jiro      collect      10-08..12-31            1     1      1      -           invalid_delegation
    family    jiro      collect      10-08..12-31            1     0      0      -           -
    guardian  jiro      collect      10-08..2030-12-31       1     0      0      -           birth_date_unknown
    guardian  jiro      collect      10-08..2036-04-01       1     0      0      2018-04-02  -
    guardian  jiro      collect      10-08..2036-04-02       1     0      0      2018-04-02  no_longer_a_child
    guardian  jiro      collect      10-08..2034-02-28       1     0      0      2016-02-29  -
    guardian  jiro      collect      10-08..2034-03-01       1     0      0      2016-02-29  no_longer_a_child
    guardian  jiro      collect      10-08..12-31            1     0      0      1950-01-01  no_longer_a_child
    carer     mika      pay          10-08..12-31            7     3000   9000   -           credential_in_use
    family    mika      pay          10-08..12-31            1     3000   9000   -           delegation_overlaps
    family    mika      pay+collect  12-01..12-31            1     3000   9000   -           delegation_overlaps
    family    mika      collect      10-08..12-31            1     0      0      -           -
    family    mika      pay          2027-01-01..2027-06-30  1     3000   9000   -           -
    family    mika      pay          10-08..12-31            7     3000   9000   -           credential_in_use
"""  # noqa: E501  a table is read by its columns


@each(NEW)
def test_what_may_be_delegated(row: Row) -> None:
    """Mika has a card, number 7, to pay until the end of the year; jiro's was ended."""
    new = given(
        delegate=row["delegate"],
        scopes=row["scopes"],
        days=row["days"],
        card=int(row["card"]),
        kind=row["kind"],
        per_day=int(row["day"]),
        in_all=int(row["all"]),
    )
    known = [made(given(delegate="mika", card=7)), made(given(card=8), is_ended=True)]
    born_on = date.fromisoformat(row["born"]) if "born" in row else None
    outcome = EMPTY
    try:
        delegate_rules.check_new(new, known, TODAY, born_on)
    except DomainError as error:
        outcome = error.code
    assert outcome == row["outcome"]


@pytest.mark.parametrize(
    "spent, today, expected",
    [
        (Spent(0, TODAY, 0), TODAY, Spent(500, TODAY, 500)),
        (Spent(800, TODAY, 300), TODAY, Spent(1_300, TODAY, 800)),
        (Spent(800, date(2026, 10, 7), 300), TODAY, Spent(1_300, TODAY, 500)),
        (Spent(800, TODAY, 300), date(2026, 10, 7), Spent(1_300, TODAY, 800)),
    ],
)
def test_a_day_is_counted_by_itself_and_never_goes_back(
    spent: Spent, today: date, expected: Spent
) -> None:
    assert delegate_rules.after(spent, today, 500) == expected


def test_refusals_are_told_apart_by_their_codes() -> None:
    codes = [
        errors.DelegationEnded.code,
        errors.DelegationNotBegun.code,
        errors.OutOfScope.code,
        errors.DayLimitExceeded.code,
        errors.TotalLimitExceeded.code,
    ]
    assert len(set(codes)) == len(codes)
