"""My cards: what each is and since when, and stopping one of them, or all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from ichimai import identity, people, programs, registry
from ichimai.cards import Kind
from ichimai.identity.model import Service
from ichimai.programs import wallets
from ichimai.registry.errors import UnknownCredential, UnknownHolder
from ichimai.registry.model import Credential, CredentialStatus
from ichimai.storage import REGISTRY
from ichimai.web.layout import Pages, mark
from ichimai.web.resident.door import DOOR, AtHome, for_residents

KINDS: Final[Mapping[Kind, str]] = {
    Kind.MY_NUMBER_CARD: mark("My Number Card"),
    Kind.PHONE_CERTIFICATE: mark("My Number Card in a phone"),
    Kind.FELICA: mark("IC card (train, electronic money and so on)"),
    Kind.OLD_CARD: mark("Card from before"),
    Kind.MYKEY_ID: mark("MyKey-ID"),
    Kind.PRINTED_QR: mark("Printed card with a QR code"),
    Kind.PHONE: mark("Phone (QR code that changes)"),
}
"""What each kind of card is called."""

_SHOWN: Final = 4


@dataclass(frozen=True, slots=True)
class Held:
    """A card of mine as I may see it: its number is nowhere kept and cannot be shown.

    ``kind`` is what ``code`` is called. ``ending``: the last characters of the card with which I
    came in. ``service``: whose card from before it is.
    """

    reference: UUID
    code: Kind
    kind: str
    service: Service | None
    status: CredentialStatus
    since: datetime
    until: datetime | None
    stopped_at: datetime | None
    ending: str

    @property
    def works(self) -> bool:
        """Whether it is accepted now."""
        return self.status is CredentialStatus.ACTIVE


def routes(pages: Pages) -> list[Route]:
    """The pages about cards."""
    return [
        pages.page("/me/cards", DOOR, for_residents(_list)),
        pages.page("/me/cards/stop-all", DOOR, for_residents(_ask_all)),
        pages.action("/me/cards/stop-all", DOOR, for_residents(_stop_all)),
        pages.page("/me/cards/{id:uuid}", DOOR, for_residents(_ask)),
        pages.action("/me/cards/{id:uuid}/stop", DOOR, for_residents(_stop)),
    ]


def own_credentials(home: AtHome) -> dict[UUID, Credential]:
    """All that shows who I am, by the references of this town."""
    services = home.visit.services
    with services.database.read(REGISTRY) as tx:
        try:
            return registry.credentials.of_subject(
                tx, services.registry_key, services.clock, services.sector, home.subject
            )
        except UnknownHolder:
            return {}


def held(home: AtHome) -> list[Held]:
    """All my cards: those that work first, the newest first."""
    with home.read() as tx:
        issuers = {each.scheme.name: each for each in identity.links.services(tx)}
    here = _here(home)
    cards = [_held(*each, issuers, here) for each in own_credentials(home).items()]
    newest_first = sorted(cards, key=lambda card: card.since, reverse=True)
    return sorted(newest_first, key=lambda card: not card.works)


def _held(
    reference: UUID,
    credential: Credential,
    issuers: Mapping[str, Service],
    here: Mapping[UUID, str],
) -> Held:
    return Held(
        reference=reference,
        code=credential.kind,
        kind=KINDS[credential.kind],
        service=issuers.get(credential.scheme),
        status=credential.status,
        since=credential.issued_at,
        until=credential.valid_until,
        stopped_at=credential.stopped_at,
        ending=here.get(reference, ""),
    )


def _here(home: AtHome) -> dict[UUID, str]:
    """The card with which I came in, which only this browser can name, by its last characters."""
    code = people.sessions.sealed_text(home.session, home.token)
    services = home.visit.services
    if not code:
        return {}
    with services.database.read(REGISTRY) as tx:
        (card,) = registry.resolve(tx, services.registry_key, services.sector, [code])
    return {card.reference: code[-_SHOWN:]} if card else {}


def _list(home: AtHome) -> Response:
    """All my cards."""
    cards = held(home)
    return home.render(
        "resident/cards.html",
        cards=[card for card in cards if card.works],
        former=[card for card in cards if not card.works],
    )


def _ask(home: AtHome) -> Response:
    """One card, and what happens when it is stopped."""
    card = _card(home, held(home))
    return home.render("resident/stop_card.html", card=card, left=_left(home))


def _stop(home: AtHome) -> Response:
    """Stop one card, at once. Every session ends: whoever had the card may have one."""
    cards = held(home)
    card = _card(home, cards)
    left = _left(home)
    programs.cards.stop_reference(home.visit.services.desk, home.subject, card.reference)
    rest = [each for each in cards if each.works and each is not card]
    return home.render_and_sign_out("resident/stopped.html", stopped=[card], rest=rest, left=left)


def _ask_all(home: AtHome) -> Response:
    """All cards that work, and what happens when they are stopped."""
    cards = [card for card in held(home) if card.works]
    return home.render("resident/stop_all.html", cards=cards, left=_left(home))


def _stop_all(home: AtHome) -> Response:
    """Stop every card at once, as after the loss of a bag."""
    cards = [card for card in held(home) if card.works]
    left = _left(home)
    programs.cards.stop_all(home.visit.services.desk, home.subject)
    return home.render_and_sign_out("resident/stopped.html", stopped=cards, rest=[], left=left)


def _card(home: AtHome, cards: list[Held]) -> Held:
    """The card in the address. Raises UnknownCredential for another's as for none."""
    wanted = home.visit.request.path_params["id"]
    found = next((card for card in cards if card.reference == wanted), None)
    if found is None:
        raise UnknownCredential
    return found


def _left(home: AtHome) -> int:
    with home.read() as tx:
        return wallets.wallet(tx, home.visit.services.clock, home.subject).total_units
