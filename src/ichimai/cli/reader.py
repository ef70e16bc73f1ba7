"""``ichimai reader``."""

import os
from pathlib import Path
from typing import Annotated

import typer

from ichimai import reader as bridge
from ichimai.app import Settings
from ichimai.kernel.clock import TOKYO, SystemClock
from ichimai.reader import Options, PcscReaders

PORT = 8_790


def reader(
    origin: Annotated[
        str, typer.Option(help="Whose pages may use it: https://host; ICHIMAI_BASE_URL.")
    ] = "",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="On this machine alone.")] = PORT,
    folder: Annotated[
        Path | None, typer.Option(help="Its own folder; by default in the data folder.")
    ] = None,
    seal_to: Annotated[
        str, typer.Option(help="The server's public key (X25519, base64url) for check-ins.")
    ] = "",
    pair: Annotated[
        bool, typer.Option("--pair", help="Show a code to pair one more page.")
    ] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Forget all paired pages first.")
    ] = False,
) -> None:
    """Connect the card readers of this machine to the town's page in its browser."""
    settings = Settings.of(os.environ)
    clock = SystemClock()

    def say(words: tuple[str, str]) -> None:
        typer.echo(f"{clock.now().astimezone(TOKYO):%H:%M:%S} {words[0]} / {words[1]}")

    options = Options(
        origin=origin or settings.base_url,
        port=port,
        folder=folder or settings.data / "reader",
        seal_to=seal_to,
        shows_code=pair,
        forgets_pages=forget,
    )
    bridge.serve(options, PcscReaders(), clock, say)
