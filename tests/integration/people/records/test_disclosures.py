"""What people agreed to hand over to an office: a list of those alone, and each reads of it."""

import dataclasses
from uuid import UUID

import pytest

from ichimai.audit import Myself
from ichimai.kernel import text
from ichimai.people.records import consents, disclosures, offers
from ichimai.people.records.consents import DataCategory, How
from ichimai.people.records.offers import Offer
from ichimai.people.records.personal import Details
from ichimai.registry import SubjectId
from ichimai.reporting import tables
from tests.integration.people.records.office import DETAILS, HANAKO, LOOK, MIKA, TARO, TERMS, Office

OFFER = dataclasses.replace(TERMS, until_on=None)
KEN, ERASED = SubjectId(UUID(int=0xB0)), SubjectId(UUID(int=0xB1))


def asked(office: Office, terms: consents.Terms = OFFER) -> Offer:
    with office.write() as tx:
        found = disclosures.offer(tx, offers.put(tx, office.clock, terms, LOOK.staff))
    assert found is not None
    return found


def agree(office: Office, who: SubjectId, offer: Offer) -> consents.ConsentId:
    with office.write() as tx:
        return offers.accept(tx, office.clock, Myself(who), offer.id)


def take_back(office: Office, who: SubjectId, consent: consents.ConsentId) -> None:
    with office.write() as tx:
        consents.withdraw(tx, office.clock, Myself(who), who, consent=consent, how=How.MY_PAGE)


def consenting(office: Office, offer: Offer) -> list[SubjectId]:
    with office.write() as tx:
        return disclosures.consenting(tx, office.clock, offer)


def handed(office: Office, offer: Offer, *who: SubjectId) -> list[dict[DataCategory, object]]:
    with office.write() as tx:
        given = disclosures.hand_over(tx, office.key, office.clock, LOOK, offer=offer, people=who)
    return [dict(each) for each in given]


def test_a_list_is_of_those_who_agree_today_to_the_very_text(office: Office) -> None:
    """Not of who agreed to another text or use, took it back, or was erased."""
    other = asked(office, dataclasses.replace(OFFER, purpose="催しのお知らせ"))
    before = asked(office, dataclasses.replace(OFFER, text="前の文面です。", text_version="0"))
    agree(office, MIKA, before)
    offer = asked(office)
    for who in (HANAKO, TARO, ERASED):
        office.enrol(who)
        given = agree(office, who, offer)
        if who == TARO:
            take_back(office, who, given)
    agree(office, KEN, other)
    office.erase(ERASED)
    assert consenting(office, offer) == [HANAKO]
    assert consenting(office, before) == [MIKA]


def test_it_has_what_was_agreed_to_and_each_reads_that_it_went(office: Office) -> None:
    offer = asked(office)
    office.enrol()
    agree(office, HANAKO, offer)
    looks = office.looks(HANAKO)
    assert handed(office, offer, HANAKO) == [
        {DataCategory.NAME: DETAILS.name, DataCategory.MAIL: DETAILS.mail}
    ]
    assert office.looks(HANAKO) == ["disclosure", *looks]
    with office.write() as tx:
        (mine,) = disclosures.mine(tx, Myself(HANAKO))
        assert disclosures.mine(tx, Myself(TARO)) == []
    assert mine.consent.recipient == OFFER.recipient
    assert mine.categories == OFFER.categories
    assert mine.at == office.clock.now()


def test_who_took_it_back_while_the_list_was_made_is_left_out(office: Office) -> None:
    """As is somebody of whom nothing is known; of neither is written that it went."""
    offer = asked(office)
    for who in (HANAKO, TARO):
        office.enrol(who)
    given = {who: agree(office, who, offer) for who in (HANAKO, TARO, KEN)}
    people = consenting(office, offer)
    assert sorted(people) == sorted(given)
    take_back(office, HANAKO, given[HANAKO])
    assert len(handed(office, offer, *people)) == 1
    for who, count in ((HANAKO, 0), (TARO, 1), (KEN, 0)):
        assert office.looks(who).count("disclosure") == count
        with office.write() as tx:
            assert len(disclosures.mine(tx, Myself(who))) == count


def test_an_offer_that_is_asked_no_longer_still_has_its_consents(office: Office) -> None:
    offer = asked(office)
    office.enrol()
    agree(office, HANAKO, offer)
    with office.write() as tx:
        offers.end(tx, office.clock, offer.id, LOOK.staff)
        assert disclosures.offer(tx, offer.id) == offer
        assert disclosures.offer(tx, offers.OfferId(UUID(int=1))) is None
    assert consenting(office, offer) == [HANAKO]


def test_the_file_has_a_line_a_person_and_no_formula(office: Office) -> None:
    offer = asked(office)
    office.enrol(details=Details("=山田,花子", "ヤマダ ハナコ", "0300001234"))
    agree(office, HANAKO, offer)
    table = tables.PeopleTable(offer.terms.categories, encoding=text.Encoding.UTF_8)
    (row,) = handed(office, offer, HANAKO)
    assert table.head.decode() == "氏名,メールアドレス\r\n"
    assert table.lines([row]).decode() == '"\'=山田,花子",\r\n'
    assert table.lines([]) == b""


def test_a_character_that_cp932_has_not_is_refused() -> None:
    table = tables.PeopleTable([DataCategory.NAME], encoding=text.Encoding.CP932)
    assert table.lines([{DataCategory.NAME: "髙橋"}]).decode("cp932") == "髙橋\r\n"
    with pytest.raises(text.UnmappableText):
        table.lines([{DataCategory.NAME: "𠮷田"}])


def test_memberships_are_told_with_their_service(office: Office) -> None:
    terms = dataclasses.replace(OFFER, categories=frozenset({DataCategory.MEMBERSHIPS}))
    office.full_record()
    offer = asked(office, terms)
    agree(office, HANAKO, offer)
    table = tables.PeopleTable(terms.categories, encoding=text.Encoding.UTF_8)
    assert table.lines(handed(office, offer, HANAKO)).decode() == "sports S-0042-CANARY\r\n"
