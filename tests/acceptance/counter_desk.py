"""A clerk at a counter of the little town, with a browser that needs no JavaScript."""

import re
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from ichimai import identity, people, registry
from ichimai.cards import barcodes
from ichimai.cards.barcodes import CardScheme, Check
from ichimai.identity.model import Service, ServiceCode
from ichimai.people.model import StaffRole
from ichimai.registry import SubjectId
from ichimai.registry.model import IssuedCard
from ichimai.storage import REGISTRY
from tests.acceptance.little_town import PASSWORD, SECTOR, LittleTown
from tests.acceptance.pages import Page, PageClient
from tests.passwords import cheap_hash

CLERK: Final = "小林 窓子"
LIBRARY: Final = Service(
    code=ServiceCode("library"),
    name_ja="図書館",
    name_en="Library",
    scheme=CardScheme("library", check=Check.M10W21_SPLIT, length=8),
)
NUMBER: Final = barcodes.with_check("1000000", LIBRARY.scheme)
MASKED: Final = "*****" + NUMBER[-3:]
HANAKO: Final = {
    "name": "豊島 花子",
    "kana": "としま はなこ",
    "born": "昭和20年4月1日",
    "phone": "03-1234-5678",
    "document": "driving_licence",
}


def equip(town: LittleTown) -> None:
    """Give the town a clerk and a library."""
    password = cheap_hash(PASSWORD)
    with town.database.write(town.operator) as tx:
        people.staff.add(tx, town.clock, name=CLERK, role=StaffRole.CLERK, password=password)
        identity.links.add_service(tx, town.clock, LIBRARY)


@dataclass
class Desk:
    """The clerk's browser."""

    town: LittleTown
    client: PageClient

    def sign_in(self, name: str = CLERK) -> "Desk":
        """Come in as everybody on the staff does."""
        page = self.client.get("/console/sign-in")
        fields = {"name": name, "password": PASSWORD}
        self.client.submit(page, "/console/sign-in", fields)
        return self

    def begin(self, purpose: str = "application", note: str = "") -> Page:
        """Choose why; the page on which a card is shown."""
        page = self.client.get("/counter")
        data = {"form_token": _value(page.tree, "form_token"), "purpose": purpose, "note": note}
        answer = self.client.http.post("/counter/purpose", data=data)
        assert answer.headers["location"] == "/counter/show", answer.text
        return self.client.get("/counter/show")

    def tap(
        self, card: IssuedCard | str, purpose: str = "application", *, status: int = 200
    ) -> Page:
        """Show a card, from the beginning; the person's page."""
        code = card if isinstance(card, str) else card.code
        return self.client.submit(
            self.begin(purpose), "/counter/tap", {"card": code}, status=status
        )

    def confirm(self, page: Page, card: IssuedCard | str, *, status: int = 200) -> Page:
        """The second tap on the page that waits for it."""
        code = card if isinstance(card, str) else card.code
        (action,) = [
            form.get("action", "")
            for form in page.forms()
            if form.get("action", "").endswith("/confirmation")
        ]
        return self.client.submit(page, action, {"card": code}, status=status)

    def ask(self, path: str, fields: dict[str, str], *, status: int = 200) -> Page:
        """Fill in the form of a page about the person who is there."""
        return self.client.submit(self.client.get(path), path, fields, status=status)

    def sent(self, page: Page, action: str, fields: dict[str, str]) -> int:
        """Send a form once and for all as it is: a browser that does not look at the answer."""
        form = page.form_to(action)
        data = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
        return self.client.http.post(action, data=data | fields).status_code


def code_on(page: Page) -> str:
    """The code of the card that a page shows to be printed."""
    (code,) = re.findall(r"\b(?:[0-9A-Z]{4}-){4}[0-9A-Z]\b", page.text)
    return str(code)


def links(town: LittleTown) -> list[tuple[SubjectId, str, str]]:
    """All links there are: whose, which number, and their state."""
    key = identity.sealing.operator_key(town.key.secret, SECTOR)
    with town.database.read(town.operator) as tx:
        subjects = tx.rows("SELECT DISTINCT subject FROM link")
        found = [link for (one,) in subjects for link in identity.links.links_of(tx, one)]
    return [
        (link.subject, identity.links.number_in(key, link) or "", link.state.value)
        for link in sorted(found, key=lambda link: link.id)
    ]


def looks(town: LittleTown) -> list[tuple[str, str, bool]]:
    """The access log: purpose, what, and whether it was a change."""
    with town.database.snapshot(town.operator) as tx:
        return tx.rows("SELECT purpose, what, is_change FROM access_entry ORDER BY number")


def subject_of(town: LittleTown, card: IssuedCard) -> SubjectId:
    """Who a card's holder is here."""
    with town.database.read(REGISTRY) as tx:
        (found,) = registry.resolve(tx, town.key, SECTOR, [card.code])
    assert found is not None
    assert found.subject is not None
    return found.subject


def _value(tree: Element, name: str) -> str:
    return next(each.get("value", "") for each in tree.iter("input") if each.get("name") == name)
