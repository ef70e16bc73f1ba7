"""Setting a town up: its associations, programs, payer and, made up for demos, its shops."""

from collections.abc import Sequence

from ichimai import identity, merchants, people, programs, registry, settlement
from ichimai.app import Installation
from ichimai.kernel import ids
from ichimai.kernel.ages import AgeRule
from ichimai.merchants import Shop
from ichimai.programs import Program
from ichimai.programs.model import Acceptance, OperatorProfile, Reason
from ichimai.settlement.model import Payer, PayerId
from ichimai.storage import REGISTRY
from ichimai.towns import GiftReason, ProgramTerms, Town


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
        )
        programs.lists.set_profile(tx, profile)
        merchants.directory.add_associations(tx, town.associations)
        merchants.directory.add_shops(tx, shops)
        for terms in town.programs:
            programs.lists.open_program(tx, clock, program_of(terms))
        payer = Payer(
            PayerId(ids.uuid7(clock)), town.operator.payer_code, town.operator.payer_account
        )
        for service in town.numbered:
            identity.links.add_service(tx, clock, service)
        identity.terms.set_terms(tx, clock, town.identity_terms)
        for consent in town.consents:
            people.records.offers.put(tx, clock, consent, ids.NIL)
        settlement.set_payer(tx, clock, payer, entered_by=ids.NIL)


def program_of(terms: ProgramTerms) -> Program:
    """A town's terms as the programs package knows them."""
    return Program(
        key=terms.key,
        name_ja=terms.name_ja,
        name_en=terms.name_en,
        funder=terms.funder,
        acceptance=Acceptance(
            requires_gift_voucher_association=terms.acceptance.requires_gift_voucher_association,
            excluded_categories=terms.acceptance.excluded_categories,
            large_store_cap_percent=terms.acceptance.large_store_cap_percent,
        ),
        per_payment_limit=terms.per_payment_limit,
        per_day_limit=terms.per_day_limit,
        expires_on=terms.expires_on,
        expires_after_months=terms.expires_after_months,
        refund_grace_days=terms.refund_grace_days,
        rank=terms.rank,
        budget_units=terms.budget_units,
        reasons=tuple(_reason(reason) for reason in terms.reasons),
    )


def _reason(reason: GiftReason) -> Reason:
    rule = reason.rule
    return Reason(
        name=reason.name,
        name_en=reason.name_en,
        units=reason.units,
        years=rule.years,
        basis=rule.basis,
        counting=rule.counting if isinstance(rule, AgeRule) else None,
        reference_date=rule.reference_date,
    )
