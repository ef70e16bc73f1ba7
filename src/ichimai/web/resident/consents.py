"""My consents: what may be handed on and to whom, given and withdrawn; and what services asked."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import identity, merchants, people
from ichimai.identity.model import Service
from ichimai.kernel.clock import day_in_tokyo
from ichimai.people.records.consents import Consent, ConsentId, DataCategory, How
from ichimai.people.records.errors import UnknownConsent
from ichimai.people.records.offers import Offer, OfferId
from ichimai.people.records.predicates import Asked
from ichimai.storage import ReadTx
from ichimai.web.layout import Pages, mark
from ichimai.web.resident.door import DOOR, AtHome, for_residents

CATEGORIES: Final[Mapping[DataCategory, str]] = {
    DataCategory.NAME: mark("name"),
    DataCategory.KANA: mark("reading of the name"),
    DataCategory.BIRTH_DATE: mark("birth date"),
    DataCategory.PHONE: mark("telephone number"),
    DataCategory.MAIL: mark("mail address"),
    DataCategory.RESIDENT_SINCE: mark("since when you live in the town"),
    DataCategory.DISABILITY_GRADE: mark("grade of a disability"),
    DataCategory.MEMBERSHIPS: mark("memberships"),
}
"""What can be handed on."""

QUESTIONS: Final[Mapping[str, str]] = {
    "resident": mark("whether you live in the town"),
    "disability": mark("whether you have a disability certificate"),
    "works_in_town": mark("whether you work in the town"),
    "studies_in_town": mark("whether you study in the town"),
}
"""What a service may ask, besides ages and memberships; it is told yes or no."""

AGE: Final = mark("whether you are %(age)s or older")
YOUNGER: Final = mark("whether you are younger than %(age)s")
MEMBER: Final = mark("whether you are a member of %(service)s")

_LATEST: Final = 20


def routes(pages: Pages) -> list[Route]:
    """The pages about consents."""
    return [
        pages.page("/me/consents", DOOR, for_residents(_list)),
        pages.page("/me/consents/{id:uuid}", DOOR, for_residents(_show)),
        pages.action("/me/consents/{id:uuid}/withdraw", DOOR, for_residents(_withdraw)),
        pages.page("/me/consents/offers/{id:uuid}", DOOR, for_residents(_ask)),
        pages.action("/me/consents/offers/{id:uuid}", DOOR, for_residents(_give)),
    ]


def _list(home: AtHome) -> Response:
    """What I agreed to, what I am asked to agree to, and what services asked about me."""
    today = day_in_tokyo(home.visit.services.clock.now())
    consents = _own(home)
    live = [each for each in consents if each.covers_on(today)]
    with home.read() as tx:
        offers = people.records.offers.current(tx, home.visit.services.clock)
        asked = people.predicates.asked_about(tx, home.me)
        handed = people.records.disclosures.mine(tx, home.me)
        services = _services(tx)
        shops = _shops(tx, asked)
    return home.render(
        "resident/consents.html",
        live=live,
        former=[each for each in consents if not each.covers_on(today)],
        offers=[offer for offer in offers if not _is_given(offer, live)],
        handed=[(each, _categories(each.categories)) for each in reversed(handed[-_LATEST:])],
        asked=[_in_words(home, each, services, shops) for each in reversed(asked[-_LATEST:])],
    )


def _is_given(offer: Offer, live: list[Consent]) -> bool:
    return any(people.records.offers.is_of(consent, offer) for consent in live)


def _show(home: AtHome) -> Response:
    """One consent, with the text."""
    consent = _consent(home)
    today = day_in_tokyo(home.visit.services.clock.now())
    with home.read() as tx:
        text = people.records.offers.text_of(tx, consent)
        handed = people.records.disclosures.mine(tx, home.me)
    return home.render(
        "resident/consent.html",
        consent=consent,
        is_live=consent.covers_on(today),
        text=text,
        categories=_categories(consent.categories),
        handed=[
            (each, _categories(each.categories))
            for each in reversed(handed)
            if each.consent.id == consent.id
        ],
    )


def _withdraw(home: AtHome) -> Response:
    """Take a consent back."""
    services = home.visit.services
    with home.write() as tx:
        people.records.consents.withdraw(
            tx,
            services.clock,
            home.me,
            home.subject,
            consent=ConsentId(home.visit.request.path_params["id"]),
            how=How.MY_PAGE,
        )
    return home.visit.go("/me/consents")


def _ask(home: AtHome) -> Response:
    """What I am asked to agree to, with the whole text."""
    wanted = home.visit.request.path_params["id"]
    with home.read() as tx:
        offers = people.records.offers.current(tx, home.visit.services.clock)
    offer = next((each for each in offers if each.id == wanted), None)
    if offer is None:
        raise UnknownConsent
    return home.render(
        "resident/offer.html", offer=offer, categories=_categories(offer.terms.categories)
    )


def _give(home: AtHome) -> Response:
    """Agree to it."""
    offer = OfferId(home.visit.request.path_params["id"])
    with home.write() as tx:
        people.records.offers.accept(tx, home.visit.services.clock, home.me, offer)
    return home.visit.go("/me/consents")


def _own(home: AtHome) -> list[Consent]:
    """All my consents, the newest first."""
    with home.write() as tx:
        found = people.records.consents.read(tx, home.visit.services.clock, home.me, home.subject)
    return found[::-1]


def _consent(home: AtHome) -> Consent:
    """The consent in the address. Raises UnknownConsent for another's as for none."""
    wanted = home.visit.request.path_params["id"]
    found = next((each for each in _own(home) if each.id == wanted), None)
    if found is None:
        raise UnknownConsent
    return found


def _categories(categories: frozenset[DataCategory]) -> list[str]:
    return [words for category, words in CATEGORIES.items() if category in categories]


def _services(tx: ReadTx) -> dict[str, Service]:
    return {each.code: each for each in identity.links.services(tx)}


def _shops(tx: ReadTx, asked: Sequence[Asked]) -> dict[UUID, str]:
    """The names of those shops that asked."""
    found = {people.predicates.shop_in(each.service) for each in asked}
    return merchants.directory.shop_names(tx, [shop for shop in found if shop])


def _in_words(
    home: AtHome, asked: Asked, services: Mapping[str, Service], shops: Mapping[UUID, str]
) -> tuple[Asked, str, list[str]]:
    """What was asked, by whom, and each question in words."""
    questions = [_question(home, ask, services) for ask in asked.asks]
    shop = people.predicates.shop_in(asked.service)
    who = shops.get(shop, "") if shop else ""
    return asked, who or _called(home, asked.service, services), questions


def _question(home: AtHome, ask: str, services: Mapping[str, Service]) -> str:
    say = home.visit.say
    if ask in QUESTIONS:
        return say(QUESTIONS[ask])
    for head, words in (("age>=", AGE), ("age<", YOUNGER)):
        if ask.startswith(head):
            return say(words) % {"age": ask.removeprefix(head)}
    return say(MEMBER) % {"service": _called(home, ask.partition(":")[2], services)}


def _called(home: AtHome, service: str, services: Mapping[str, Service]) -> str:
    """A service's name, or its key where it has none here; the town where none asked."""
    town = home.visit.services.town
    is_japanese = home.visit.paper_language == "ja"
    if not service:
        return town.name_ja if is_japanese else town.name_en
    known = services.get(service)
    if known is None:
        return service
    return known.name_ja if is_japanese else known.name_en
