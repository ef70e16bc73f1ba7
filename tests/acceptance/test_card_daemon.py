"""An emulated card behind the real pcscd: Debian's OpenSC, our reader and the command take it."""

import json
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from typer.testing import CliRunner, Result

from ichimai.cards import Kind, certificates, errors, felica, jpki
from ichimai.cards.emulated import FelicaCard, MyNumberCard, NoVirtualReader, PrivateDaemon
from ichimai.cards.test_authority import TestAuthority
from ichimai.cli.card import card_cli
from ichimai.cli.card_errors import NoCardShown, SeveralCardsShown
from ichimai.kernel.clock import SystemClock
from ichimai.kernel.errors import DomainError
from ichimai.reader import PcscReaders
from tests import card_daemon
from tests.acceptance.commands import ichimai, refused, right
from tests.acceptance.faults.town import ICHIMAI, environment
from tests.acceptance.reader.site import wait_until
from tests.card_daemon import FIRST, PIN, SECOND, run, wait_for_card

IDM: Final = bytes.fromhex("012E4CD199087745")


@dataclass
class Overheard:
    """A card of which every command is written down."""

    card: MyNumberCard
    commands: list[bytes] = field(default_factory=list)

    @property
    def atr(self) -> bytes:
        return self.card.atr

    def reset(self) -> None:
        self.card.reset()

    def answer(self, apdu: bytes) -> bytes:
        self.commands.append(apdu)
        return self.card.answer(apdu)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a test authority, as an operator trusts it."""
    return tmp_path_factory.mktemp("authority")


@pytest.fixture(scope="module")
def authority(folder: Path) -> TestAuthority:
    """The authority itself."""
    now = SystemClock().now()
    made = TestAuthority.load_or_make(folder, now)
    made.publish(folder, now)
    return made


@pytest.fixture(scope="module")
def daemon() -> Iterator[PrivateDaemon]:
    """The card service of this module."""
    with card_daemon.running() as started:
        yield started


@pytest.fixture
def card(daemon: PrivateDaemon, authority: TestAuthority) -> Iterator[MyNumberCard]:
    """A My Number Card on the reader."""
    made = card_daemon.new_card(authority)
    wait_for_card(is_there=False)
    with daemon.insert(made):
        wait_for_card()
        yield made


@pytest.fixture
def overheard(daemon: PrivateDaemon, authority: TestAuthority) -> Iterator[Overheard]:
    """The same, with an ear at the reader."""
    made = Overheard(card_daemon.new_card(authority))
    wait_for_card(is_there=False)
    with daemon.insert(made):
        wait_for_card()
        yield made


def test_opensc_names_the_card(card: MyNumberCard) -> None:
    assert run("opensc-tool", "--reader", FIRST, "--name").stdout.strip() == b"jpki"
    assert run("opensc-tool", "--reader", FIRST, "--atr").stdout.strip() == (
        card.atr.hex(":").encode()
    )


def test_opensc_lists_the_certificate_and_its_signature_verifies_with_openssl(
    card: MyNumberCard, tmp_path: Path
) -> None:
    listed = run("pkcs11-tool", "--list-objects", "--type", "cert").stdout.decode()
    assert "User Authentication Certificate\n" in listed
    assert "User Authentication Certificate CA\n" in listed
    assert "TESTCARD" in listed
    message, signature = tmp_path / "message", tmp_path / "signature"
    message.write_bytes(b"a challenge")
    files = ["--input-file", str(message), "--output-file", str(signature)]
    sign = ["pkcs11-tool", "--login", "--pin", PIN, "--sign", "--mechanism", "SHA256-RSA-PKCS"]
    assert run(*sign, "--id", "01", *files).returncode == 0
    certificate, key = tmp_path / "certificate.der", tmp_path / "key.pem"
    read = ["pkcs11-tool", "--read-object", "--type", "cert", "--id", "01"]
    assert run(*read, "--output-file", str(certificate)).returncode == 0
    public = run("openssl", "x509", "-inform", "der", "-in", str(certificate), "-noout", "-pubkey")
    key.write_bytes(public.stdout)
    verify = ["openssl", "dgst", "-sha256", "-verify", str(key), "-signature", str(signature)]
    assert run(*verify, str(message)).stdout == b"Verified OK\n"
    assert run(*verify, str(certificate)).returncode == 1
    assert card.tries_left == 3


def test_opensc_and_we_count_the_same_wrong_pins(card: MyNumberCard) -> None:
    login = ("pkcs11-tool", "--login", "--list-objects", "--pin")
    assert run(*login, "0000").returncode == 1
    assert card.tries_left == 2
    with PcscReaders().session(wait_for_card()) as transmit:
        assert jpki.Card(transmit).tries_left() == 2
    assert run(*login, PIN).returncode == 0
    assert card.tries_left == 3


def test_the_answer_to_a_challenge_proves_the_card(
    card: MyNumberCard, authority: TestAuthority
) -> None:
    """How long it takes, ``python -m tests.card_daemon`` prints."""
    with PcscReaders().session(wait_for_card()) as transmit:
        real = jpki.Card(transmit)
        real.verify_pin(PIN)
        signature, certificate = real.sign(b"nonce"), real.certificate()
    verified = certificates.check(
        certificate,
        nonce=b"nonce",
        signature=signature,
        authorities=authority.authorities,
        now=SystemClock().now(),
        revocation=authority.revocation(SystemClock()),
    )
    assert (verified.kind, verified.is_signed) == (Kind.MY_NUMBER_CARD, True)
    assert card.tries_left == 3


def test_a_card_on_each_slot_is_itself(daemon: PrivateDaemon, card: MyNumberCard) -> None:
    with daemon.insert(FelicaCard(IDM), slot=1):
        tap = wait_for_card(SECOND)
        assert felica.is_felica(tap.answer_to_reset)
        with PcscReaders().session(tap) as transmit:
            assert felica.parse_answer(transmit(felica.GET_IDM)).number == IDM
        assert run("opensc-tool", "--reader", FIRST, "--name").stdout.strip() == b"jpki"
        assert run("opensc-tool", "--reader", SECOND, "--name").stdout.strip() != b"jpki"
    wait_for_card(SECOND, is_there=False)


def test_a_pin_is_forgotten_with_the_session_and_when_the_card_is_lifted(
    daemon: PrivateDaemon, authority: TestAuthority
) -> None:
    card = card_daemon.new_card(authority)
    sign_again = [bytes.fromhex(one) for one in ("00A4020C020017", f"802A008001{'00'}00")]
    wait_for_card(is_there=False)
    with daemon.insert(card):
        tap = wait_for_card()
        with PcscReaders().session(tap) as transmit:
            jpki.Card(transmit).verify_pin(PIN)
            assert [transmit(one)[-2:].hex() for one in sign_again] == ["9000", "9000"]
        with PcscReaders().session(tap) as transmit:
            answers = [transmit(one)[-2:].hex() for one in sign_again]
            assert "9000" not in answers
    wait_for_card(is_there=False)
    with daemon.insert(card):
        again = wait_for_card()
        assert again.changes > tap.changes
        with PcscReaders().session(again) as transmit:
            assert "9000" not in [transmit(one)[-2:].hex() for one in sign_again]
    wait_for_card(is_there=False)


def test_the_command_reads_and_checks_without_a_pin(folder: Path, overheard: Overheard) -> None:
    read = told(ask("read", "--json"))
    assert (read["kind"], read["tries_left"], read["reader"]) == ("my_number_card", 3, FIRST)
    checked = told(ask("check", str(folder), "--json"))
    assert (checked["genuine"], checked["revoked"], checked["signed"]) == (True, False, False)
    plain = ask("check", str(folder)).stdout.splitlines()
    assert "My Number" in next(line for line in plain if line.startswith("not read"))
    _nothing_else_was_asked(overheard.commands, {"0006", "000A", "0018"})


def test_the_command_has_the_card_sign_with_its_pin(folder: Path, overheard: Overheard) -> None:
    """As a program of its own, which neither shows nor keeps the PIN."""
    done = right("card", "check", str(folder), "--pin", "--json", ICHIMAI_CARD_PIN=PIN)
    assert done.last["signed"] is True
    assert "tries left: 3" in done.err
    assert PIN not in done.out + done.err
    assert overheard.card.tries_left == 3
    _nothing_else_was_asked(overheard.commands, {"0006", "000A", "0017", "0018"})


def test_the_command_leaves_the_last_try_to_the_holder(folder: Path, overheard: Overheard) -> None:
    """Wrong PINs cost one try each and are shown; with one left the card is not asked."""
    for left in (2, 1):
        done = check(folder, "0000")
        refused_with(done, errors.WrongCardPin)
        assert done.stderr.splitlines() == [f"tries left: {left + 1}", f"tries left: {left}"]
        assert overheard.card.tries_left == left
    overheard.commands.clear()
    for pin in ("0000", PIN):
        done = check(folder, pin)
        assert "tries left: 1" in done.stderr
        refused_with(done, errors.LastCardPinTry)
    assert overheard.card.tries_left == 1
    assert not [one for one in overheard.commands if one[1] == 0x20 and len(one) > 5]


def test_the_command_refuses_whom_it_does_not_trust(card: MyNumberCard, tmp_path: Path) -> None:
    refused_with(ask("check", str(tmp_path)), errors.AuthorityUnreadable)
    TestAuthority.load_or_make(tmp_path, SystemClock().now())
    refused_with(ask("check", str(tmp_path)), errors.UnknownAuthority)
    assert card.tries_left == 3


def test_the_command_refuses_a_revoked_or_expired_card(
    folder: Path, authority: TestAuthority, daemon: PrivateDaemon
) -> None:
    now = SystemClock().now()
    issued = authority.issue("A" * 23, now + timedelta(days=300))
    authority.revoke(issued.serial, x509.ReasonFlags.superseded, now)
    authority.publish(folder, now)
    old = authority.issue("B" * 23, now - timedelta(days=1))
    for one, error in ((issued, errors.CertificateRevoked), (old, errors.CertificateExpired)):
        wait_for_card(is_there=False)
        with daemon.insert(MyNumberCard(one, pin=PIN)):
            wait_for_card()
            refused_with(check(folder, PIN), error)


def test_the_command_says_when_there_is_no_card_or_more_than_one(
    daemon: PrivateDaemon, authority: TestAuthority, folder: Path
) -> None:
    wait_for_card(is_there=False)
    refused_with(ask("read", "--wait", "0.2"), NoCardShown)
    with daemon.insert(card_daemon.new_card(authority)), daemon.insert(FelicaCard(IDM), slot=1):
        wait_for_card(FIRST)
        wait_for_card(SECOND)
        refused_with(ask("read"), SeveralCardsShown)
        read = told(ask("read", "--reader", "00 01", "--json"))
        assert read == {"reader": SECOND, "kind": "felica", "idm": "01************45"}
        no_my_number_card = ask("check", str(folder), "--reader", "00 01")
        refused_with(no_my_number_card, errors.CardNotRecognised)
    wait_for_card(is_there=False)
    wait_for_card(SECOND, is_there=False)


def test_the_command_says_when_there_is_no_card_service(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nobody")
    refused(ichimai("card", "read", "--wait", "0", PCSCLITE_CSOCK_NAME=nowhere), "no_card_service")
    emulate = ("emulate", str(tmp_path))
    refused_with(ask(*emulate, "--at", "127.0.0.1:1"), NoVirtualReader)
    refused_with(ask(*emulate, "--idm", "1234"), felica.InvalidIdm)
    for wrong in (("--at", "nowhere"), ("--at", "a:99999"), ("--pin", "12"), ("--pin", "abcd")):
        assert ask(*emulate, *wrong).exit_code == 2


def test_a_demonstration_needs_one_command_and_leaves_nothing(tmp_path: Path) -> None:
    """Emulate, check from elsewhere, lift, stop by a signal; next time it is the same card."""
    folder = tmp_path / "authority"
    with _emulating(str(folder), "--pin", "7777") as (process, address):
        settings = {"PCSCLITE_CSOCK_NAME": address, "ICHIMAI_CARD_PIN": "7777"}
        checked = right("card", "check", str(folder), "--pin", "--json", data=None, **settings)
        assert checked.last["signed"] is True
        _press_enter(process, "lifted")
        wait_until(lambda: _finds_no_card(settings))
        _press_enter(process, "on the reader")
    assert not Path(address).parents[1].exists()
    (kept,) = folder.glob("cards/*")
    secrets = {path: path.read_bytes() for path in (kept, folder / "authority.key")}
    assert [path for path in secrets if path.stat().st_mode & 0o077] == []
    with _emulating(str(folder)):
        assert {path: path.read_bytes() for path in secrets} == secrets


def test_the_virtual_reader_is_out_of_everybodys_reach(daemon: PrivateDaemon) -> None:
    """It is in another network than we, and nothing but the loopback leads there."""
    (pid,) = card_daemon.processes(str(daemon.address.parents[1]), "pcscd")
    ours = Path("/proc/self/ns/net").readlink()
    assert Path(f"/proc/{pid}/ns/net").readlink() != ours
    interfaces = Path(f"/proc/{pid}/net/dev").read_text(encoding="ascii").splitlines()[2:]
    assert [line.split(":")[0].strip() for line in interfaces] == ["lo"]


def ask(*words: str, **settings: str) -> Result:
    """``ichimai card`` in this process."""
    return CliRunner().invoke(card_cli, words, env=settings)


def check(folder: Path, pin: str) -> Result:
    """Check the card on the reader, with its PIN."""
    return ask("check", str(folder), "--pin", ICHIMAI_CARD_PIN=pin)


def told(done: Result) -> dict[str, object]:
    """What a command that succeeded says in JSON."""
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def refused_with(done: Result, error: type[DomainError]) -> None:
    """The command failed with that error, of which ``main`` makes one line."""
    assert isinstance(done.exception, error), done.output


def _nothing_else_was_asked(commands: list[bytes], files: set[str]) -> None:
    """No other application and no other file was ever selected."""
    applications = {one[5:].hex().upper() for one in commands if one[1:3] == b"\xa4\x04"}
    selected = {one[5:7].hex().upper() for one in commands if one[1:3] == b"\xa4\x02"}
    assert applications == {"D392F000260100000001"}
    assert selected == files
    assert {one[1] for one in commands} <= {0xA4, 0xB0, 0x20, 0x2A}


class _emulating:  # noqa: N801  used as a word in a sentence
    """The command that emulates a card, from its first line to its end by a signal."""

    def __init__(self, *words: str) -> None:
        self._words = words

    def __enter__(self) -> tuple[subprocess.Popen[str], str]:
        self._process = subprocess.Popen(
            [ICHIMAI, "card", "emulate", *self._words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment() | {"PYTHONUNBUFFERED": "1"},
            text=True,
        )
        assert self._process.stdout is not None
        address = self._process.stdout.readline().strip().removeprefix("export ").split("=")[1]
        assert self._process.stdout.readline() == "on the reader, 3 tries\n"
        return self._process, address

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        with self._process:
            assert self._process.wait(20) == 0


def _finds_no_card(settings: dict[str, str]) -> bool:
    """The service notices a lifted card some moments later; nothing is read of it until then."""
    done = ichimai("card", "read", "--wait", "0", data=None, **settings)
    assert done.code == 1, done.out
    return done.err.startswith("no_card_shown: ")


def _press_enter(process: subprocess.Popen[str], answer: str) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline().startswith(answer)
