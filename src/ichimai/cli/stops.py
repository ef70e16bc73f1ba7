"""``ichimai stops``: stopped cards for devices without a network, as signed files."""

import base64
import binascii
import json
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer

from ichimai import identity
from ichimai.cli.options import Data, Json, installation_of
from ichimai.identity.errors import InvalidStops
from ichimai.identity.stops import HeardStops, SignedStops

stops_cli = typer.Typer(
    no_args_is_help=True, help="Stopped cards, as signed files for devices without a network."
)

_Told = TypeVar("_Told")


@stops_cli.command("write")
def stops_write(
    file: Path,
    after: Annotated[
        int, typer.Option(min=0, help="Only what was stopped after this place in the order.")
    ] = 0,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write which cards were stopped, signed by the operator, into a new file.

    A device that has the key takes it with `ichimai stops take`, or checks it by itself.
    """
    with (
        installation_of(data) as installation,
        installation.database.snapshot(installation.operator) as tx,
    ):
        sector = installation.settings.operator
        key = identity.sealing.operator_key(installation.key.secret, sector)
        parts = list(identity.stops.parts(tx, installation.clock, key, sector, after))
    with file.open("xb") as new:
        new.writelines(msgspec.json.encode(part) + b"\n" for part in parts)
    lists = [msgspec.json.decode(part.payload, type=identity.stops.StopList) for part in parts]
    cards, up_to = sum(len(each.stopped) for each in lists), lists[-1].up_to
    public = base64.b64encode(parts[0].public_key).decode()
    if as_json:
        typer.echo(json.dumps({"cards": cards, "after": after, "up_to": up_to, "key": public}))
        return
    typer.echo(f"{cards} cards stopped after {after}; next time --after {up_to}")
    typer.echo(f"key {public}")


@stops_cli.command("take")
def stops_take(
    file: Path,
    into: Annotated[Path, typer.Option(help="Where the device keeps which cards are stopped.")],
    key: Annotated[
        str, typer.Option(help="The operator's key, at the first time: as `write` printed it.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Take a file of stopped cards as a device does; nothing of the server is needed.

    Refused, and nothing is changed: a file that the operator did not sign, one that leaves stops
    out, one that is older than what is known. The same file again changes nothing.
    """
    heard = identity.stops.taken(_heard(into, key), _parts(file))
    # Whole or not at all, also when the power goes.
    draft = into.with_name(f"{into.name}.new")
    draft.write_bytes(msgspec.json.encode(heard))
    draft.replace(into)
    if as_json:
        typer.echo(json.dumps({"cards": len(heard.stopped), "up_to": heard.up_to}))
        return
    typer.echo(f"{len(heard.stopped)} cards stopped, as of {heard.listed_at:%Y-%m-%d %H:%M} UTC")
    typer.echo(f"up to {heard.up_to}")


def _heard(into: Path, key: str) -> HeardStops:
    if into.exists():
        if key:
            raise typer.BadParameter(f"{into} has a key already; --key is for the first time")
        return _decoded(into.read_bytes(), HeardStops)
    if not key:
        raise typer.BadParameter("the first time, --key says whose lists are taken")
    try:
        return HeardStops.nothing(base64.b64decode(key, validate=True))
    except binascii.Error as error:
        raise typer.BadParameter("--key is not in base 64") from error


def _parts(file: Path) -> list[SignedStops]:
    return [_decoded(line, SignedStops) for line in file.read_bytes().splitlines()]


def _decoded(content: bytes, kind: type[_Told]) -> _Told:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise InvalidStops from error
