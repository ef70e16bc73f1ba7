"""What a list changes of what is known: a table, and what it leaves of it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from ichimai.people.records import claim_list_rules, claim_rules
from ichimai.people.records.claim_list_model import Change, Difference, Outcome, Said
from ichimai.people.records.claim_model import Claim, ClaimId, ClaimKind, NewClaim, Source
from tests.tables import Row, each

TODAY = date(2026, 10, 8)
NOW = datetime(2026, 10, 8, 3, tzinfo=UTC)
STAFF = UUID(int=8)
LIST = "住民記録 10月"

# known: SOURCE VALUE FROM..UNTIL, several with a comma; the row: value (none: it is empty), dates.
CASES = """
    kind       known                                         value       from        until       outcome
    district   -                                             巣鴨        -           -           add 巣鴨 2026-10-08..
    district   -                                             巣鴨        2026-04-01  2027-03-31  add 巣鴨 2026-04-01..2027-03-31
    district   list 巣鴨 2026-04-01..                        巣鴨        -           -           nothing
    district   list 巣鴨 2026-04-01..                        巣鴨        2020-01-01  -           nothing
    district   list 巣鴨 2026-04-01..                        駒込        -           -           end 2026-10-08, add 駒込 2026-10-08..
    district   list 巣鴨 2026-04-01..                        駒込        2026-09-15  -           end 2026-09-15, add 駒込 2026-09-15..
    district   list 巣鴨 2026-04-01..                        駒込        2026-11-01  -           end 2026-11-01, add 駒込 2026-11-01..
    district   list 巣鴨 2026-10-08..                        駒込        -           -           void 2026-10-08, add 駒込 2026-10-08..
    district   list 巣鴨 2026-04-01..                        駒込        2026-03-31  -           later
    district   list 巣鴨 2026-04-01..                        駒込        2026-05-01  2026-06-30  later
    district   list 巣鴨 2026-04-01..2026-10-31              巣鴨        -           -           nothing
    district   list 巣鴨 2026-04-01..2026-09-30              巣鴨        -           -           add 巣鴨 2026-10-08..
    district   list 巣鴨 2026-04-01..2026-09-30              巣鴨        2026-04-01  -           later
    district   list 巣鴨 2026-04-01..                        巣鴨        -           2026-12-31  end 2027-01-01
    district   list 巣鴨 2026-04-01..2026-12-31              巣鴨        -           2026-12-31  nothing
    district   list 巣鴨 2026-04-01..2026-12-31              巣鴨        -           2027-03-31  add 巣鴨 2027-01-01..2027-03-31
    district   list 巣鴨 2026-04-01..2026-12-31, list 駒込 2027-01-01..  巣鴨  -        -           nothing
    district   list 巣鴨 2026-04-01..2026-12-31, list 駒込 2027-01-01..  巣鴨  -        2027-03-31  later
    district   document 巣鴨 2026-09-01..                    駒込        -           -           document
    district   document 巣鴨 2026-09-01..                    駒込        2026-09-01  -           document
    district   document 巣鴨 2026-09-01..                    駒込        2026-09-02  -           end 2026-09-02, add 駒込 2026-09-02..
    district   document 巣鴨 2026-09-01..                    巣鴨        -           -           nothing
    district   adapter 巣鴨 2026-09-01..                     駒込        -           -           document
    district   void 巣鴨 2026-04-01..                        駒込        -           -           add 駒込 2026-10-08..
    grade      list 3 2026-04-01..                           2           -           -           end 2026-10-08, add 2 2026-10-08..
    grade      document 3 2026-04-01..2027-03-31             3           -           2029-03-31  add 3 2027-04-01..2029-03-31
    grade      list 3 2026-04-01..                           none        -           -           end 2026-10-08
    grade      list 3 2026-10-08..                           none        -           -           end 2026-10-08
    grade      list 3 2026-11-01..                           none        -           -           later
    grade      document 3 2026-04-01..                       none        -           -           document
    grade      -                                             none        -           -           nothing
    grade      void 3 2026-04-01..                           none        -           2026-09-30  nothing
    works      -                                             yes         -           -           add yes 2026-10-08..
    works      list yes 2026-04-01..                         none        -           2026-09-30  end 2026-10-01
    works      list yes 2026-04-01..2026-09-30               none        -           2026-09-30  nothing
    resident   -                                             2020-04-01  -           -           add 2020-04-01 2020-04-01..
    resident   list 2020-04-01 2020-04-01..                  2020-04-01  -           -           nothing
    resident   list 2020-04-01 2020-04-01..                  none        -           2026-10-31  end 2026-11-01
    resident   list 2020-04-01 2020-04-01..                  none        -           2026-09-30  end 2026-10-01
    resident   list 2020-04-01 2020-04-01..2026-09-30        2020-04-01  -           -           later
    resident   list 2020-04-01 2020-04-01..2026-09-30        2026-10-05  -           -           add 2026-10-05 2026-10-05..
    resident   list 2026-10-05 2026-10-05..                  none        -           2026-09-30  later
    resident   list 2020-04-01 2020-04-01..                  2026-10-05  -           -           end 2026-10-05, add 2026-10-05 2026-10-05..
    resident   document 2020-04-01 2026-09-01..              2020-04-01  -           -           nothing
    resident   document 2020-04-01 2026-09-01..              2019-04-01  -           -           document
    resident   document 2020-04-01 2026-09-01..              none        -           2026-09-30  end 2026-10-01
    resident   document 2020-04-01 2026-09-01..              none        -           2026-08-31  document
    birth      -                                             1950-03-05  -           -           add 1950-03-05 1950-03-05..
    birth      document 1950-03-05 2026-09-01..              1950-03-05  -           -           nothing
    birth      list 1950-03-05 1950-03-05..                  1950-03-06  -           -           birth_date
    birth      document 1950-03-05 2026-09-01..              1950-03-06  -           -           birth_date
    birth      void 1950-03-05 2026-09-01..                  1950-03-06  -           -           add 1950-03-06 1950-03-06..
"""  # noqa: E501 - a table reads by its columns
KINDS = {
    "district": ClaimKind.DISTRICT,
    "grade": ClaimKind.DISABILITY_GRADE,
    "works": ClaimKind.WORKS_IN_TOWN,
    "resident": ClaimKind.RESIDENT_SINCE,
    "birth": ClaimKind.BIRTH_DATE,
}


def known(kind: ClaimKind, written: str) -> list[Claim]:
    """The claims that a cell describes; of every other one the end is a row of its own."""
    found = []
    for number, one in enumerate(written.split(", "), start=1):
        source, value, days = one.split(" ")
        first, last = days.split("..")
        until_on = day(last)
        is_void = source == "void"
        said = NewClaim(
            kind,
            value.removeprefix("yes"),
            Source.LIST if is_void else Source(source),
            "x",
            date.fromisoformat(first),
            until_on,
        )
        ended_on = TODAY if is_void else None
        found.append(Claim(ClaimId(UUID(int=number)), said, STAFF, NOW, ended_on, is_void=is_void))
    return found


def day(written: str) -> date | None:
    return date.fromisoformat(written) if written else None


def told(outcome: Outcome) -> str:
    """An outcome as the table has it."""
    if outcome is None:
        return "nothing"
    if isinstance(outcome, Difference):
        return outcome.value
    said = [f"{'void' if is_void else 'end'} {on}" for _, on, is_void in outcome.ends]
    if outcome.new:
        new = outcome.new
        assert (new.source, new.evidence) == (Source.LIST, LIST)
        said.append(f"add {new.value or 'yes'} {new.from_on}..{new.until_on or ''}")
    return ", ".join(said)


@each(CASES)
def test_what_a_list_changes(row: Row) -> None:
    kind = KINDS[row["kind"]]
    before = known(kind, row["known"]) if "known" in row else []
    value = None if row["value"] == "none" else row["value"].removeprefix("yes")
    days = [day(row[which]) if which in row else None for which in ("from", "until")]
    said = Said(kind, value, *days)
    outcome = claim_list_rules.decide(before, said, LIST, TODAY)
    assert told(outcome) == row["outcome"]
    if isinstance(outcome, Change):
        _is_written_once(before, outcome, said)


def _is_written_once(before: list[Claim], change: Change, said: Said) -> None:
    """What is written is free of overlaps, and the same row again changes nothing."""
    ends = {end.claim: end for end in change.ends}
    after = [
        Claim(
            claim.id,
            claim.said,
            claim.staff,
            claim.recorded_at,
            ends[claim.id].ended_on,
            is_void=ends[claim.id].is_void,
        )
        if claim.id in ends
        else claim
        for claim in before
    ]
    if change.new:
        claim_rules.check_alone(change.new, after)
        after.append(Claim(ClaimId(UUID(int=99)), change.new, STAFF, NOW, None, is_void=False))
    assert claim_list_rules.decide(after, said, LIST, TODAY) is None


def test_other_kinds_are_left_alone() -> None:
    before = known(ClaimKind.DISTRICT, "list 巣鴨 2026-04-01..")
    said = Said(ClaimKind.DISABILITY_GRADE, None)
    assert claim_list_rules.decide(before, said, LIST, TODAY) is None


@pytest.mark.parametrize(
    "ended_on, is_void, is_over",
    [
        (None, False, False),
        (TODAY + timedelta(days=1), False, False),
        (TODAY, False, True),
        (TODAY + timedelta(days=1), True, True),
    ],
)
def test_what_ends_on_a_day_to_come_is_not_over(
    ended_on: date | None, *, is_void: bool, is_over: bool
) -> None:
    """A clerk still sees it, and may end it sooner."""
    said = NewClaim(ClaimKind.WORKS_IN_TOWN, "", Source.DOCUMENT, "運転免許証", TODAY)
    claim = Claim(ClaimId(UUID(int=1)), said, STAFF, NOW, ended_on, is_void=is_void)
    assert claim_rules.is_over(claim, TODAY) is is_over
