"""The ``ichimai`` command itself, and the commands that are a single word."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ichimai import (
    __version__,
    benchmark,
    jobs,
    ledger,
    logs,
    people,
    registry,
    server,
    settlement,
    storage,
)
from ichimai import demo as demo_month
from ichimai.app import Installation, Settings
from ichimai.cards import emulated
from ichimai.cli.authority import authority_cli
from ichimai.cli.card import card_cli
from ichimai.cli.consents import consent_cli
from ichimai.cli.digital_id import digital_id_cli
from ichimai.cli.disputes import dispute_cli
from ichimai.cli.grants import grant_cli
from ichimai.cli.holder import holder_cli
from ichimai.cli.imports import import_cli
from ichimai.cli.notices import notice_cli
from ichimai.cli.options import Data, Json, err, installation_of, settings_of
from ichimai.cli.payouts import close, payout_cli
from ichimai.cli.programs import program_cli
from ichimai.cli.reader import reader
from ichimai.cli.reports import report_cli
from ichimai.cli.settling import bill_cli, netting_cli
from ichimai.cli.staff import staff_cli
from ichimai.cli.stops import stops_cli
from ichimai.cli.towns import town_cli
from ichimai.cli.whatif import program_whatif
from ichimai.kernel import errors
from ichimai.kernel.clock import SystemClock
from ichimai.people.records.errors import WrongPersonalKey
from ichimai.programs.lists import ListRefused
from ichimai.towns.program_changes import ChangeRefused

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Every service, point and voucher of a town, on whatever card a person carries.",
)
cli.add_typer(card_cli, name="card")
cli.add_typer(authority_cli, name="authority")
cli.add_typer(town_cli, name="town")
cli.add_typer(grant_cli, name="grant")
cli.add_typer(payout_cli, name="payout")
cli.add_typer(dispute_cli, name="dispute")
cli.add_typer(bill_cli, name="bill")
cli.add_typer(netting_cli, name="netting")
cli.add_typer(program_cli, name="program")
program_cli.command("whatif")(program_whatif)
cli.add_typer(notice_cli, name="notice")
cli.add_typer(report_cli, name="report")
cli.add_typer(staff_cli, name="staff")
cli.add_typer(digital_id_cli, name="digital-id")
cli.add_typer(holder_cli, name="holder")
cli.add_typer(import_cli, name="import")
cli.add_typer(stops_cli, name="stops")
cli.add_typer(consent_cli, name="consent")
cli.command()(close)
cli.command()(reader)


def main() -> None:
    """Run the command; an expected failure is one line and exit code 1."""
    logs.configure()
    try:
        cli()
    except ListRefused as error:
        for wrong in error.errors:
            _complain(f"row {wrong.row} {wrong.column}: {wrong.code} {wrong.code.meaning}")
        _complain(f"{error.total} errors; nothing was written")
        sys.exit(1)
    except ChangeRefused as error:
        for fault in error.wrong:
            _complain(str(fault))
        sys.exit(1)
    except errors.DomainError as error:
        title = (type(error).__doc__ or "").strip()
        more = "" if str(error) == error.code else f" {error}"
        _complain(f"{error.code}: {title}{more}")
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        _complain(f"{error.filename}: {error.strerror}")
        sys.exit(1)


def _complain(line: str) -> None:
    """Tell one line as it is: paths and values are no markup, and are not cut in pieces."""
    err.print(line, style="red", markup=False, highlight=False, soft_wrap=True)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@cli.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    pass


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
    """A made-up town, all its programs, a month of life in it; then serve it."""
    settings = _for_a_trial(settings_of(data), f"http://127.0.0.1:{port}")
    size = demo_month.Size(residents, days, seed)
    with server.database_of(settings) as url:
        _open_authority(settings)
        summary = demo_month.demo(settings, url, size, err.print)
        if not serve:
            typer.echo(demo_month.as_json(summary) if as_json else _readable(summary))
            return
        typer.echo(_readable(summary))
        typer.echo(_invitation(settings))
        if as_json:
            typer.echo(demo_month.as_json(summary))
        sys.stdout.flush()
        server.serve(settings, host="127.0.0.1", port=port, workers=1)


def _for_a_trial(settings: Settings, base_url: str) -> Settings:
    """As the demo is served: nobody needs a second factor, and emulated cards are believed.

    They are those of the authority in the data folder, unless another folder is set.
    """
    authorities = settings.authorities or settings.data / "authority"
    return replace(settings, base_url=base_url, second_factor="optional", authorities=authorities)


def _open_authority(settings: Settings) -> None:
    """Make the data folder's own test authority, or publish its list of today."""
    folder, now = settings.data / "authority", SystemClock().now()
    if settings.authorities == folder:
        emulated.load_authority(folder, now).publish(folder, now)


def _readable(summary: demo_month.Summary) -> str:
    s = summary
    return (
        f"\n{s.recipients} of {s.residents} residents got the gift; "
        f"{s.shops_accepting} of {s.shops} shops take it. {s.sales:,} more sales of "
        f"{s.sales_yen:,} yen earned and paid with points.\n\n{demo_month.as_table(s)}\n\n"
        f"{'Every program adds up to the unit.' if s.is_even else 'IT DOES NOT ADD UP.'}\n"
        f"In yen: given {s.granted_yen:,} =\n"
        f"paid {s.paid_yen:,} - refunded {s.refunded_yen:,} + expired {s.expired_yen:,} "
        f"+ outstanding {s.outstanding_yen:,} = {s.granted_yen:,} yen\n"
        f"Of it paid {s.paid_yen:,} - refunded {s.refunded_yen:,} + put right "
        f"{s.corrected_yen:,} = paid out {s.paid_out_yen:,} + payable {s.payable_yen:,} "
        f"+ set against units that shops gave {s.set_off_yen:,} yen\n"
        f"{s.closings} closings, {s.nettings} nettings; {s.zengin_files} Zengin files for shops\n"
        f"{s.sent_back} payments that the bank sent back were owed again; "
        f"{s.disputes_decided} disputes decided\n"
        f"{s.transfers:,} transfers, {'verified' if s.verified else 'NOT VERIFIED'}, "
        f"{s.seconds} s"
    )


def _invitation(settings: Settings) -> str:
    found = demo_month.read_sign_ins(settings.data)
    staff = found["staff"]
    lines = [f"  {one['name']:<10} {one['password']}" for one in staff]  # type: ignore[attr-defined]  # the file is ours: a list of objects
    base = settings.base_url
    return (
        f"\n{base}/shop     a shop's till\n{base}/me       a resident's wallet\n"
        f"{base}/console  the town hall; sign in as:\n" + "\n".join(lines) + "\n"
        f"{base}/counter  a clerk's counter\n"
        f"A My Number Card for it: ichimai card emulate {settings.authorities}\n"
        f"Cards, old library cards and tills' tokens: {settings.data / 'demo.json'}\n"
    )


@cli.command()
def serve(
    data: Data = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 8_000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Server processes.")] = 1,
) -> None:
    """Serve what ``demo`` or ``town load`` made."""
    server.serve(settings_of(data), host=host, port=port, workers=workers)


@cli.command()
def migrate(data: Data = None) -> None:
    """Bring the registry's and every operator's tables up to this release."""
    settings = settings_of(data)
    with server.database_of(settings) as url:
        wanted = [storage.operator_schema(settings.operator)]
        for schema in storage.migrate.migrate(url, wanted, SystemClock().now()):
            typer.echo(schema)


@cli.command()
def verify(data: Data = None, as_json: Json = False) -> None:
    """Recompute balances, lots, hashes and settlement from the transfers, and the access log."""
    with installation_of(data) as installation:
        heads_file = installation.settings.heads_file
        try:
            with installation.database.snapshot(installation.operator) as tx:
                found = ledger.verification.verify(tx)
                settled = settlement.reports.verify(tx)
                kept = jobs.heads.check(tx, heads_file)
                looks, looks_head = jobs.heads.check_access_log(tx, installation.clock, heads_file)
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
        "closings": settled.closings,
        "payouts": settled.batches,
        "bills": settled.bills,
        "nettings": settled.nettings,
        "published_heads": kept,
        "access_entries": looks,
        "access_head": looks_head,
    }
    right = (
        f"{found.transfers:,} transfers in {found.blocks:,} blocks, {found.accounts:,} accounts "
        f"and {found.lots:,} lots are right, and {kept} published heads; head {found.head.hex()}\n"
        f"{settled.closings:,} closings with {settled.lines:,} lines, {settled.batches:,} payouts, "
        f"{settled.bills:,} bills and {settled.nettings:,} nettings are what the transfers say\n"
        f"{looks:,} entries of the access log are right; head {looks_head}"
    )
    typer.echo(json.dumps(body) if as_json else right)


@cli.command()
def backup(
    file: Path,
    data: Data = None,
    with_key: Annotated[
        Path | None, typer.Option(help="Copy the registry's key here: keep it elsewhere.")
    ] = None,
    with_personal_key: Annotated[
        Path | None, typer.Option(help="Copy personal data's key here: keep it elsewhere.")
    ] = None,
) -> None:
    """Write everything but the keys into one file, while the server runs."""
    settings = settings_of(data)
    with server.database_of(settings) as url:
        typer.echo(_told(storage.backup.backup(url, file)))
    if with_key is not None:
        storage.backup.keep_key(settings.key_file, with_key)
    if with_personal_key is not None:
        storage.backup.keep_key(settings.personal_key_file, with_personal_key)


@cli.command()
def restore(file: Path, data: Data = None) -> None:
    """Read a backup into an empty database; the keys must be in the data folder.

    Who was erased since, by the file of erasures there, is erased again.
    """
    settings = settings_of(data)
    if not settings.key_file.exists():
        raise registry.errors.WrongRegistryKey
    if not settings.personal_key_file.exists():
        raise WrongPersonalKey
    with server.database_of(settings) as url:
        typer.echo(_told(storage.backup.restore(url, file)))
        typer.echo(f"{_erase_again(settings)} people erased again")


def _erase_again(settings: Settings) -> int:
    """Erase whom only the backup still knew; its tables are brought up to this release first."""
    kept = jobs.erasures.read(settings.erasures_file)
    if not kept:
        return 0
    installation = Installation(settings)
    schemas = [installation.operator]
    try:
        storage.migrate.migrate(installation.database.url, schemas, installation.clock.now())
        with installation.database.write(installation.operator) as tx:
            people.records.personal.confirm(tx, installation.personal_key)
            return people.records.erasures.again(tx, installation.clock, kept)
    finally:
        installation.database.close()


def _told(manifest: storage.backup.BackupManifest) -> str:
    heads = ", ".join(f"{head.schema}: {head.number:,} transfers" for head in manifest.heads)
    return f"{manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC, {heads or 'no operator'}"


@cli.command()
def bench(
    parts: Annotated[list[benchmark.Part] | None, typer.Argument(help="Only these.")] = None,
    as_json: Json = False,
    seconds: Annotated[int, typer.Option(min=1, max=600, help="For each figure.")] = 5,
) -> None:
    """Measure on this machine, each figure beside its peer on the same PostgreSQL."""
    figures = benchmark.run(seconds, err.print, parts or tuple(benchmark.Part))
    typer.echo(benchmark.as_json(figures) if as_json else benchmark.as_table(figures))
