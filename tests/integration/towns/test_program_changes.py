"""A version of a program: checked with every fault by line, proposed, approved by another."""

from datetime import date, timedelta

import pytest

from ichimai import people
from ichimai.kernel import Asset
from ichimai.kernel.clock import start_of_day
from ichimai.kernel.errors import DomainError
from ichimai.people.errors import AskedByYourself, MayNotAskOrApprove, RequestExpired
from ichimai.people.model import RequestId, Staff, StaffRole
from ichimai.programs import lists
from ichimai.programs.terms import Program
from ichimai.towns import program_changes
from ichimai.towns.errors import Rule
from ichimai.towns.program_changes import ChangeRefused, Draft
from tests.town import GIFT, Town

POINTS = Asset("street-points")
TEXT = """[[program]]
key = "street-points"
kind = "points"
name_ja = "地蔵ポイント"
name_en = "Jizo points"
unit_ja = "ポイント"
unit_en = "points"
about_ja = "地蔵通りのお店で使えます。"
about_en = "For the shops of Jizo street."
deciding_law = "対価を得ていない（資金決済法3条1項）。"
money = "association"
instrument = "not_paid_for"
starts_on = 2026-10-05
funder = "association:8"

[program.acceptance]
associations = [8]
excluded_categories = ["books"]

[program.expiry]
end_of_fiscal_year = true

[program.settlement]
charging = "at_issue"
pool = "association:8"

[[program.earning]]
key = "sales"
name_ja = "お買い物"
name_en = "Shopping"
trigger = "sale"
funder = "shop"
where = { associations = [8] }
"""


def read(town: Town, text: str) -> Draft:
    with town.database.read(town.operator) as tx:
        return program_changes.read(tx, town.clock, text)


def refused(town: Town, text: str) -> list[tuple[int, str, str]]:
    """What is wrong: line, field and rule, or sort of problem."""
    with pytest.raises(ChangeRefused) as caught:
        read(town, text)
    return [(each.line, each.field, each.rule or each.problem) for each in caught.value.wrong]


def propose(town: Town, text: str = TEXT, by: str = "officer") -> RequestId:
    with town.database.write(town.operator) as tx:
        return program_changes.propose(tx, town.clock, text, reason="試行", by=town.staff[by]).id


def approve(town: Town, id_: RequestId, by: str = "approver") -> Program:
    with town.database.write(town.operator) as tx:
        return program_changes.approve(tx, town.clock, id_, by=town.staff[by])


def in_force(town: Town, key: Asset = POINTS) -> Program:
    with town.database.read(town.operator) as tx:
        return lists.in_force(tx, key, town.clock.now())


def next_text(town: Town, key: Asset = POINTS) -> str:
    with town.database.read(town.operator) as tx:
        return program_changes.next_text(tx, town.clock, lists.program(tx, key))


def test_one_proposes_another_approves_and_it_begins_on_its_day(town: Town) -> None:
    assert read(town, TEXT).before is None
    approve(town, propose(town))
    with pytest.raises(DomainError):
        in_force(town)
    town.clock.advance(start_of_day(read_day("2026-10-05")) - town.clock.now())
    assert in_force(town).name_ja == "地蔵ポイント"
    with town.database.read(town.operator) as tx:
        (done,) = program_changes.done(tx)
        assert not program_changes.waiting(tx, town.clock)
    assert (done.key, done.version, done.request.asked_by, done.request.decided_by) == (
        POINTS,
        1,
        town.staff["officer"].id,
        town.staff["approver"].id,
    )


def read_day(text: str) -> date:
    return date.fromisoformat(text)


def test_a_change_is_the_next_version_until_it_begins(town: Town) -> None:
    """Before its day the same version is changed again; afterwards there is one more."""
    approve(town, propose(town))
    again = next_text(town).replace("地蔵ポイント", "お地蔵さんポイント")
    draft = read(town, again)
    assert (draft.program.version, draft.before) == (1, None)
    assert draft.replaced is not None
    approve(town, propose(town, again))
    town.clock.advance(timedelta(days=7))
    assert in_force(town).name_ja == "お地蔵さんポイント"
    second = next_text(town)
    assert "version = 2" in second
    assert refused(town, second) == [(1, "program[0].starts_on", Rule.BEGINS_LATER)]
    second = second.replace("version = 2", "version = 2\nstarts_on = 2026-11-01")
    draft = read(town, second)
    assert draft.replaced is None
    assert draft.before is not None
    assert draft.before.version == 1


@pytest.mark.parametrize(
    "old, new, line, field, rule",
    [
        ('kind = "points"', 'kind = "pints"', 3, "program[0].kind", "wrong_value"),
        ('key = "sales"', 'kye = "sales"', 28, "program[0].earning[0].kye", "unknown_field"),
        ("2026-10-05", "2026-10-01", 13, "program[0].starts_on", Rule.BEGINS_LATER),
        ("[8]\nexcluded", "[9]\nexcluded", 17, "", Rule.KNOWN_ASSOCIATION),
        ('["books"]', '["boooks"]', 18, "", Rule.KNOWN_CATEGORY),
        (
            '"association:8"\n\n[program.acc',
            '"toshima-x"\n\n[program.acc',
            14,
            "",
            Rule.KNOWN_PARTY,
        ),
        ("地蔵ポイント", "長寿祝い", 4, "program[0].name_ja", Rule.NAMES_DIFFER),
        ("starts_on", "version = 2\nstarts_on", 13, "", Rule.VERSIONS_IN_ORDER),
        ("end_of_fiscal_year", "after_months = 6\nend_of_fiscal_year", 22, "", Rule.END_SAID_ONCE),
        ("[[program]]", "[[program]", 1, "", "not_toml"),
        ("[[program]]", "programs = 1\n[[program]]", 1, "programs", "unknown_field"),
    ],
)
def test_what_is_wrong_is_named_by_line_field_and_rule(
    town: Town, old: str, new: str, line: int, field: str, rule: str
) -> None:
    assert old in TEXT
    found = refused(town, TEXT.replace(old, new, 1))
    assert any(
        each[0] == line and each[1].startswith(field) and each[2] == rule for each in found
    ), found
    with town.database.read(town.operator) as tx:
        assert {each.program.key for each in lists.versions(tx)} == {GIFT.key}


def test_a_change_is_of_one_program(town: Town) -> None:
    assert refused(town, "") == [(1, "", Rule.ONE_VERSION)]
    assert refused(town, TEXT + TEXT.replace("street-", "other-"))[0][2] == Rule.ONE_VERSION
    assert refused(town, "#" * 20_000) == [(0, "", "wrong_value")]


def test_exchanges_with_other_programs_are_checked_together(town: Town) -> None:
    """Two exchanges that together make units of nothing: the second one's is named."""
    to_points = TEXT.replace("street-points", "walk-points").replace("地蔵ポイント", "歩数")
    to_points = to_points.replace("Jizo points", "Steps")
    exchange = (
        '\n[[program.exchange]]\nkey = "x"\nname_ja = "交換"\nname_en = "Exchange"\n'
        'take = 2\nto = "street-points"\ngive = 1\n'
    )
    wrong = refused(town, to_points + exchange)
    assert [each[1:] for each in wrong] == [("program[0].exchange[0].to", Rule.KNOWN_PROGRAM)]
    approve(town, propose(town))
    approve(town, propose(town, to_points + exchange))
    back = exchange.replace("street-points", "walk-points").replace("give = 1", "give = 5")
    faults = refused(town, TEXT + back)
    assert [rule for _, _, rule in faults] == [Rule.NOTHING_FROM_NOTHING]


@pytest.mark.parametrize(
    "by, expected",
    [("officer", MayNotAskOrApprove), ("treasurer", MayNotAskOrApprove)],
)
def test_who_may_not_approve_changes_nothing(
    town: Town, by: str, expected: type[DomainError]
) -> None:
    id_ = propose(town)
    with pytest.raises(expected):
        approve(town, id_, by)
    with pytest.raises(MayNotAskOrApprove):
        propose(town, by="approver")
    with town.database.read(town.operator) as tx:
        assert {each.program.key for each in lists.versions(tx)} == {GIFT.key}


def test_nobody_approves_their_own_after_a_change_of_role(town: Town) -> None:
    id_ = propose(town)
    officer = town.staff["officer"]
    town.staff["promoted"] = Staff(officer.id, officer.name, StaffRole.APPROVER)
    with pytest.raises(AskedByYourself):
        approve(town, id_, "promoted")


def test_what_no_longer_fits_is_refused_at_the_approval_and_stays_undecided(town: Town) -> None:
    """Its day has come meanwhile; a version proposed twice is written once."""
    first, second = propose(town), propose(town)
    approve(town, first)
    approve(town, second)
    late = propose(town, TEXT.replace("2026-10-05", "2026-10-03"))
    town.clock.advance(timedelta(days=2))
    with pytest.raises(ChangeRefused):
        approve(town, late)
    with town.database.read(town.operator) as tx:
        (waiting,) = program_changes.waiting(tx, town.clock)
        assert waiting.request.decided_at is None
    with town.database.write(town.operator) as tx:
        people.two_person.decline(tx, town.clock, late, by=town.staff["approver"])
    later = propose(town, next_text(town))
    town.clock.advance(timedelta(days=4))
    with pytest.raises(RequestExpired):
        approve(town, later)
