"""``ichimai consent``: what residents are asked to consent to on their own page."""

import json
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from ichimai import people, towns
from ichimai.cli.options import As, Data, Json, installation_of, member_of
from ichimai.people.model import StaffRole
from ichimai.people.records.offers import Offer, OfferId

consent_cli = typer.Typer(
    no_args_is_help=True, help="What residents are asked to consent to on their own page."
)

File = Annotated[Path, typer.Argument(help="Of the form of a town's consents.toml.")]


@consent_cli.command("offer")
def consent_offer(file: File, name: As, data: Data = None, as_json: Json = False) -> None:
    """Ask for what a file says; another text for the same use takes the old one's place.

    The same again changes nothing. What was consented to before stays as it was given.
    """
    wanted = towns.consents(file)
    with installation_of(data) as installation:
        member = member_of(installation, name, StaffRole.OFFICER)
        with installation.database.write(installation.operator) as tx:
            for terms in wanted:
                people.records.offers.put(tx, installation.clock, terms, member.id)
            offers = people.records.offers.current(tx, installation.clock)
    _tell(offers, as_json=as_json)


@consent_cli.command("list")
def consent_list(data: Data = None, as_json: Json = False) -> None:
    """What residents are asked for today."""
    with (
        installation_of(data) as installation,
        installation.database.read(installation.operator) as tx,
    ):
        offers = people.records.offers.current(tx, installation.clock)
    _tell(offers, as_json=as_json)


@consent_cli.command("end")
def consent_end(offer: UUID, name: As, data: Data = None) -> None:
    """Ask for it no longer; again changes nothing, and what was consented to stays."""
    with installation_of(data) as installation:
        member = member_of(installation, name, StaffRole.OFFICER)
        with installation.database.write(installation.operator) as tx:
            known = [each.id for each in people.records.offers.current(tx, installation.clock)]
            if offer in known:
                people.records.offers.end(tx, installation.clock, OfferId(offer), member.id)
    typer.echo("ended" if offer in known else "it is not asked for")


def _tell(offers: list[Offer], *, as_json: bool) -> None:
    if as_json:
        told = [
            {
                "offer": str(offer.id),
                "service": offer.terms.service,
                "recipient": offer.terms.recipient,
                "purpose": offer.terms.purpose,
                "text_version": offer.terms.text_version,
            }
            for offer in offers
        ]
        typer.echo(json.dumps({"offers": told}, ensure_ascii=False))
        return
    for offer in offers:
        terms = offer.terms
        typer.echo(f"{offer.id}  {terms.service} {terms.text_version}: {terms.purpose}")
