"""The ledger on a real PostgreSQL against the plain model: everything, in any order, and again.

Hypothesis makes up batches of what tills, officers and jobs send, with retries of the same and
of something else under the same id, and lets time pass; after each batch every balance and
every lot is compared, and at the end the whole ledger is verified.
"""

import os
import re
from datetime import timedelta
from typing import Any, Final, LiteralString

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from ichimai import ledger, storage
from ichimai.kernel import Asset
from ichimai.kernel.clock import ManualClock, day_in_tokyo, end_of_day
from ichimai.ledger.model import Command, Role, derived_id
from tests.journals.database_books import DatabaseBooks
from tests.journals.journal import NOON, start_of_day_one
from tests.journals.words import GIFT, Terms, command, moment, named, word
from tests.property.ledger_model import Model

EXAMPLES: Final = 2_000 if os.environ.get("ICHIMAI_TEST_LONG") else 50
STEPS: Final = 30
POINTS: Final = Asset("points")
PROGRAMS: Final = (
    Terms(GIFT, rank=0, per_payment=5_000, per_day=8_000, is_capped=True, grace_days=14),
    Terms(POINTS, rank=1, per_payment=3_000, grace_days=3),
)
BUDGET_UNITS: Final = 60_000

UNITS = st.one_of(
    st.sampled_from([1, 99, 100, 500, 1_000, 3_000, 5_000, 5_001, 8_000, 8_001]),
    st.integers(1, 2_000),
    st.sampled_from([0, -1, 10**12, 10**12 + 1]),
)
CARDS = st.sampled_from(["A", "A", "A2", "B"])
TILLS = st.sampled_from(["S1", "S1", "S2", "L1", "P1"])
ASSETS = st.sampled_from([GIFT, GIFT, POINTS])
DATES = st.sampled_from(["10-01", "10-02", "10-03", "10-20", "12-31"])
WAITS = st.sampled_from(
    [
        timedelta(milliseconds=1),
        timedelta(seconds=89, milliseconds=999),
        timedelta(seconds=90),
        timedelta(minutes=30),
        timedelta(hours=5),
        timedelta(days=1),
        timedelta(days=14),
    ]
)


@st.composite
def phrases(draw: st.DrawFn, names: "Names") -> str:
    """Something that somebody asks of the ledger, in the words of its tables."""
    verb = draw(st.sampled_from(VERBS))
    if verb in {"retry", "vary"} and names.said:
        said = draw(st.sampled_from(names.said[-12:]))
        return said if verb == "retry" else draw(_varied(said))
    if verb == "repeat" and names.said:
        kind, _, *rest = draw(st.sampled_from(names.said[-6:])).split()
        return " ".join([kind, names.new(kind[0]), *rest])
    name, units = names.new(verb[0]), draw(UNITS)
    by_at = f"by {draw(CARDS)} at {draw(TILLS)}"
    of = f"of {draw(st.sampled_from(names.known))}"
    match verb:
        case "pay":
            said = draw(st.sampled_from(["", "", "", "confirmed", "refused not_accepted_here"]))
            return f"pay {name} {units} {by_at} {said}"
        case "hold":
            return f"hold {name} {units} {by_at} until {draw(HOLD_ENDS)}"
        case "post" | "refund":
            return f"{verb} {name} {units} {of} at {draw(TILLS)}"
        case "post all":
            return f"post {name} {of}"
        case "void" | "timeout":
            return f"{verb} {name} {of}"
        case "grant":
            part = draw(st.sampled_from(["", "capped 0", "capped 700", "capped 99999"]))
            asset = draw(ASSETS)
            until = draw(DATES)
            return f"grant {name} {units} to {draw(CARDS)} in {asset} until {until} {part}"
        case _:
            return draw(_of_the_operator(verb, name, units, names))


@st.composite
def _of_the_operator(draw: st.DrawFn, verb: str, name: str, units: int, names: "Names") -> str:
    """What jobs, officers and treasurers ask."""
    match verb:
        case "expire":
            return f"expire {name} limit {draw(st.sampled_from([1, 2, 5000]))}"
        case "restore":
            ends = [each.split()[1] for each in names.said if each.startswith("expire")]
            of = draw(st.sampled_from(ends[-4:] or names.known))
            return f"restore {name} of {of} in {draw(ASSETS)} until {draw(DATES)}"
        case "payout":
            return f"payout {name} {units} at {draw(TILLS)} in {draw(ASSETS)}"
        case "stop":
            return f"stop {name} by {draw(CARDS)}"
        case _:
            return f"close {name} in {draw(ASSETS)}"


HOLD_ENDS = st.sampled_from(["+1ms", "+90s", "+30m", "+1d"])
VERBS: Final = (
    *("pay", "pay", "pay", "pay", "grant", "grant", "hold", "refund", "refund"),
    *("post", "post all", "void", "timeout", "expire", "expire", "restore", "restore"),
    *("close", "payout"),
    *("retry", "retry", "vary", "vary", "vary", "repeat", "stop"),
)


@st.composite
def _varied(draw: st.DrawFn, said: str) -> str:
    """The same id with another body, or another verb."""
    how = draw(st.sampled_from(["units", "by", "at", "verb", "of"]))
    if how == "verb":
        verb = draw(st.sampled_from(["pay", "refund", "void", "expire", "close", "stop"]))
        return " ".join([verb, *said.split()[1:]])
    if how == "units":
        return re.sub(r" (\d+)\b(?![:-])", lambda found: f" {int(found[1]) + 1}", said, count=1)
    other = {"by": "B", "at": "S2", "of": "p1"}[how]
    return re.sub(rf"\b{how} \S+", f"{how} {other}", said)


class Names:
    """What was said so far, and names for what comes."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.known = ["nothing@10-01"]

    def new(self, letter: str) -> str:
        """A name that no operation has; its id carries a time that grows."""
        number = len(self.known)
        hour, minute, second = number // 3600, number // 60 % 60, number % 60
        name = f"{letter}{number}@10-01.{hour}.{minute}.{second}"
        if letter == "p" and number % 5 == 0:
            name = f"{letter}{number}"  # its id carries none
        self.known.append(name)
        return name


class LedgerMachine(RuleBasedStateMachine):
    """Drives both; see the module."""

    database: storage.Database
    operator: storage.Schema
    programs = PROGRAMS

    def new_model(self) -> Model:
        """What the ledger is compared with."""
        return Model(self.clock.now(), budget={named("funder", "city"): BUDGET_UNITS})

    def __init__(self) -> None:
        super().__init__()
        DatabaseBooks(self.database, self.operator).empty()
        self.clock = ManualClock(moment(NOON, start_of_day_one()))
        city = named("funder", "city")
        self.model = self.new_model()
        self.names = Names()
        with self.database.write(self.operator) as tx:
            for terms in self.programs:
                bound = {"minimum": -BUDGET_UNITS}
                ledger.issuing.set_bound(tx, self.clock, city, Role.ISSUED, terms.asset, **bound)

    @initialize()
    def begin_with_grants(self) -> None:
        """Wallets that are all empty would make most of what follows a refusal."""
        self._post([f"grant {self.names.new('g')} 2500 to {card} until 10-20" for card in "AB"])

    @rule(data=st.data())
    def batch(self, data: st.DataObject) -> None:
        """Several requests at once, as group commit hands them over."""
        said = [
            data.draw(phrases(self.names), label="asks")
            for _ in range(data.draw(st.integers(1, 5), label="how many"))
        ]
        self._post(said)

    @rule(by=WAITS)
    def time_passes(self, by: timedelta) -> None:
        """To the seconds that matter, and to days."""
        self._wait(by)

    @rule(before=st.sampled_from([timedelta(0), timedelta(milliseconds=1)]))
    def the_day_ends(self, before: timedelta) -> None:
        """To midnight in Tokyo or a millisecond before."""
        midnight = end_of_day(day_in_tokyo(self.clock.now()))
        self._wait(max(timedelta(0), midnight - before - self.clock.now()))

    @rule(asset=ASSETS, until=DATES)
    def what_ended_is_given_back(self, asset: Asset, until: str) -> None:
        """The first lot ends, is moved, and comes back: once, also when it is asked for twice."""
        ends = [lot.ends_at for lot in self.model.lots if lot.left]
        self._wait(max(timedelta(0), min(ends, default=self.clock.now()) - self.clock.now()))
        expiry = self.names.new("e")
        self._post([f"expire {expiry} limit 5000"])
        for _ in range(2):
            self._post([f"restore {self.names.new('r')} of {expiry} in {asset} until {until}"])

    def _wait(self, by: timedelta) -> None:
        self.clock.advance(by)
        self.model.now = self.clock.now()

    def _post(self, said: list[str]) -> None:
        commands = [self._command(text) for text in said]
        with self.database.write(self.operator) as tx:
            answers = ledger.post(tx, self.clock, commands)
        expected = [self.model.answer(command) for command in commands]
        found = [word(answer) for answer in answers]
        assert dict(zip(said, found, strict=True)) == dict(zip(said, expected, strict=True))
        assert found == expected
        self.names.said += said

    def _command(self, text: str) -> Command:
        is_points_only = " at P1" in text and text.startswith(("pay", "hold"))
        programs = self.programs[1:] if is_points_only else self.programs
        return command(text, programs, self.clock.now())

    @invariant()
    def balances_are_those_of_the_model(self) -> None:
        """Every account, and what of it was spent today."""
        found, spent = {}, {}
        today = day_in_tokyo(self.clock.now())
        for owner, role, asset, balance, spent_on, spent_units in self._rows(
            "SELECT owner, role, asset, balance, spent_on, spent_units FROM account"
        ):
            found[owner, Role(role), asset] = balance
            if spent_on == today and spent_units:
                spent[owner, asset, today] = spent_units
        program = {terms.asset: derived_id(f"program/{terms.asset}") for terms in self.programs}
        expected = {
            (program[asset] if owner == "program" else owner, role, asset): units
            for (owner, role, asset), units in self.model.balances.items()
        }
        assert {key: units for key, units in found.items() if units} == {
            key: units for key, units in expected.items() if units
        }
        assert spent == {
            key: units for key, units in self.model.spent.items() if key[2] == today and units
        }

    @invariant()
    def lots_are_those_of_the_model(self) -> None:
        """What is left of every grant, the part for large shops, and its end."""
        found = self._rows("SELECT id, units, remaining, capped_left, expires_at FROM lot")
        expected = [(lot.id, lot.units, lot.left, lot.part, lot.ends_at) for lot in self.model.lots]
        assert sorted(found) == sorted(expected)

    @invariant()
    def nothing_is_made_or_lost(self) -> None:
        """Sums are zero, wallets are their lots, numbers have no gap."""
        sums = self._rows("SELECT asset, sum(balance) FROM account GROUP BY asset")
        assert all(total == 0 for _, total in sums)
        assert not self._rows(
            "SELECT account.id FROM account LEFT JOIN lot ON lot.account = account.id"
            f" WHERE role = {Role.WALLET.value} GROUP BY account.id"
            " HAVING account.balance <> coalesce(sum(remaining), 0)"
        )
        ((last, count, number),) = self._rows(
            "SELECT coalesce(max(number), 0), count(*), (SELECT number FROM ledger_head)"
            " FROM transfer"
        )
        assert last == count == number

    def teardown(self) -> None:
        """Recomputed from the transfers alone, everything is right."""
        with self.database.snapshot(self.operator) as tx:
            ledger.verification.verify(tx)

    def _rows(self, sql: LiteralString) -> list[tuple[Any, ...]]:
        with self.database.snapshot(self.operator) as tx:
            return tx.rows(sql)


def test_the_ledger_does_what_the_model_says(
    database: storage.Database, operator: storage.Schema
) -> None:
    """Over all operations, retries and times that hypothesis thinks of."""

    class OnThisDatabase(LedgerMachine):
        pass

    OnThisDatabase.database, OnThisDatabase.operator = database, operator
    DatabaseBooks(database, operator).verify()
    DatabaseBooks(database, operator).say("grant g1 1")
    # Connections are there now: hypothesis minds that a pool rolls dice for a new one.
    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
