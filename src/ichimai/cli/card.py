"""``ichimai card``: a card made of software, and what a real one tells."""

import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ichimai.cards import Kind, certificates, emulated, errors, felica, jpki
from ichimai.cli.card_errors import NoCardService, NoCardShown, SeveralCardsShown
from ichimai.cli.options import Json
from ichimai.kernel import ids
from ichimai.kernel.clock import SystemClock, day_in_tokyo
from ichimai.reader import PcscReaders, Tap

card_cli = typer.Typer(no_args_is_help=True, help="A card made of software, or a real one.")

NOT_READ: Final = (
    "name, address, birth date, sex, photograph, My Number, signing certificate, signing key"
)
"""What lies on a My Number Card and is never asked for."""

_LOOK_SECONDS: Final = 0.5

Reader = Annotated[str, typer.Option(help="The reader's name, or a part of it.")]
Wait = Annotated[float, typer.Option(min=0, max=3600, help="Seconds for a card to be shown.")]
Insert = Callable[[emulated.Card], emulated.Inserted]
Transmit = Callable[[bytes], bytes]


@card_cli.command("emulate")
def emulate(
    folder: Annotated[Path, typer.Argument(help="Of the test authority; made at first use.")],
    name: Annotated[str, typer.Option(help="Which of the folder's cards.")] = "card",
    pin: Annotated[str, typer.Option(help="Four digits.")] = "1234",
    phone: Annotated[bool, typer.Option("--phone", help="A phone's certificate.")] = False,
    idm: Annotated[str, typer.Option(help="A FeliCa card with this IDm: 16 hex digits.")] = "",
    at: Annotated[str, typer.Option(help="HOST:PORT of a vpcd that runs already.")] = "",
) -> None:
    """Put a card made of software on a virtual reader until Ctrl-C; Enter lifts it and back."""
    if idm:
        card: emulated.Card = emulated.FelicaCard(felica.parse_hex(idm).number)
    else:
        card = _my_number_card(folder, name, pin=pin, is_phone=phone)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if at:
            host, port = _address(at)
            _lie(card, lambda one: emulated.insert(one, host, port))
            return
        with emulated.PrivateDaemon() as daemon:
            typer.echo(f"export {emulated.SOCKET_SETTING}={daemon.address}")
            _lie(card, daemon.insert)
    except KeyboardInterrupt:
        pass  # this is how it is meant to end


def _my_number_card(folder: Path, name: str, *, pin: str, is_phone: bool) -> emulated.MyNumberCard:
    kind = Kind.PHONE_CERTIFICATE if is_phone else Kind.MY_NUMBER_CARD
    issued = emulated.load_or_issue(folder, name, SystemClock().now(), kind)
    try:
        return emulated.MyNumberCard(issued, pin=pin, is_phone=is_phone)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise typer.BadParameter("--at wants HOST:PORT")
    return host, int(port)


def _lie(card: emulated.Card, insert: Insert) -> None:
    """Leave the card on the reader; each line of the standard input lifts it or puts it back."""
    inserted = insert(card)
    try:
        _say("on the reader", card)
        for _ in sys.stdin:
            if inserted.is_there:
                inserted.remove()
                _say("lifted", card)
            else:
                inserted = insert(card)
                _say("on the reader", card)
        inserted.wait()
    finally:
        inserted.remove()


def _say(where: str, card: emulated.Card) -> None:
    tries = f", {card.tries_left} tries" if isinstance(card, emulated.MyNumberCard) else ""
    typer.echo(f"{where}{tries}")


@card_cli.command("read")
def read(reader: Reader = "", wait: Wait = 10, as_json: Json = False) -> None:
    """Tell what the card on a reader is, without its PIN."""
    with _card(reader, wait) as (tap, transmit):
        if felica.is_felica(tap.answer_to_reset):
            found = _read_felica(transmit)
        else:
            card = jpki.Card(transmit)
            found = {"kind": card.label(), "tries_left": card.tries_left(), "not_read": NOT_READ}
    _tell({"reader": tap.reader} | found, as_json=as_json)


def _read_felica(transmit: Transmit) -> dict[str, Any]:
    """The IDm without its middle: whoever sees the screen needs no more to know the card."""
    number = felica.parse_answer(transmit(felica.GET_IDM)).number.hex().upper()
    return {"kind": Kind.FELICA, "idm": f"{number[:2]}************{number[-2:]}"}


@card_cli.command("check")
def check(
    authorities: Annotated[
        Path, typer.Argument(help="Certificates (.pem) and lists (.crl) of who is trusted.")
    ],
    with_pin: Annotated[
        bool, typer.Option("--pin", help="Have the card sign; ICHIMAI_CARD_PIN, or asked for.")
    ] = False,
    reader: Reader = "",
    wait: Wait = 10,
    as_json: Json = False,
) -> None:
    """Prove that a My Number Card is genuine, valid and not revoked; with its PIN, that it is here.

    With one try of the PIN left, the card is not asked for a signature.
    """
    trusted = certificates.Authorities.load(authorities)
    with _card(reader, wait) as (tap, transmit):
        if felica.is_felica(tap.answer_to_reset):
            raise errors.CardNotRecognised
        card = jpki.Card(transmit)
        found: dict[str, Any] = {"reader": tap.reader, "kind": card.label()}
        found["tries_left"] = card.tries_left()
        nonce, signature = None, None
        if with_pin:
            _show_pin(card, found["tries_left"])
            nonce = secrets.token_bytes(32)
            signature = card.sign(nonce)
        certificate = card.certificate()
    verified = certificates.check(
        certificate,
        nonce=nonce,
        signature=signature,
        authorities=trusted,
        now=SystemClock().now(),
        revocation=certificates.CrlFolder(authorities),
    )
    found |= {
        "genuine": True,
        "revoked": False,
        "valid_to_year": day_in_tokyo(verified.expires_at).year,
        "signed": verified.is_signed,
        "read": "authentication certificate, tries left",
        "not_read": NOT_READ,
    }
    _tell(found, as_json=as_json)


def _show_pin(card: jpki.Card, tries_left: int) -> None:
    """Show the card its PIN, once; the tries are told before, and after a wrong one."""
    typer.echo(f"tries left: {tries_left}", err=True)
    try:
        card.verify_pin(_pin())
    except errors.WrongCardPin as wrong:
        typer.echo(f"tries left: {wrong.tries_left}", err=True)
        raise


def _pin() -> str:
    given = os.environ.get("ICHIMAI_CARD_PIN")
    return given or str(typer.prompt("PIN", hide_input=True, err=True))


@contextmanager
def _card(reader: str, wait_seconds: float) -> Iterator[tuple[Tap, Transmit]]:
    """The one card that lies on a reader now or soon."""
    readers = PcscReaders()
    tap = _tap(readers, reader, wait_seconds)
    with readers.session(tap) as transmit:
        yield tap, transmit


def _tap(readers: PcscReaders, reader: str, wait_seconds: float) -> Tap:
    deadline = time.monotonic() + wait_seconds
    while True:
        slots = readers.wait(max(0.0, min(_LOOK_SECONDS, deadline - time.monotonic())))
        found = [slot for slot in slots or () if slot.has_card and reader in slot.reader]
        if len(found) > 1:
            raise SeveralCardsShown
        for slot in found:
            clock = SystemClock()
            return Tap(ids.uuid7(clock), slot.reader, slot.changes, slot.answer_to_reset)
        if time.monotonic() >= deadline:
            raise NoCardService if slots is None else NoCardShown


def _tell(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found))
        return
    for name, value in found.items():
        typer.echo(f"{name.replace('_', ' '):<14}{_word(value)}")


def _word(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
