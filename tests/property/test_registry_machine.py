"""The registry on a real PostgreSQL against the plain model: cards and people in any order.

Hypothesis binds, renews and stops cards, finds that holders are one person and takes that back,
lets days pass and changes the key in between; after each step every card is tapped everywhere.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ichimai import registry
from ichimai.cards import Kind, Shown
from ichimai.kernel import ids
from ichimai.kernel.clock import ManualClock
from ichimai.kernel.errors import DomainError
from ichimai.registry import RegistryKey, SubjectId, keys
from ichimai.registry.model import Added, ChangeId, CredentialId, HolderChange, HolderId
from ichimai.storage import REGISTRY, Database, WriteTx
from tests.conftest import START
from tests.property.registry_model import Model

EXAMPLES: Final = 1_000 if os.environ.get("ICHIMAI_TEST_LONG") else 30
STEPS: Final = 25
SECTORS: Final = ("131164", "131016")
OFFICER: Final = UUID("00000000-0000-4000-8000-00000000000f")
NUMBERS: Final = tuple(
    Shown(kind, str(place).encode())
    for kind in (Kind.MY_NUMBER_CARD, Kind.PHONE_CERTIFICATE, Kind.FELICA)
    for place in range(4)
)
SHOWN: Final = st.sampled_from(NUMBERS)
PLACES: Final = st.integers(0, 30)


def emptied(database: Database) -> None:
    """Take everything out of the registry."""
    with psycopg.connect(database.url) as connection:
        connection.execute(
            "TRUNCATE registry.key_check, registry.holder, registry.holder_change,"
            " registry.holder_group, registry.credential, registry.subject,"
            " registry.holder_of_subject"
        )


class RegistryMachine(RuleBasedStateMachine):
    """Drives both; see the module."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        emptied(self.database)
        self.clock = ManualClock(START)
        self.key = RegistryKey(b"k" * 32)
        self.model = Model(self.clock.now())
        self.changes: list[ChangeId] = []

    @initialize()
    def begin_with_people(self) -> None:
        """Three holders with a certificate each: nobody alone is of interest."""
        for shown in NUMBERS[:3]:
            self.somebody_comes()
            self._add(self.model.holders[-1], shown, None)

    @rule()
    def somebody_comes(self) -> None:
        """A new holder."""
        self.model.holders += self._do(lambda tx: registry.holders.new(tx, self.clock, 1))

    @rule(whose=PLACES, shown=SHOWN, days=st.sampled_from([None, None, 1, 3]))
    def a_card_is_bound(self, whose: int, shown: Shown, days: int | None) -> None:
        """With an end or without."""
        ends_at = None if days is None else self.clock.now() + timedelta(days=days)
        self._add(self._holder(whose), shown, ends_at)

    def _add(self, holder: HolderId, shown: Shown, ends_at: datetime | None) -> None:
        done = self._said(
            lambda tx: registry.credentials.add(
                tx, self.key, self.clock, holder, shown, valid_until=ends_at
            )
        )
        new = done.credential if isinstance(done, Added) else CredentialId(ids.NIL)
        assert _word(done) == self.model.add(holder, shown, new, ends_at)
        self._check_told(done)

    @rule(old=SHOWN, new=SHOWN, whose=PLACES, is_right=st.booleans())
    def a_card_is_renewed(self, old: Shown, new: Shown, whose: int, *, is_right: bool) -> None:
        """For who is there, or for somebody else."""
        card = self.model.state.cards.get(old)
        if card is None:
            return
        proved = card.holder if is_right else self._holder(whose)
        done = self._said(
            lambda tx: registry.credentials.rebind(
                tx, self.key, self.clock, card.id, new, proved=proved
            )
        )
        added = done.credential if isinstance(done, Added) else CredentialId(ids.NIL)
        assert _word(done) == self.model.rebind(card.id, new, added, proved)
        self._check_told(done)

    def _check_told(self, done: object) -> None:
        """Whatever was replaced is told for every sector that knows the person."""
        for stopped in done.replaced if isinstance(done, Added) else ():
            knowing = {s for s in SECTORS if self.model.subject(stopped.holder, s)}
            assert stopped.references.keys() >= knowing

    @rule(shown=SHOWN)
    def a_card_is_stopped(self, shown: Shown) -> None:
        """Whosever it is."""
        done = self._said(
            lambda tx: registry.credentials.stop_shown(tx, self.key, self.clock, shown)
        )
        assert _word(done) == self.model.stop(shown)

    @rule(whose=PLACES, sector=st.sampled_from(SECTORS))
    def somebody_begins_somewhere(self, whose: int, sector: str) -> None:
        """A sector gives a subject to who has none there, and the same one to who has."""
        holder = self._holder(whose)
        (subject,) = self._do(
            lambda tx: registry.holders.subjects(tx, self.clock, sector, [holder])
        )
        known = self.model.subject(holder, sector)
        if known is None:
            assert subject not in self.model.state.subjects.values()
            self.model.state.subjects[self.model.person(holder)[0], sector] = subject
        else:
            assert subject == known

    @rule(one=PLACES, other=PLACES)
    def two_are_found_to_be_one(self, one: int, other: int) -> None:
        """Whether they are or not."""
        kept, merged = self._holder(one), self._holder(other)
        told = self.model.both_know(kept, merged, SECTORS)
        done = self._said(lambda tx: registry.holders.merge(tx, self.clock, kept, merged, OFFICER))
        assert _word(done) == self.model.merge(kept, merged)
        if isinstance(done, HolderChange):
            self.changes.append(done.id)
            assert set(done.told) == told

    @precondition(lambda self: self.changes)
    @rule(place=PLACES)
    def a_finding_is_taken_back(self, place: int) -> None:
        """Any of them, the newest or one below others, or one taken back before."""
        at = place % len(self.changes)
        kept, merged, _ = self.model.state.merges[at]
        done = self._said(
            lambda tx: registry.holders.split(tx, self.clock, self.changes[at], OFFICER)
        )
        assert _word(done) == self.model.split(at)
        if isinstance(done, HolderChange):
            assert set(done.told) == self.model.both_know(kept, merged, SECTORS)

    @rule(hours=st.sampled_from([1, 24, 72]))
    def time_passes(self, hours: int) -> None:
        """To the ends of cards."""
        self.clock.advance(timedelta(hours=hours))
        self.model.now = self.clock.now()

    @precondition(lambda self: self.key.generation < 3)
    @rule(batches=st.sampled_from([1, 2, 100]))
    def the_key_is_changed(self, batches: int) -> None:
        """At once, or interrupted on the way and finished by the next change."""
        for _ in keys.rotate(self.database, self.key) if self._is_half_done() else ():
            pass
        self.key = RegistryKey(self.key.secret, (*self.key.added, os.urandom(32)))
        for done, _ in enumerate(keys.rotate(self.database, self.key), start=1):
            if done == batches:
                break

    def _is_half_done(self) -> bool:
        with self.database.read(REGISTRY) as tx:
            return tx.row("SELECT 1 FROM key_check WHERE rewritten_to IS NOT NULL") is not None

    @invariant()
    def every_card_is_what_the_model_says(self) -> None:
        """Its subject and whether it is accepted, in every sector; and references never meet."""
        references = set()
        for sector in SECTORS:
            with self.database.read(REGISTRY) as tx:
                found = registry.resolve_shown(tx, self.key, self.clock, sector, NUMBERS)
            told = [None if card is None else (card.subject, card.is_stopped) for card in found]
            assert told == [self.model.tap(shown, sector) for shown in NUMBERS]
            references |= {card.reference for card in found if card is not None}
        assert len(references) == len(SECTORS) * len(self.model.state.cards)

    @invariant()
    def old_subjects_lead_to_new_ones(self) -> None:
        """A service that kept a subject finds who that is now."""
        for sector in SECTORS:
            given = {
                subject: self.model.subject(holder, sector)
                for (holder, where), subject in self.model.state.subjects.items()
                if where == sector
            }
            with self.database.read(REGISTRY) as tx:
                assert registry.holders.follow(tx, sector, given) == given

    def _holder(self, place: int) -> HolderId:
        return self.model.holders[place % len(self.model.holders)]

    def _do(self, work: Callable[[WriteTx], Any]) -> Any:  # noqa: ANN401 - whatever the work gives
        with self.database.write(REGISTRY) as tx:
            return work(tx)

    def _said(self, work: Callable[[WriteTx], object]) -> object:
        try:
            return self._do(work)
        except DomainError as refusal:
            return refusal


def _word(done: object) -> str:
    return done.code if isinstance(done, DomainError) else "ok"


def test_the_registry_does_what_the_model_says(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over all histories of cards and people that hypothesis thinks of."""
    monkeypatch.setattr(keys, "BATCH", 3)

    class OnThisDatabase(RegistryMachine):
        pass

    OnThisDatabase.database = database
    _warm(database)
    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def _warm(database: Database) -> None:
    """Have connections: hypothesis minds that a pool rolls dice for a new one."""
    with database.write(REGISTRY) as tx, database.read(REGISTRY), database.rekey():
        keys.confirm(tx, RegistryKey(b"k" * 32))


HISTORIES: Final = st.lists(
    st.tuples(
        st.sampled_from(["apply", "apply", "renew", "stop", "add", "expire", "found_again"]),
        st.integers(0, 7),
    ),
    min_size=4,
    max_size=25,
)
"""What happens to a person's cards; the number says to which of them."""


def test_one_gift_a_person_over_any_history_of_cards(database: Database) -> None:
    """Issued, stopped, expired, renewed, applied with again: never a second gift (faults.md I3)."""
    _warm(database)
    key, clock = RegistryKey(b"k" * 32), ManualClock(START)

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(history=HISTORIES)
    def holds(history: list[tuple[str, int]]) -> None:
        emptied(database)
        gifts: list[SubjectId] = []
        with database.write(REGISTRY) as tx:
            (holder,) = registry.holders.new(tx, clock, 1)
            numbers = [Shown(Kind.MY_NUMBER_CARD, b"0")]
            registry.credentials.add(tx, key, clock, holder, numbers[0])
        for step, which in history:
            shown = numbers[which % len(numbers)]
            new = Shown(Kind.MY_NUMBER_CARD, str(len(numbers)).encode())
            with database.write(REGISTRY) as tx:
                card = registry.credentials.of_shown(tx, key, clock, shown)
                assert card is not None
                if step == "renew" and card.replaced_by is None:
                    registry.credentials.rebind(tx, key, clock, card.id, new, proved=holder)
                    numbers.append(new)
                elif step == "add":
                    end = clock.now() + timedelta(days=1)
                    registry.credentials.add(tx, key, clock, holder, new, valid_until=end)
                    numbers.append(new)
                elif step == "stop":
                    registry.credentials.stop_shown(tx, key, clock, shown)
                elif step == "expire":
                    clock.advance(timedelta(days=1))
                elif step == "apply":
                    _apply(tx, key, clock, shown, gifts)
            if step == "found_again":
                _bound_again(database, key, clock, holder, shown)
        assert len(gifts) <= 1

    holds()


def _apply(
    tx: WriteTx, key: RegistryKey, clock: ManualClock, shown: Shown, gifts: list[SubjectId]
) -> None:
    """Ask for the gift with a card: one that is accepted gets it, once a subject."""
    (found,) = registry.resolve_shown(tx, key, clock, SECTORS[0], [shown])
    known = registry.credentials.of_shown(tx, key, clock, shown)
    if found is None or known is None or found.is_stopped:
        return
    (subject,) = registry.holders.subjects(tx, clock, SECTORS[0], [known.holder])
    if subject not in gifts:
        gifts.append(subject)


def _bound_again(
    database: Database, key: RegistryKey, clock: ManualClock, holder: HolderId, shown: Shown
) -> None:
    """The old card is brought to the counter: refused, or what it was."""
    try:
        with database.write(REGISTRY) as tx:
            registry.credentials.add(tx, key, clock, holder, shown)
    except registry.errors.StoppedBefore:
        pass
