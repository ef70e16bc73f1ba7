"""``ichimai town``."""

from dataclasses import replace
from typing import Annotated

import typer

from ichimai import founding, server, simulation, storage, towns
from ichimai.app import Installation
from ichimai.cli.options import Data, settings_of
from ichimai.kernel.clock import SystemClock

town_cli = typer.Typer(no_args_is_help=True, help="Towns: what is in their folders, and in use.")


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
    settings = settings_of(data)
    found = towns.load(town)
    settings = replace(settings, operator=found.operator.code)
    with server.database_of(settings) as url:
        now = SystemClock().now()
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
