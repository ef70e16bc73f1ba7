"""What residents are asked to consent to: put in place, replaced, ended."""

import dataclasses
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
