"""``ichimai holder``."""

import json
from typing import Annotated
from uuid import UUID

import typer
from rich.progress import Progress

from ichimai import audit, programs, registry
from ichimai.app import Installation
from ichimai.cli.options import As, Data, Json, err, installation_of, member_of
from ichimai.people.model import RequestId, StaffRole, TwoPersonRequest
from ichimai.programs import one_person
from ichimai.registry import SubjectId
from ichimai.registry.model import ChangeId, HolderChange
from ichimai.storage import REGISTRY, ReadTx

holder_cli = typer.Typer(
    no_args_is_help=True, help="Whose card is whose; the key that hides their numbers."
)

Who = Annotated[str, typer.Argument(help="A subject of this operator, or a printed card's code.")]

Purpose = Annotated[
    str, typer.Option(help="Why: one of " + ", ".join(each.value for each in audit.Purpose) + ".")
]
Note = Annotated[str, typer.Option(help="More about why; the person reads it.")]

Reason = Annotated[str, typer.Option(help="Why, for whoever approves it and for the record.")]


@holder_cli.command("show")
def holder_show(
    who: Who,
    name: As,
    purpose: Purpose,
    note: Note = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """A person's cards, as this operator may know them; the person can read who looked and why."""
    with installation_of(data) as installation:
        roles = (StaffRole.OFFICER, StaffRole.CLERK, StaffRole.REGISTRAR, StaffRole.AUDITOR)
        member = member_of(installation, name, *roles)
        look = audit.Look(member.id, member.role.value, audit.Purpose.parse(purpose), note)
        with (
            installation.database.write(installation.operator) as written,
            installation.database.read(REGISTRY) as tx,
        ):
            sector = installation.settings.operator
            subject = _subject(tx, installation, who)
            audit.record(written, installation.clock, look, [subject], audit.What.CARDS)
            now = registry.holders.follow(tx, sector, [subject])[subject]
            found = registry.credentials.of_subject(
                tx, installation.key, installation.clock, sector, subject
            )
    if as_json:
        cards = [
            {"reference": str(reference), "kind": card.kind, "status": card.status}
            for reference, card in found.items()
        ]
        typer.echo(json.dumps({"subject": str(now), "cards": cards}))
        return
    typer.echo(f"subject {now}")
    for reference, card in found.items():
        ends = f" until {card.valid_until:%Y-%m-%d %H:%M} UTC" if card.valid_until else ""
        scheme = f" {card.scheme}" if card.scheme else ""
        since = f"{card.issued_at:%Y-%m-%d}"
        typer.echo(f"{reference}  {card.kind}{scheme} {card.status} since {since}{ends}")


@holder_cli.command("stop")
def holder_stop(
    who: Who,
    name: As,
    card: Annotated[UUID | None, typer.Option(help="This card only: its reference.")] = None,
    data: Data = None,
) -> None:
    """Stop all cards of a person, or one; the same again changes nothing."""
    with installation_of(data) as installation:
        member_of(installation, name, StaffRole.OFFICER, StaffRole.CLERK)
        sector, key, clock = installation.settings.operator, installation.key, installation.clock
        with installation.database.read(REGISTRY) as tx:
            subject = _subject(tx, installation, who)
            found = registry.credentials.of_subject(tx, key, clock, sector, subject)
        references = list(found) if card is None else [card]
        for reference in references:
            programs.cards.stop_reference(installation.desk, subject, reference)
    typer.echo(f"{len(references)} cards stopped")


@holder_cli.command("merge")
def holder_merge(kept: Who, merged: Who, name: As, reason: Reason, data: Data = None) -> None:
    """Ask that two holders be one person; somebody else must approve it."""
    with installation_of(data) as installation:
        member = member_of(installation, name, StaffRole.REGISTRAR, StaffRole.CLERK)
        with installation.database.read(REGISTRY) as tx:
            first, second = (_subject(tx, installation, who) for who in (kept, merged))
        desk = installation.desk
        _tell_asked(one_person.ask_merge(desk, kept=first, merged=second, reason=reason, by=member))


@holder_cli.command("split")
def holder_split(change: UUID, name: As, reason: Reason, data: Data = None) -> None:
    """Ask that a merge be taken back; somebody else must approve it."""
    with installation_of(data) as installation:
        member = member_of(installation, name, StaffRole.REGISTRAR, StaffRole.CLERK)
        _tell_asked(
            one_person.ask_split(installation.desk, ChangeId(change), reason=reason, by=member)
        )


@holder_cli.command("moving")
def holder_moving(request: UUID, name: As, data: Data = None, as_json: Json = False) -> None:
    """What approving a merge or a split would move, by program; the person can read who looked."""
    with installation_of(data) as installation:
        member = member_of(installation, name, StaffRole.REGISTRAR)
        found = one_person.look_at(installation.desk, RequestId(request), by=member)
    if as_json:
        typer.echo(json.dumps(_moving(found)))
        return
    for one in found.doubles:
        typer.echo(
            f"perhaps given twice: {one.program.key} {one.reason}:"
            f" {one.kept_units} and {one.merged_units}"
        )
    for verb, sums in (("moves", found.moves), ("stays", found.stays)):
        for one_sum in sums:
            typer.echo(f"{verb} {one_sum.program.key} {one_sum.units}")


@holder_cli.command("approve")
def holder_approve(request: UUID, name: As, data: Data = None, as_json: Json = False) -> None:
    """Approve a merge or a split that somebody else asked for, and carry it out.

    What was approved and not carried out, because something failed in between, is finished.
    """
    with installation_of(data) as installation:
        member = member_of(installation, name, StaffRole.REGISTRAR)
        change = one_person.approve(installation.desk, RequestId(request), by=member)
    _tell(change, as_json=as_json)


def _moving(found: one_person.Moving) -> dict[str, object]:
    return {
        "moves": {one.program.key: one.units for one in found.moves},
        "stays": {one.program.key: one.units for one in found.stays},
        "doubles": [
            {
                "program": one.program.key,
                "reason": one.reason,
                "kept": one.kept_units,
                "merged": one.merged_units,
            }
            for one in found.doubles
        ],
    }


def _tell_asked(request: TwoPersonRequest) -> None:
    typer.echo(f"{request.id}  waits until {request.expires_at:%Y-%m-%d %H:%M} UTC")


@holder_cli.command("rotate-key")
def holder_rotate_key(
    add: Annotated[bool, typer.Option("--add", help="Only put another key into the file.")] = False,
    data: Data = None,
) -> None:
    """Hash all numbers with the newest key too; may be stopped, and started again.

    First --add another, keep a copy of the file, and restart every server.
    """
    with installation_of(data) as installation:
        if add:
            longer = registry.keys.add(installation.database, installation.settings.key_file)
            typer.echo(f"{longer.generation + 1} keys in {installation.settings.key_file}")
            typer.echo("Keep a copy, restart every server, then rotate without --add.")
            return
        with Progress(console=err, transient=True, disable=not err.is_terminal) as bar:
            task = bar.add_task("hashing", total=1.0)
            for part in registry.keys.rotate(installation.database, installation.key):
                bar.update(task, completed=part)
    typer.echo("all numbers are hashed with the newest key")


def _subject(tx: ReadTx, installation: Installation, who: str) -> SubjectId:
    """Raises MistypedCode, UnknownCredential."""
    try:
        return SubjectId(UUID(who))
    except ValueError:
        code = registry.cards.parse_code(who)
    (card,) = registry.resolve(tx, installation.key, installation.settings.operator, [code])
    if card is None or card.subject is None:
        raise registry.errors.UnknownCredential
    return card.subject


def _tell(change: HolderChange, *, as_json: bool) -> None:
    if as_json:
        told = [
            {"sector": each.sector, "kept": str(each.kept), "merged": str(each.merged)}
            for each in change.told
        ]
        typer.echo(json.dumps({"change": str(change.id), "told": told}))
        return
    typer.echo(f"change {change.id}")
    for each in change.told:
        typer.echo(f"{each.sector}: {each.kept} (kept) and {each.merged} (merged)")
