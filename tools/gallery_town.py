"""A town on one day, in which the commands of the gallery's pages are typed by their owners."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import uvicorn

from ichimai import (
    audit,
    founding,
    ledger,
    merchants,
    people,
    programs,
    registry,
    simulation,
    storage,
    towns,
    web,
)
from ichimai.app import Installation, Settings
from ichimai.kernel import ids
from ichimai.kernel.clock import ManualClock, day_in_tokyo
from ichimai.ledger import OperationId
from ichimai.ledger.model import Grant
from ichimai.people.records.claims import ClaimKind, NewClaim, Source
from ichimai.people.records.memberships import MembershipKind, Term
from ichimai.programs import funding, rules
from ichimai.programs.conditions import is_here
from ichimai.programs.scopes import Who
from ichimai.programs.terms import Program
from ichimai.registry import SubjectId
from tools import gallery_rules

AT: Final = datetime(2026, 11, 24, 1, tzinfo=UTC)
"""Ten in the morning on a day of the fair in Sugamo (4の日), while all campaigns run."""

BLOCK: Final = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_ASKED: Final = re.compile(r"card=\$\((card|gift)(?: (\d+) (\d+))?\)")
_WRITTEN_FOR: Final = "http://127.0.0.1:8000"
_STAFF: Final = UUID(int=0x5AFF)
_PIECES: Final = 100
_GIFT_YEN: Final = 10_000
_OLD_ENOUGH: Final = 72
"""For who has a program that only asks for an age and a membership."""


def blocks(page: Path) -> list[str]:
    """The commands of a page, block by block."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def words() -> str:
    """What the gallery's first page teaches a shell."""
    return blocks(gallery_rules.FOLDER / "README.md")[0]


@dataclass
class GalleryTown:
    """The town with its server; ``folder`` is where a shell stands."""

    installation: Installation
    folder: Path
    town: towns.Town = field(default_factory=gallery_rules.town)
    tokens: dict[str, str] = field(default_factory=dict)
    address: str = ""

    @property
    def clock(self) -> ManualClock:
        """The clock of the town."""
        clock = self.installation.clock
        if not isinstance(clock, ManualClock):
            raise TypeError(clock)
        return clock

    def found(self) -> None:
        """The town, its shops and places with a till each, and the things that are handed over."""
        fronts = simulation.storefronts(self.town, seed=1, at=self.clock.now())
        founding.found(self.installation, self.town, [front.shop for front in fronts])
        with self.installation.database.write(self.installation.operator) as tx:
            places = merchants.directory.places(tx)
            shops = [*(front.shop for front in fronts), *places]
            tills = merchants.tills.enrol_directly(tx, self.clock, [shop.id for shop in shops])
            for place in places:
                self._stock(tx, place)
        self.tokens = {shop.number: till.token for shop, till in zip(shops, tills, strict=True)}
        (self.folder / ".ichimai").mkdir()
        (self.folder / ".venv").mkdir()
        (self.folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)

    def _stock(self, tx: storage.WriteTx, place: merchants.Shop) -> None:
        till = simulation.life.till_of(place)
        for program in self.town.programs:
            for thing in program.things:
                if thing.has_stock and is_here(program.acceptance, till):
                    programs.stock.deliver(
                        tx,
                        self.clock,
                        OperationId(ids.uuid7(self.clock)),
                        program=program.key,
                        thing=thing.key,
                        place=place.id,
                        pieces=_PIECES,
                        by=_STAFF,
                    )

    def owner(self, program: Program, commands: Sequence[str]) -> str:
        """The card of somebody new, who is whom a page's commands and its program ask for."""
        installation = self.installation
        with installation.database.write(storage.REGISTRY) as tx:
            (card,) = registry.cards.new_cards(tx, installation.key, self.clock, 1)
            sector = installation.settings.operator
            (subject,) = registry.holders.subjects(tx, self.clock, sector, [card.holder])
        asked = _ASKED.search(commands[0]) if commands else None
        age = _OLD_ENOUGH
        if asked and asked[2]:
            age = (int(asked[2]) + int(asked[3])) // 2
        is_visitor = asked is not None and asked[1] == "card" and not asked[2]
        if not is_visitor:
            self._attest(subject, age, _predicates(program))
        if asked and asked[1] == "gift":
            self._grant(subject, program)
        self._write_demo(card.code, None if is_visitor else age)
        return card.code

    def _attest(self, subject: SubjectId, age: int, asked: set[str]) -> None:
        installation, today = self.installation, day_in_tokyo(self.clock.now())
        look = audit.Look(staff=_STAFF, role="clerk", purpose=audit.Purpose.APPLICATION)
        since = today - timedelta(days=400)
        facts = [
            (ClaimKind.BIRTH_DATE, date(today.year - age, 6, 15).isoformat()),
            (ClaimKind.RESIDENT_SINCE, since.isoformat()),
        ]
        if "disability" in asked:
            facts.append((ClaimKind.DISABILITY_GRADE, "2"))
        key, records = installation.personal_key, people.records
        with installation.database.write(installation.operator) as tx:
            for kind, value in facts:
                claim = NewClaim(kind, value, Source.DOCUMENT, "gallery", today)
                records.claims.add(tx, key, self.clock, look, subject, claim=claim)
            for text in sorted(asked):
                if text.startswith("membership:"):
                    records.memberships.add(
                        tx,
                        key,
                        self.clock,
                        look,
                        subject,
                        service=text.removeprefix("membership:"),
                        kind=MembershipKind.MEMBER,
                        number=f"G{subject.int % 10**6:06}",
                        term=Term(since, today + timedelta(days=400)),
                    )

    def _grant(self, subject: SubjectId, program: Program) -> None:
        grant = Grant(
            operation=OperationId(ids.uuid7(self.clock)),
            wallet=subject,
            funder=funding.funder_id(program),
            asset=program.key,
            units=_GIFT_YEN,
            capped_units=rules.capped_units(program, _GIFT_YEN),
            expires_at=rules.expires_at(program, self.clock.now()),
        )
        with self.installation.database.write(self.installation.operator) as tx:
            (answer,) = ledger.post(tx, self.clock, [grant])
        if not isinstance(answer, ledger.Posted):
            raise answer

    def _write_demo(self, card: str, age: int | None) -> None:
        """What a demo tells, of a town in which this one person can be found."""
        found = {
            "terminals": [{"number": n, "token": token} for n, token in self.tokens.items()],
            "places": [],
            "cards": [card],
            "people": [{"card": card, "age": age}],
        }
        (self.folder / ".ichimai" / "demo.json").write_text(json.dumps(found), encoding="utf-8")

    def type_in(self, card: str, commands: str) -> list[dict[str, Any]]:
        """What the server answers to a block of commands; raises where one is refused."""
        self.clock.advance(timedelta(minutes=5))
        script = words().replace(_WRITTEN_FOR, self.address) + f"card={card}\n" + commands
        bash = shutil.which("bash") or "bash"
        done = subprocess.run(
            [bash, "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{commands}{done.stdout}{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]


def _predicates(program: Program) -> set[str]:
    groups: list[Who] = [program.entitled, *(one.who for one in program.earnings)]
    return {text for who in groups for text in (*who.predicates, *who.any_of)}


@contextmanager
def open_town(folder: Path, database_url: str) -> Iterator[GalleryTown]:
    """The town in a migrated, empty database, served at an address of this machine."""
    settings = Settings(data=folder, database_url=database_url, second_factor="optional")
    gallery = GalleryTown(Installation(settings, ManualClock(AT)), folder)
    gallery.found()
    installation = gallery.installation
    committer = ledger.group_commit.GroupCommit(installation.desk.serve)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gallery.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        services = web.Services(
            database=installation.database,
            operator=installation.operator,
            sector=settings.operator,
            registry_key=installation.key,
            clock=gallery.clock,
            personal_key=installation.personal_key,
            submit=committer.submit,
            town=installation.town(),
            is_https=False,
            base_url=gallery.address,
            needs_second_factor=False,
        )
        app = web.application(services)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield gallery
        finally:
            server.should_exit = True
            thread.join()
            committer.close()
            installation.database.close()
