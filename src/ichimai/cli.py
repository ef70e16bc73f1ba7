"""The ``ichimai`` command."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress

from ichimai import (
    __version__,
    founding,
    ledger,
    logs,
    people,
    programs,
    server,
    settlement,
    simulation,
    storage,
    towns,
)
from ichimai import demo as demo_month
from ichimai.app import Installation, Settings
from ichimai.kernel import Asset, errors, ids
from ichimai.people import Staff, StaffRole
from ichimai.programs.grant_list_model import ListRefused
from ichimai.programs.model import GrantListId
from ichimai.settlement.model import BatchId, ClosingId

cli = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
town_cli = typer.Typer(no_args_is_help=True, help="Towns: what is in their folders, and in use.")
grant_cli = typer.Typer(no_args_is_help=True, help="Grants by list, approved by a second person.")
payout_cli = typer.Typer(no_args_is_help=True, help="Payouts to shops, approved by a second one.")
staff_cli = typer.Typer(no_args_is_help=True, help="Who works for the operator.")
cli.add_typer(town_cli, name="town")
cli.add_typer(grant_cli, name="grant")
cli.add_typer(payout_cli, name="payout")
cli.add_typer(staff_cli, name="staff")

_err = Console(stderr=True)

Data = Annotated[Path | None, typer.Option(help="The data folder; ICHIMAI_DATA.")]
Json = Annotated[bool, typer.Option("--json", help="The last line is one JSON object.")]
As = Annotated[str, typer.Option("--as", help="Who does it: a name of the staff.")]
Program = Annotated[str, typer.Option(help="The program's key.")]


def main() -> None:
    """Run the command; an expected failure is one line and exit code 1."""
    logs.configure()
    try:
        cli()
    except ListRefused as error:
        for wrong in error.errors:
            _err.print(f"row {wrong.row} {wrong.column}: {wrong.code} {wrong.code.meaning}")
        _err.print(f"{error.total} errors; nothing was written")
        sys.exit(1)
    except errors.DomainError as error:
        title = (type(error).__doc__ or "").strip()
        _err.print(f"[red]{error.code}[/]: {title} {error if str(error) != error.code else ''}")
        sys.exit(1)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@cli.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    pass


def _settings(data: Path | None) -> Settings:
    return replace(Settings.of(os.environ), data=server.data_folder(data))


@contextmanager
def _installation(data: Path | None) -> Iterator[Installation]:
    settings = _settings(data)
    with server.database_of(settings) as url:
        storage.migrate.check_version(url)
        installation = Installation(settings)
        try:
            yield installation
        finally:
            installation.database.close()


@cli.command()
def demo(
    data: Data = None,
    residents: Annotated[int, typer.Option(min=50, max=400_000)] = 4_000,
    days: Annotated[int, typer.Option(min=1, max=150)] = 30,
    seed: Annotated[int, typer.Option(help="The same seed, the same town.")] = 1,
    serve: Annotated[bool, typer.Option(help="Serve it afterwards.")] = True,
    as_json: Json = False,
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 8_000,
) -> None:
    """A made-up town, its longevity gifts, a month of shopping; then serve it."""
    settings = replace(_settings(data), base_url=f"http://127.0.0.1:{port}")
    size = demo_month.Size(residents, days, seed)
    with server.database_of(settings) as url:
        summary = demo_month.demo(settings, url, size, _err.print)
        if not serve:
            typer.echo(demo_month.as_json(summary) if as_json else _readable(summary))
            return
        typer.echo(_readable(summary))
        typer.echo(_invitation(settings))
        if as_json:
            typer.echo(demo_month.as_json(summary))
        sys.stdout.flush()
        server.serve(settings, host="127.0.0.1", port=port, workers=1)


def _readable(summary: demo_month.Summary) -> str:
    s = summary
    return (
        f"\n{s.recipients} of {s.residents} residents got {s.granted_yen:,} yen; "
        f"{s.shops_accepting} of {s.shops} shops take it.\n"
        f"paid {s.paid_yen:,} - refunded {s.refunded_yen:,} + expired {s.expired_yen:,} "
        f"+ outstanding {s.outstanding_yen:,} = {s.granted_yen:,} yen\n"
        f"paid out {s.paid_out_yen:,} yen in {s.zengin_files} Zengin files; "
        f"payable {s.payable_yen:,} yen\n"
        f"{s.transfers:,} transfers, {'verified' if s.verified else 'NOT VERIFIED'}, "
        f"{s.seconds} s"
    )


def _invitation(settings: Settings) -> str:
    found = demo_month.read_sign_ins(settings.data)
    staff = found["staff"]
    lines = [f"  {one['name']:<10} {one['password']}" for one in staff]  # type: ignore[attr-defined]  # JSON
    base = settings.base_url
    return (
        f"\n{base}/shop     a shop's till\n{base}/me       a resident's wallet\n"
        f"{base}/console  the town hall; sign in as:\n" + "\n".join(lines) + "\n"
        f"Cards and tills' tokens: {settings.data / 'demo.json'}\n"
    )


@cli.command()
def serve(
    data: Data = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 8_000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Server processes.")] = 1,
) -> None:
    """Serve what ``demo`` or ``town load`` made."""
    server.serve(_settings(data), host=host, port=port, workers=workers)


@cli.command()
def migrate(data: Data = None) -> None:
    """Bring the registry's and every operator's tables up to this release."""
    settings = _settings(data)
    with server.database_of(settings) as url:
        wanted = [storage.operator_schema(settings.operator)]
        for schema in storage.migrate.migrate(url, wanted, datetime.now(UTC)):
            typer.echo(schema)


@cli.command()
def verify(data: Data = None, as_json: Json = False) -> None:
    """Recompute every balance, lot, hash and count from the transfers alone."""
    with _installation(data) as installation:
        try:
            with installation.database.snapshot(installation.operator) as tx:
                found = ledger.verification.verify(tx)
        except ledger.verification.Discrepancy as wrong:
            body = {"verified": False, "record": wrong.record}
            body |= {"expected": wrong.expected, "found": wrong.found}
            typer.echo(json.dumps(body) if as_json else f"wrong: {wrong}")
            raise typer.Exit(1) from None
    body = {
        "verified": True,
        "blocks": found.blocks,
        "transfers": found.transfers,
        "accounts": found.accounts,
        "lots": found.lots,
        "head": found.head.hex(),
    }
    right = (
        f"{found.transfers:,} transfers in {found.blocks:,} blocks, {found.accounts:,} accounts "
        f"and {found.lots:,} lots are right; head {found.head.hex()}"
    )
    typer.echo(json.dumps(body) if as_json else right)


@cli.command()
def backup(file: Path, data: Data = None) -> None:
    """Write everything but the registry's key into one file, while the server runs."""
    with server.database_of(_settings(data)) as url:
        typer.echo(storage.backup.backup(url, file))


@cli.command()
def restore(file: Path, data: Data = None) -> None:
    """Read a backup into an empty database; the registry's key must be in the data folder."""
    with server.database_of(_settings(data)) as url:
        typer.echo(storage.backup.restore(url, file))


@cli.command()
def bench(
    as_json: Json = False,
    seconds: Annotated[int, typer.Option(min=1, max=600, help="For each figure.")] = 10,
) -> None:
    """Measure on this machine, each figure beside its peer on the same PostgreSQL."""
    from ichimai import benchmark  # noqa: PLC0415 - nobody else needs it loaded

    figures = benchmark.run(seconds, _err.print)
    typer.echo(benchmark.as_json(figures) if as_json else benchmark.as_table(figures))


@town_cli.command("load")
def town_load(
    town: Annotated[str, typer.Argument(help="A town that comes with Ichimai, or a folder.")],
    data: Data = None,
    made_up_shops: Annotated[
        bool, typer.Option("--made-up-shops", help="Make shops up, for a trial.")
    ] = False,
    seed: int = 1,
) -> None:
    """Write a town's associations, programs and payer into an empty database."""
    settings = _settings(data)
    found = towns.load(town)
    settings = replace(settings, operator=found.operator.code)
    with server.database_of(settings) as url:
        now = datetime.now(UTC)
        storage.migrate.migrate(url, [storage.operator_schema(found.operator.code)], now)
        installation = Installation(settings)
        fronts = simulation.storefronts(found, seed=seed, at=now) if made_up_shops else ()
        founding.found(installation, found, [front.shop for front in fronts])
        installation.database.close()
    typer.echo(f"{found.operator.name_ja}: {len(found.associations)} associations")


@town_cli.command("show")
def town_show(town: str) -> None:
    """What is in a town's folder."""
    found = towns.load(town)
    typer.echo(f"{found.operator.code} {found.operator.name_ja} {found.operator.name_en}")
    for program in found.programs:
        typer.echo(f"{program.key}  {program.name_ja} ({program.name_en})")
        for reason in program.reasons:
            window = reason.window()
            typer.echo(f"  {reason.name} {reason.units:,} yen: {window.first} to {window.last}")


def _member(installation: Installation, name: str, *roles: StaffRole) -> Staff:
    """Whoever gives the password of ``name`` (ICHIMAI_PASSWORD, or asked for)."""
    password = os.environ.get("ICHIMAI_PASSWORD") or typer.prompt("Password", hide_input=True)
    return people.sign_in.at_console(
        installation.database,
        installation.operator,
        name=name,
        password=password,
        roles=roles,
    )


@staff_cli.command("add")
def staff_add(name: str, role: StaffRole, data: Data = None) -> None:
    """Take somebody on."""
    password = os.environ.get("ICHIMAI_PASSWORD") or typer.prompt(
        "Password", hide_input=True, confirmation_prompt=True
    )
    hashed = people.sign_in.password_hash(password)
    with (
        _installation(data) as installation,
        installation.database.write(installation.operator) as tx,
    ):
        people.add_staff(tx, installation.clock, name=name, role=role, password=hashed)


@grant_cli.command("check")
def grant_check(file: Path, program: Program = "longevity-gift", data: Data = None) -> None:
    """Check a list; write nothing."""
    with (
        _installation(data) as installation,
        installation.database.read(installation.operator) as tx,
    ):
        checked = programs.lists.check(tx, Asset(program), file.read_bytes())
    for reason, count in checked.rows_by_reason.items():
        window = checked.windows[reason]
        typer.echo(f"{reason}: {count} rows, {window.first} to {window.last}")
    typer.echo(f"{len(checked.rows)} rows, {checked.total_units:,} yen")


@grant_cli.command("submit")
def grant_submit(
    file: Path, name: As, program: Program = "longevity-gift", data: Data = None
) -> None:
    """Check a list and put it before a second person."""
    with _installation(data) as installation:
        member = _member(installation, name, StaffRole.OFFICER)
        with installation.database.write(installation.operator) as tx:
            submitted = programs.lists.submit(
                tx, installation.clock, Asset(program), file.read_bytes(), by=member.id
            )
    typer.echo(f"{submitted.id}  {submitted.row_count} rows, {submitted.units:,} yen")


@grant_cli.command("approve")
def grant_approve(list_id: UUID, name: As, data: Data = None) -> None:
    """Approve a list that somebody else submitted, and post it."""
    with _installation(data) as installation:
        member = _member(installation, name, StaffRole.APPROVER)
        with installation.database.write(installation.operator) as tx:
            programs.lists.decide(
                tx, installation.clock, GrantListId(list_id), by=member.id, is_approved=True
            )
        _post(installation, GrantListId(list_id))


@grant_cli.command("post")
def grant_post(list_id: UUID, data: Data = None) -> None:
    """Go on posting an approved list; what is posted is not posted again."""
    with _installation(data) as installation:
        _post(installation, GrantListId(list_id))


def _post(installation: Installation, list_id: GrantListId) -> None:
    with Progress(console=_err) as bar:
        task = bar.add_task("posting", total=None)
        for progress in programs.lists.post_list(installation.desk, list_id):
            bar.update(task, total=progress.row_count, completed=progress.posted_rows)
    typer.echo(f"{progress.posted_rows} rows posted, {progress.skipped} granted before")


@cli.command()
def close(name: As, program: Program = "longevity-gift", data: Data = None) -> None:
    """Close the last week that is over: what each shop is owed, at one place in the order."""

    def run(installation: Installation, member: Staff) -> str:
        with installation.database.write(installation.operator) as tx:
            closing = ClosingId(ids.uuid7(installation.clock))
            made = settlement.close(
                tx, installation.clock, closing, Asset(program), closed_by=member.id
            )
        return f"{made.id}  week to {made.closes_on}"

    _as_treasurer(data, name, run)


@payout_cli.command("make")
def payout_make(name: As, program: Program = "longevity-gift", data: Data = None) -> None:
    """Put what is owed and in no batch into a batch, for a second person to approve."""

    def run(installation: Installation, member: Staff) -> str:
        with installation.database.write(installation.operator) as tx:
            batch = BatchId(ids.uuid7(installation.clock))
            made = settlement.make_batch(
                tx, installation.clock, batch, Asset(program), made_by=member.id
            )
        return f"{made.id}  {made.units:,} yen to {made.shops} shops on {made.pay_on}"

    _as_treasurer(data, name, run)


@payout_cli.command("approve")
def payout_approve(batch: UUID, name: As, data: Data = None) -> None:
    """Release a batch that somebody else made."""

    def run(installation: Installation, member: Staff) -> str:
        with installation.database.write(installation.operator) as tx:
            made = settlement.approve_batch(
                tx, installation.clock, BatchId(batch), approved_by=member.id
            )
        return f"{made.id}  {made.state.value}"

    _as_treasurer(data, name, run)


@payout_cli.command("file")
def payout_file(batch: UUID, name: As, folder: Path = Path(), data: Data = None) -> None:
    """Write the Zengin file of an approved batch; a second copy says that it is one (再送)."""

    def run(installation: Installation, member: Staff) -> str:
        with installation.database.write(installation.operator) as tx:
            file = settlement.payout_file(
                tx, installation.clock, BatchId(batch), handed_to=member.id
            )
        (folder / file.name).write_bytes(file.content)
        again = "  再送" if file.is_resend else ""
        return f"{folder / file.name}  {file.sha256}  copy {file.copy_number}{again}"

    _as_treasurer(data, name, run)


def _as_treasurer(data: Path | None, name: str, run: Callable[[Installation, Staff], str]) -> None:
    with _installation(data) as installation:
        member = _member(installation, name, StaffRole.TREASURER, StaffRole.APPROVER)
        typer.echo(run(installation, member))
