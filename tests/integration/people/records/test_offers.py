"""What residents are asked to consent to: put in place, replaced, ended."""

import dataclasses
from datetime import timedelta
from uuid import UUID

from ichimai import audit
from ichimai.kernel.clock import ManualClock
from ichimai.people.records import consents, offers
from ichimai.people.records.consents import DataCategory, LegalBasis, Terms
from ichimai.registry import SubjectId
from ichimai.storage import Database, Schema

OFFICER = UUID(int=0x0FF1)
HANAKO = SubjectId(UUID(int=0x4A))
TERMS = Terms(
    service="library",
    controller="図書館",
    purpose="本が届いたことを知らせる",
    categories=frozenset({DataCategory.MAIL}),
    recipient="図書館",
    legal_basis=LegalBasis.PUBLIC_BODY,
    text="メールアドレスを渡します。",
    text_version="1",
)


def test_the_same_again_changes_nothing_and_another_text_takes_its_place(
    database: Database, operator: Schema, clock: ManualClock
) -> None:
    """Who agreed to the old text did not agree to the new one, and is asked again."""
    newer = dataclasses.replace(TERMS, text="電話番号も渡します。", text_version="2")
    other = dataclasses.replace(TERMS, purpose="催しを知らせる")
    me = audit.Myself(HANAKO)
    with database.write(operator) as tx:
        first = offers.put(tx, clock, TERMS, OFFICER)
        assert offers.put(tx, clock, TERMS, OFFICER) == first
        offers.put(tx, clock, other, OFFICER)
        offers.accept(tx, clock, me, first)
    with database.write(operator) as tx:
        second = offers.put(tx, clock, newer, OFFICER)
        found = offers.current(tx, clock)
        (given,) = consents.read(tx, clock, me, HANAKO)
    assert {offer.terms.text_version: offer.id for offer in found if offer.terms != other} == {
        "2": second
    }
    assert len(found) == 2
    assert given.text_version == "1"
    assert not offers.is_of(given, next(offer for offer in found if offer.id == second))


def test_offers_of_one_millisecond_are_in_the_order_in_which_they_were_made(
    database: Database, operator: Schema, clock: ManualClock
) -> None:
    """As they stand in the town's file; an id made in the same millisecond does not tell."""
    purposes = [f"用件{number}" for number in range(12)]
    with database.write(operator) as tx:
        before = len(offers.current(tx, clock))
        for purpose in purposes:
            clock.advance(timedelta(microseconds=10))
            offers.put(tx, clock, dataclasses.replace(TERMS, purpose=purpose), OFFICER)
        found = offers.current(tx, clock)[before:]
    assert [offer.terms.purpose for offer in found] == purposes
