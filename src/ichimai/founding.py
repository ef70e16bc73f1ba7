"""Setting a town up: associations, places, programs, payer and, made up for demos, shops."""

from collections.abc import Iterator, Sequence

from ichimai import identity, merchants, people, programs, registry, settlement
from ichimai.app import Installation
from ichimai.kernel import Clock, ids
from ichimai.merchants import Shop, ShopId, ShopSize
from ichimai.programs.model import Named, OperatorProfile
from ichimai.settlement.model import Payer, PayerId
from ichimai.storage import REGISTRY
from ichimai.towns import Town


def found(installation: Installation, town: Town, shops: Sequence[Shop]) -> None:
    """Write a town into its operator's empty schema, all or nothing.

    Before, the registry learns what the numbers on its old cards look like; again is no error.
    Raises SchemeTaken.
    """
    clock = installation.clock
    with installation.database.write(REGISTRY) as tx:
        for service in town.numbered:
            registry.old_cards.add_scheme(tx, town.operator.code, service.scheme)
    with installation.database.write(installation.operator) as tx:
        profile = OperatorProfile(
            code=town.operator.code,
            name_ja=town.operator.name_ja,
            name_en=town.operator.name_en,
            contact_ja=town.operator.contact_ja,
            contact_en=town.operator.contact_en,
            categories=tuple(Named(c.key, c.name_ja, c.name_en) for c in town.categories),
            sponsors=tuple(Named(s.key, s.name_ja, s.name_en) for s in town.sponsors),
            services=tuple(service.key for service in town.services),
            districts=tuple(district.name for district in town.districts),
        )
        programs.lists.set_profile(tx, profile)
        merchants.directory.add_associations(tx, town.associations)
        if town.places:
            name = f"{town.operator.name_ja}の施設"
            merchants.directory.add_places(tx, name, list(_places(town, clock)))
        merchants.directory.add_shops(tx, shops)
        for terms in town.programs:
            programs.lists.open_program(tx, clock, terms)
        payer = Payer(
            PayerId(ids.uuid7(clock)), town.operator.payer_code, town.operator.payer_account
        )
        for service in town.numbered:
            identity.links.add_service(tx, clock, service)
        identity.terms.set_terms(tx, clock, town.identity_terms)
        for consent in town.consents:
            people.records.offers.put(tx, clock, consent, ids.NIL)
        settlement.set_payer(tx, clock, payer, entered_by=ids.NIL)
        for each in town.accounts:
            known = settlement.clearing.PartyAccount(each.party, each.account, each.code, ids.NIL)
            settlement.clearing.set_account(tx, clock, known)


def _places(town: Town, clock: Clock) -> Iterator[Shop]:
    """The operator's own places; what one takes stays on the operator's account."""
    for place in town.places:
        yield Shop(
            id=ShopId(ids.uuid7(clock)),
            number=place.number,
            association=int(place.number[:2]),
            name=place.name,
            kana=place.kana,
            size=ShopSize.SMALL,
            category=place.category,
            account=town.operator.payer_account,
        )
