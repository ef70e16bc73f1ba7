"""What residents agreed to hand over: to the counter that asks for a service, and no more."""

import dataclasses
from datetime import timedelta
from typing import Any

import httpx

from ichimai import audit, people
from ichimai.people.model import OrganisationKind, StaffRole
from ichimai.people.records import consents, disclosures, personal
from ichimai.people.records.consents import DataCategory, How, LegalBasis, Terms
from ichimai.people.records.personal import Details
from tests.acceptance.callers import code_of
from tests.acceptance.conftest import As
from tests.passwords import cheap_hash
from tests.town import PASSWORD, Town

TILL, CLERK = "greengrocer", "officer"

AGREED = Terms(
    service="health-points",
    controller="豊島区 健康推進課",
    purpose="健康ポイントの景品を送る",
    categories=frozenset({DataCategory.NAME, DataCategory.PHONE}),
    recipient="健康ポイント事務局",
    legal_basis=LegalBasis.PUBLIC_BODY,
    text="氏名と電話番号を渡します。",
    text_version="1",
)


def _token(as_: As, who: str, town: Town) -> str:
    answer = as_(who).post("/taps", json={"credential": town.cards["hanako"]})
    return str(answer.json()["tap"])


def _agree(town: Town, terms: Terms = AGREED) -> consents.ConsentId:
    """Hanako is known here, and agrees."""
    me = town.subjects["hanako"]
    with town.database.write(town.operator) as tx:
        details = Details("豊島 花子", "トシマ ハナコ", "0312345678", "hanako@example.jp")
        by = audit.Myself(me)
        personal.write(tx, town.personal_key, town.clock, by, me, details=details)
        return consents.give(tx, town.clock, by, me, terms=terms, how=How.MY_PAGE)


def _take_back(town: Town, consent: consents.ConsentId) -> None:
    me = town.subjects["hanako"]
    with town.database.write(town.operator) as tx:
        by = audit.Myself(me)
        consents.withdraw(tx, town.clock, by, me, consent=consent, how=How.MY_PAGE)


def _disclosed(as_: As, town: Town, service: str = "health-points", **more: Any) -> httpx.Response:  # noqa: ANN401 - fields of the body
    body = {"tap": _token(as_, CLERK, town), "service": service, **more}
    return as_(CLERK).post("/disclosures", json=body)


def test_what_was_agreed_to_goes_to_its_service_and_no_more(as_: As, api_town: Town) -> None:
    """With for whom and for what alone it is; each time is in the log and on my page."""
    _agree(api_town)
    everything = _disclosed(as_, api_town)
    assert everything.json() == {
        "purpose": AGREED.purpose,
        "recipient": AGREED.recipient,
        "data": {"name": "豊島 花子", "phone": "0312345678"},
    }
    api_town.clock.advance(timedelta(seconds=1))
    part = _disclosed(as_, api_town, categories=["name"], purpose=AGREED.purpose)
    assert part.json()["data"] == {"name": "豊島 花子"}
    me = audit.Myself(api_town.subjects["hanako"])
    with api_town.database.read(api_town.operator) as tx:
        mine = disclosures.mine(tx, me)
        looks = audit.of_subject(tx, me)
    assert [each.categories for each in mine] == [AGREED.categories, {DataCategory.NAME}]
    assert {each.consent.recipient for each in mine} == {AGREED.recipient}
    assert [each.what for each in looks] == ["disclosure", "disclosure"]
    assert all(each.tap.int and each.staff == api_town.staff[CLERK].id for each in looks)


def test_without_a_consent_that_holds_nothing_goes_and_all_is_told_alike(
    as_: As, api_town: Town
) -> None:
    """None, another service's, more than was agreed to, for something else, taken back, over."""
    before = _disclosed(as_, api_town)
    today = api_town.clock.now().date()
    over = dataclasses.replace(AGREED, service="library", until_on=today)
    consent = _agree(api_town)
    _agree(api_town, over)
    api_town.clock.advance(timedelta(days=1))
    api_town.sign_in(CLERK)
    answers = [
        before,
        _disclosed(as_, api_town, "seal-registration"),
        _disclosed(as_, api_town, "no-such-service"),
        _disclosed(as_, api_town, "library"),
        _disclosed(as_, api_town, purpose="ほかの目的"),
    ]
    more = _disclosed(as_, api_town, categories=["name", "mail"])
    _take_back(api_town, consent)
    answers.append(_disclosed(as_, api_town))
    assert {(each.status_code, each.text) for each in answers} == {(403, before.text)}
    assert code_of(before) == code_of(more) == "consent_missing"
    me = audit.Myself(api_town.subjects["hanako"])
    with api_town.database.read(api_town.operator) as tx:
        assert disclosures.mine(tx, me) == []


def test_only_the_operators_counter_is_given_what_was_agreed_to(as_: As, api_town: Town) -> None:
    """Not a till, nor a clerk of another body, nor anybody after the card was lifted."""
    _agree(api_town)
    at_till = {"tap": _token(as_, TILL, api_town), "service": "health-points"}
    assert code_of(as_(TILL).post("/disclosures", json=at_till)) == "staff_sign_in_needed"
    with api_town.database.write(api_town.operator) as tx:
        library = people.staff.add_organisation(
            tx, api_town.clock, kind=OrganisationKind.LIBRARY, name="図書館"
        )
        api_town.staff["librarian"] = people.staff.add(
            tx,
            api_town.clock,
            name="librarian",
            role=StaffRole.CLERK,
            password=cheap_hash(PASSWORD),
            organisation=library,
        )
        session = people.sessions.start_staff(tx, api_town.clock, api_town.staff["librarian"].id)
        api_town.tokens["librarian"] = session.token
    at_library = as_("librarian").post("/taps", json={"credential": api_town.cards["hanako"]})
    assert code_of(at_library) == "role_may_not"
    body = {"tap": _token(as_, CLERK, api_town), "service": "health-points"}
    as_(CLERK).send("DELETE", "/taps/current")
    assert code_of(as_(CLERK).post("/disclosures", json=body)) == "tap_over"
    assert code_of(_disclosed(as_, api_town, categories=["address"])) == "invalid_body"
    assert code_of(_disclosed(as_, api_town, categories=[])) == "invalid_body"
