"""Residents of the little town who have signed in, in any browser, for the tests of my page."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from playwright.sync_api import Page as BrowserPage

from ichimai import audit, identity, merchants, people, registry
from ichimai.cards import Kind
from ichimai.cards.barcodes import CardScheme
from ichimai.identity import Place
from ichimai.identity.model import LinkId, Service, ServiceCode
from ichimai.kernel import ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger import OperationId
from ichimai.people.records.claims import ClaimKind, NewClaim, Source
from ichimai.people.records.consents import DataCategory, How, LegalBasis, Terms
from ichimai.people.records.delegates import DelegateKind, NewDelegation, Scope
from ichimai.people.records.personal import Details, PersonalKey
from ichimai.programs.model import PaymentRequest
from ichimai.registry import SubjectId
from ichimai.registry.model import CredentialStatus, IssuedCard
from ichimai.storage import REGISTRY
from tests.acceptance.little_town import PIN, SECTOR, LittleTown, services_of
from tests.acceptance.pages import PageClient, filled

NewBrowser = Callable[[], PageClient]


def come_in(client: PageClient, card: IssuedCard, pin: str = PIN) -> PageClient:
    """Sign in; the first time, choose the PIN."""
    form = {"card": card.code, "pin": pin}
    page = client.get("/me/sign-in")
    token = filled(page.form_to("/me/sign-in"), form)
    client.http.post("/me/sign-in", data=token)
    if client.http.get("/me").status_code != 200:
        page = client.submit(client.get("/me/sign-in"), "/me/sign-in", {"card": card.code})
        page = client.submit(page, "/me/pin", {"pin": pin, "pin_again": pin})
    assert client.get("/me").path == "/me"
    return client


def choose_pin(page: BrowserPage, code: str) -> None:
    """The first use of a card in a real browser."""
    page.goto("/me/sign-in?lang=ja")
    page.fill("#card", code)
    page.click("form[action='/me/sign-in'] button")
    page.fill("#pin_again", PIN)  # only the next page has this one
    page.fill("#pin", PIN)
    page.click("main button[type=submit]")
    page.wait_for_url("**/me")


def subject_of(town: LittleTown, card: IssuedCard) -> SubjectId:
    """Who somebody is to the town."""
    with town.database.read(REGISTRY) as tx:
        (found,) = registry.resolve(tx, town.key, SECTOR, [card.code])
    assert found is not None
    assert found.subject is not None
    return found.subject


def second_card(town: LittleTown, card: IssuedCard) -> IssuedCard:
    """One more printed card of the same person."""
    with town.database.write(REGISTRY) as tx:
        return registry.cards.issue_card(tx, town.key, town.clock, card.holder)


LIBRARY = Service(
    code=ServiceCode("library"),
    name_ja="区立図書館",
    name_en="City library",
    scheme=CardScheme("toshima-library", length=8),
)
TERMS = Terms(
    service="health-points",
    controller="豊島区 健康推進課",
    purpose="健康ポイントの案内を送る",
    categories=frozenset({DataCategory.NAME, DataCategory.PHONE}),
    recipient="としま健康財団",
    legal_basis=LegalBasis.PUBLIC_BODY,
    text="健康ポイントの案内を送るため、氏名と電話番号を財団に渡します。",
    text_version="1",
)
CLERK = UUID(int=0xC1E2)


@dataclass(frozen=True)
class Known:
    """Everything that there can be of a person, by its id."""

    subject: SubjectId
    link: UUID
    consent: UUID
    offer: UUID
    delegation: UUID


def look(purpose: audit.Purpose = audit.Purpose.APPLICATION, note: str = "") -> audit.Look:
    """A clerk who has a reason."""
    return audit.Look(CLERK, "clerk", purpose, note)


def make_known(town: LittleTown, card: IssuedCard, number: str = "12340017") -> Known:
    """Somebody about whom everything is entered that can be."""
    subject, helper = subject_of(town, card), subject_of(town, town.resident())
    key, clock, records = personal_key(town), town.clock, people.records
    today = day_in_tokyo(clock.now())
    new = NewDelegation(
        principal=subject,
        delegate=helper,
        credential=ids.uuid7(clock),
        kind=DelegateKind.FAMILY,
        scopes=frozenset({Scope.PAY, Scope.COLLECT}),
        per_day_yen=3_000,
        in_all_yen=20_000,
        from_on=today,
        until_on=date(2026, 12, 31),
    )
    with town.database.write(town.operator) as tx:
        details = Details("豊島 花子", "トシマ ハナコ", "0300000000")
        records.personal.write(tx, key, clock, look(), subject, details=details)
        claim = NewClaim(ClaimKind.BIRTH_DATE, "1938-03-05", Source.DOCUMENT, "旅券", today, None)
        records.claims.add(tx, key, clock, look(), subject, claim=claim)
        offer = records.offers.publish(tx, clock, TERMS, CLERK)
        consent = records.consents.give(tx, clock, look(), subject, terms=TERMS, how=How.COUNTER)
        delegation = records.delegates.add(tx, key, clock, look(), new)
        operation = ids.uuid7(clock)
        records.delegates.use(
            tx, key, clock, new.credential, Scope.PAY, operation=operation, yen=1_200
        )
        people.predicates.ask(tx, key, clock, subject, ["age>=65", "resident"], service="library")
    return Known(subject, linked(town, card, number), consent, offer, delegation)


def linked(town: LittleTown, card: IssuedCard, number: str) -> LinkId:
    """The library knows somebody, who showed the card twice."""
    services = services_of(town)
    place = Place(ids.uuid7(town.clock), is_counter=True)
    with town.database.write(town.operator) as tx:
        identity.links.add_service(tx, town.clock, LIBRARY)
    reception = services.reception
    first = reception.code(place, card.code)
    with town.database.write(town.operator) as tx:
        asked = identity.links.ask(
            tx,
            town.clock,
            services.identity_key,
            identity.taps.current(tx, town.clock, place, first.token),
            service=LIBRARY.code,
            number=number,
            staff=CLERK,
        )
    second = reception.code(place, card.code)
    with town.database.write(town.operator) as tx:
        tap = identity.taps.current(tx, town.clock, place, second.token)
        identity.links.confirm(tx, town.clock, asked.link.id, tap, staff=CLERK)
    return asked.link.id


def personal_key(town: LittleTown) -> PersonalKey:
    """What seals people's own keys in the town."""
    return services_of(town).personal_key


def phones_of(town: LittleTown, card: IssuedCard) -> dict[Kind, int]:
    """How many phones of somebody work."""
    with town.database.read(REGISTRY) as tx:
        found = registry.credentials.of_holder(tx, town.clock, card.holder)
    working = [each.kind for each in found if each.status is CredentialStatus.ACTIVE]
    return dict(Counter(kind for kind in working if kind is Kind.PHONE))


def charge(town: LittleTown, credential: str, units: int) -> object:
    """What the greengrocer's till is answered."""
    till = town.greengrocer.id
    if till not in town.tills:
        with town.database.write(town.operator) as tx:
            (town.tills[till],) = merchants.tills.enrol_directly(tx, town.clock, [till])
    request = PaymentRequest(
        id=OperationId(ids.uuid7(town.clock)),
        token=town.tills[till].token,
        credential=credential,
        units=units,
        is_repeat_confirmed=True,
    )
    return town.desk.serve([request])[0]


def references_of(town: LittleTown, card: IssuedCard) -> list[UUID]:
    """By what the town knows somebody's cards."""
    with town.database.read(REGISTRY) as tx:
        found = registry.credentials.of_subject(
            tx, town.key, town.clock, SECTOR, subject_of(town, card)
        )
    return list(found)
