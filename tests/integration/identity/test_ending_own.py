"""A person ends a link of their own, and nobody else's."""

import pytest

from ichimai import identity
from ichimai.identity.errors import UnknownLink
from ichimai.identity.model import Cause, LinkState
from ichimai.kernel import ids
from tests.integration.identity.conftest import NUMBERS, Hall


def test_only_the_person_of_a_link_ends_it_and_once(hall: Hall) -> None:
    here, hanako, taro = hall.place(), hall.printed(), hall.printed()
    asked = hall.ask(here, hall.tap(here, hanako).token, NUMBERS[0])
    tap = hall.tap(here, hanako)
    hall.confirm(here, tap.token, asked)
    other = hall.tap(hall.place(), taro).tap.subject
    own, session = tap.tap.subject, ids.uuid7(hall.clock)
    assert own
    assert other
    with hall.database.write(hall.operator) as tx, pytest.raises(UnknownLink):
        identity.links.end_own(tx, hall.clock, asked, other, session)
    assert hall.states(hanako) == [LinkState.ACTIVE]
    for _ in range(2):
        with hall.database.write(hall.operator) as tx:
            ended = identity.links.end_own(tx, hall.clock, asked, own, session)
        assert ended.state is LinkState.ENDED
    with hall.database.read(hall.operator) as tx:
        events = identity.links.history(tx, asked)
    assert [event.cause for event in events][2:] == [Cause.ENDED_BY_PERSON]
    assert (events[-1].place, events[-1].staff) == (session, None)
