"""The demo: a town, its longevity gifts, and a month of shopping through the real parts."""

import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Final
from uuid import UUID

from ichimai import (
    founding,
    merchants,
    people,
    programs,
    registry,
    simulation,
    storage,
    towns,
)
from ichimai.app import Installation, Settings
from ichimai.demo.summary import Summary, summarise
from ichimai.demo.townspeople import Townspeople
from ichimai.demo.weeks import Treasury
from ichimai.kernel import clock, errors
from ichimai.kernel.clock import ManualClock, start_of_day
from ichimai.kernel.text import Encoding
from ichimai.ledger import OperationId
from ichimai.people.model import Staff, StaffRole
from ichimai.programs.model import PaymentRequest, RefundRequest, Request
from ichimai.programs.terms import Program
from ichimai.simulation import EventKind, Recipient, Resident, ShoppingEvent, Storefront
from ichimai.simulation.life import Happening
from ichimai.towns import Town

GIFT_SHARE: Final = 0.08
"""Gifts a resident: six times the natural share, so that a small town has a lively month."""

LIBRARY_SHARE: Final = 0.2
"""Residents with an old library card."""

_SHOWN_LIBRARY_CARDS: Final = 100
_ENCODINGS: Final = (Encoding.CP932, Encoding.UTF_8_BOM)
_PREPARED_DAYS: Final = 3

Tell = Callable[[str], None]
Entry = ShoppingEvent | Happening


@dataclass(frozen=True, slots=True)
class Size:
    """How large the demo is."""

    residents: int = 4_000
    days: int = 30
    seed: int = 1


@dataclass(eq=False)
class AnotherDemo(errors.Conflict):
    """This folder holds a demo of another size or seed; name an empty folder, or that demo."""

    code = "another_demo"


@dataclass(eq=False)
class UnfinishedDemo(errors.Conflict):
    """This folder holds a town that is no finished demo; name an empty folder."""

    code = "unfinished_demo"


def demo(settings: Settings, url: str, size: Size, tell: Tell) -> Summary:
    """Make the demo's town in an empty database, or find it there, and sum it up.

    Writes ``demo.json`` into the data folder, with sign-ins for people and tills.
    """
    started = time.monotonic()
    today = clock.day_in_tokyo(clock.SystemClock().now())
    first_day = today - timedelta(days=size.days)
    manual = ManualClock(start_of_day(first_day - timedelta(days=_PREPARED_DAYS)))
    storage.migrate.migrate(
        url, [storage.operator_schema(settings.operator)], clock.SystemClock().now()
    )
    installation = Installation(settings, manual)
    path, made = settings.data / "demo.json", settings.data / "demo-size.json"
    asked: dict[str, int] = {}
    if path.exists():
        if not made.exists() or json.loads(made.read_text(encoding="utf-8")) != asdict(size):
            raise AnotherDemo
    else:
        with installation.database.read(installation.operator) as tx:
            if programs.lists.profile(tx) is not None:
                raise UnfinishedDemo
        made.write_text(json.dumps(asdict(size)), encoding="utf-8")
        month = _Month(installation, size, first_day, tell)
        month.run()
        asked = month.folk.asked
        _write_sign_ins(path, month.sign_ins(settings.base_url))
    summary = summarise(installation, size.residents, started, asked)
    installation.database.close()
    return summary


def _write_sign_ins(path: Path, found: dict[str, object]) -> None:
    """Write ``demo.json``, whole or not at all: with it there, the town is taken as made."""
    half = path.with_suffix(".half")
    half.touch(mode=0o600)
    half.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    half.replace(path)


class _Month:
    """One run of the month. What happens in the town goes in by the doors that everybody uses."""

    def __init__(self, installation: Installation, size: Size, first_day: date, tell: Tell) -> None:
        self.installation = installation
        self.desk = installation.desk
        self.size = size
        self.first_day = first_day
        self.tell = tell
        self.town: Town = towns.load("toshima")
        self.program: Program = self.town.programs[0]
        self.passwords: dict[str, tuple[Staff, str]] = {}
        self.cards: dict[int, str] = {}
        self.library_cards: list[str] = []
        self.tills: list[merchants.EnrolledTerminal] = []
        self.fronts: tuple[Storefront, ...] = ()
        self.surprises: list[str] = []
        self.folk = Townspeople(installation, self.town, {})

    @property
    def clock(self) -> ManualClock:
        """The clock of the town, which the month sets."""
        found = self.installation.clock
        if not isinstance(found, ManualClock):
            raise TypeError(found)
        return found

    def run(self) -> None:
        """Set the town up, grant, let a month pass, close each week and pay out."""
        self._found()
        given = self._grant()
        self.tell(
            f"{self.size.days} days of life: {len(given)} recipients,"
            f" {self.folk.residents} residents with a card,"
            f" {len(self.folk.cards) - self.folk.residents} visitors"
        )
        self._live(given)
        if self.surprises:
            raise RuntimeError("the month went otherwise than planned: " + self.surprises[0])

    def _found(self) -> None:
        self.fronts = simulation.storefronts(self.town, seed=self.size.seed, at=self.clock.now())
        self.tell(f"{len(self.town.associations)} associations, {len(self.fronts)} shops")
        founding.found(self.installation, self.town, [front.shop for front in self.fronts])
        with self.installation.database.write(self.installation.operator) as tx:
            self.tills = merchants.tills.enrol_directly(
                tx, self.clock, [front.shop.id for front in self.fronts]
            )
            places = merchants.directory.places(tx)
            counters = merchants.tills.enrol_directly(tx, self.clock, [one.id for one in places])
        numbers = [front.shop.number for front in self.fronts] + [one.number for one in places]
        tills = [*self.tills, *counters]
        self.folk.tokens = {number: till.token for number, till in zip(numbers, tills, strict=True)}
        for name, role in (
            ("officer", StaffRole.OFFICER),
            ("approver", StaffRole.APPROVER),
            ("treasurer", StaffRole.TREASURER),
            ("auditor", StaffRole.AUDITOR),
            ("clerk", StaffRole.CLERK),
        ):
            self._employ(name, role)

    def _employ(self, name: str, role: StaffRole) -> None:
        password = "-".join(secrets.token_hex(2) for _ in range(4))
        hashed = people.sign_in.password_hash(password)
        with self.installation.database.write(self.installation.operator) as tx:
            member = people.staff.add(tx, self.clock, name=name, role=role, password=hashed)
        self.passwords[name] = (member, password)

    def _who(self, name: str) -> UUID:
        return self.passwords[name][0].id

    def _grant(self) -> tuple[Recipient, ...]:
        residents = simulation.population(
            self.town,
            self.program,
            seed=self.size.seed,
            count=self.size.residents,
            on=self.first_day,
            gift_share=GIFT_SHARE,
        )
        self._take_over_library_cards(residents)
        self.folk.settle_in(residents, self._who("officer"), self.size.seed)
        given = simulation.gift_lists.recipients(residents, self.program)
        half = len(given) // 2
        numbers = {recipient.resident.number: i for i, recipient in enumerate(given)}
        # Two lists, as a register with an old and a new part would export them.
        for part, encoding in zip((given[:half], given[half:]), _ENCODINGS, strict=True):
            if part:
                self._grant_list(part, encoding, numbers)
        return given

    def _take_over_library_cards(self, residents: Sequence[Resident]) -> None:
        """As ``ichimai import cards`` would: nobody knows yet whose gift cards they also are."""
        library = next((one for one in self.town.numbered if one.code == "library"), None)
        if library is None:
            return
        data = simulation.old_card_list_csv(
            residents,
            library.scheme,
            seed=self.size.seed,
            share=LIBRARY_SHARE,
            on=clock.day_in_tokyo(self.clock.now()),
        )
        rows = registry.old_cards.read(data, library.scheme)
        with self.installation.database.write(storage.REGISTRY) as tx:
            done = registry.old_cards.import_list(
                tx, self.installation.key, self.clock, self.town.operator.code, rows
            )
        self.library_cards = [row.shown.number.decode() for row in rows]
        self.tell(f"{done.new_cards} old library cards taken over")

    def _grant_list(
        self, part: Sequence[Recipient], encoding: Encoding, numbers: dict[str, int]
    ) -> None:
        data = simulation.gift_lists.gift_list_csv(part, self.program, encoding)
        key, database = self.program.key, self.installation.database
        with database.write(self.installation.operator) as tx:
            submitted = programs.lists.submit(tx, self.clock, key, data, by=self._who("officer"))
        with database.write(self.installation.operator) as tx:
            programs.lists.decide(
                tx, self.clock, submitted.id, by=self._who("approver"), is_approved=True
            )
        for progress in programs.lists.post_list(self.desk, submitted.id):
            self.tell(f"granted {progress.posted_rows} of {progress.row_count} ({encoding})")
        for card in programs.cards.print_cards(self.desk, submitted.id):
            self.cards[numbers[card.recipient]] = card.code

    def _live(self, given: Sequence[Recipient]) -> None:
        first, days, seed = self.first_day, self.size.days, self.size.seed
        events = simulation.shopping(
            given, self.fronts, self.program, seed=seed, first_day=first, days=days
        )
        gifts = {
            day: list(some) for day, some in groupby(events, lambda one: clock.day_in_tokyo(one.at))
        }
        lived = self.folk.days(self.fronts, seed=seed, first_day=first, days=days)
        for number in range(days):
            day = first + timedelta(days=number)
            self._open_day(day)
            for batch in _batches(gifts.get(day, []), lived.get(day, [])):
                self._serve(batch)
        self._open_day(first + timedelta(days=days))
        self._treasury.close_all(first + timedelta(days=days - 1))

    @cached_property
    def _treasury(self) -> Treasury:
        last_day = self.first_day + timedelta(days=self.size.days)
        treasurer, approver = self._who("treasurer"), self._who("approver")
        return Treasury(self.installation, treasurer, approver, last_day, self.tell)

    def _open_day(self, day: date) -> None:
        """What happens before the shops open: ends of lots; on Mondays, the week is closed."""
        # Soon after midnight the last day has no such hour yet, and a ledger that is ahead of
        # the clock takes no payments.
        opens_at = min(start_of_day(day) + timedelta(hours=1), clock.SystemClock().now())
        self.clock.at = max(self.clock.at, opens_at)
        programs.upkeep.expire(self.desk)
        self._treasury.hear_from_bank(day)
        if day.weekday() == 0 and day > self.first_day:
            self._treasury.close("weekly")
        if day.day == 1 and day > self.first_day:
            self._treasury.close("monthly")

    def _serve(self, entries: list[Entry]) -> None:
        self.clock.at = max(self.clock.at, entries[0].at)
        gifts = [one for one in entries if isinstance(one, ShoppingEvent)]
        lived = [one for one in entries if isinstance(one, Happening)]
        asked = [(event, request) for event in gifts if (request := self._request(event))]
        done = list(self.folk.requests(lived))
        if not asked and not done:
            return
        answers = self.desk.serve([request for _, request in (*asked, *done)])
        for (event, _), answer in zip(asked, answers, strict=False):
            self._expect(event, answer)
        for (happening, _), answer in zip(done, answers[len(asked) :], strict=True):
            self.folk.note(happening, answer)

    def _request(self, event: ShoppingEvent) -> Request | None:
        if event.shop is None:
            programs.cards.stop_card(self.desk, self.cards[event.recipient])
            return None
        token = self.tills[event.shop].token
        if event.kind is EventKind.REFUND and event.refers_to is not None:
            return RefundRequest(
                id=OperationId(event.id),
                token=token,
                payment=OperationId(event.refers_to),
                units=event.units,
            )
        return PaymentRequest(
            id=OperationId(event.id),
            token=token,
            credential=self.cards[event.recipient],
            units=event.units,
            occurred_at=event.at,
        )

    def _expect(self, event: ShoppingEvent, answer: object) -> None:
        code = answer.code if isinstance(answer, errors.DomainError) else None
        # Where the gift is not taken, another program may be, of which there is none on the card.
        is_wrong_shop = event.kind is EventKind.WRONG_SHOP and code == "insufficient_balance"
        if code != event.refused_as and not is_wrong_shop:
            self.surprises.append(f"{event.kind} at {event.at}: {code}, not {event.refused_as}")

    def sign_ins(self, base_url: str) -> dict[str, object]:
        """What ``demo.json`` holds."""
        return {
            "base_url": base_url,
            "operator": self.installation.settings.operator,
            "terminals": [
                {
                    "number": front.shop.number,
                    "shop": front.shop.name,
                    "association": front.street.association.name,
                    "accepts_gift_vouchers": front.takes(self.program.acceptance),
                    "token": till.token,
                }
                for front, till in zip(self.fronts, self.tills, strict=True)
            ],
            "places": [
                {"number": one.number, "place": one.name, "token": self.folk.tokens[one.number]}
                for one in self.town.places
            ],
            "cards": [self.cards[i] for i in sorted(self.cards)],
            "people": self.folk.with_ages(clock.day_in_tokyo(self.clock.now())),
            "staff": [
                {"name": member.name, "role": member.role.value, "password": password}
                for member, password in self.passwords.values()
            ],
            "library_cards": self.library_cards[:_SHOWN_LIBRARY_CARDS],
            "authorities": str(self.installation.settings.authorities or ""),
        }


def _batches(gifts: Sequence[ShoppingEvent], lived: Sequence[Happening]) -> Iterator[list[Entry]]:
    """What happens in one minute together; a lost card is reported between two of them."""
    entries: list[Entry] = sorted([*gifts, *lived], key=lambda one: one.at)
    for _, group in groupby(entries, key=lambda one: one.at.replace(second=0, microsecond=0)):
        batch: list[Entry] = []
        for entry in group:
            if entry.shop is None:
                if batch:
                    yield batch
                yield [entry]
                batch = []
            else:
                batch.append(entry)
        if batch:
            yield batch


def read_sign_ins(data: Path) -> dict[str, object]:
    """What a demo wrote for those who want to try it."""
    found: dict[str, object] = json.loads((data / "demo.json").read_text(encoding="utf-8"))
    return found
