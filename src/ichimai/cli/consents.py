"""``ichimai consent``: what residents are asked to consent to on their own page."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.progress import Progress

from ichimai import audit, people, reporting, towns
from ichimai.app import Installation
from ichimai.cli.options import As, Cp932, Data, Json, err, installation_of, member_of
from ichimai.kernel import text
from ichimai.people.model import StaffRole
from ichimai.people.records import disclosures
from ichimai.people.records.consents import DataCategory
from ichimai.people.records.offers import Offer, OfferId

consent_cli = typer.Typer(
    no_args_is_help=True, help="What residents are asked to consent to on their own page."
)

People = list[Mapping[DataCategory, object]]
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


@consent_cli.command("hand-over")
def consent_hand_over(
    offer: UUID,
    file: Annotated[Path, typer.Argument(help="A new file.")],
    name: As,
    cp932: Cp932 = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write what those agreed to whose consent to an offer holds today, as CSV for the recipient.

    Only what the offer names, and nobody who took the consent back. Each person reads on their
    own page that it went. What breaks off leaves no file; another time is another hand-over.
    """
    with installation_of(data) as installation:
        member = member_of(installation, name, StaffRole.OFFICER)
        with installation.database.read(installation.operator) as tx:
            asked = disclosures.offer(tx, OfferId(offer))
        if asked is None:
            raise typer.BadParameter("nothing was ever asked for under this id")
        terms = asked.terms
        look = audit.Look(member.id, member.role.value, audit.Purpose.LIST, terms.purpose)
        encoding = text.Encoding.CP932 if cp932 else text.Encoding.UTF_8_BOM
        table = reporting.tables.PeopleTable(terms.categories, encoding=encoding)
        count = _write(file, table, _handed(installation, look, asked))
    if as_json:
        typer.echo(json.dumps({"people": count, "recipient": terms.recipient}, ensure_ascii=False))
        return
    typer.echo(f"{count} people, for {terms.recipient}: {terms.purpose}")


def _write(file: Path, table: reporting.tables.PeopleTable, parts: Iterator[People]) -> int:
    """Write a new file that only its owner can read; how many people are in it."""
    count = 0
    with file.open("xb") as new:
        try:
            file.chmod(0o600)
            new.write(table.head)
            for part in parts:
                new.write(table.lines(part))
                count += len(part)
        except BaseException:
            file.unlink()
            raise
    return count


def _handed(installation: Installation, look: audit.Look, offer: Offer) -> Iterator[People]:
    """What goes, some people at a time; it leaves here when it is written that it went."""
    with installation.database.read(installation.operator) as tx:
        people = disclosures.consenting(tx, installation.clock, offer)
    with Progress(console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("handing over", total=len(people))
        for first in range(0, len(people), disclosures.AT_ONCE):
            some = people[first : first + disclosures.AT_ONCE]
            with installation.database.write(installation.operator) as tx:
                handed = disclosures.hand_over(
                    tx,
                    installation.personal_key,
                    installation.clock,
                    look,
                    offer=offer,
                    people=some,
                )
            yield handed
            bar.advance(task, len(some))


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
