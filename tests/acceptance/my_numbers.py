"""A My Number in every spelling, every place where it could be typed, and who may type there."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
from starlette.routing import Route

from ichimai import people, web
from ichimai.people.model import Audience, StaffRole
from ichimai.web.api.endpoint import Caller, Operation
from ichimai.web.api.openapi import operation_of
from ichimai.web.console.door import DOOR as CONSOLE
from ichimai.web.layout import security
from ichimai.web.resident.door import DOOR as RESIDENT
from ichimai.web.shop.door import DOOR as TILL
from tests.acceptance.little_town import services_of
from tests.acceptance.routes import api_routes
from tests.passwords import cheap_hash
from tests.town import Town

MY_NUMBER: Final = "123456789018"
SPELLINGS: Final = (
    MY_NUMBER,
    "1234-5678-9018",
    "1234 5678 9018",
    "１２３４５６７８９０１８",
    "１２３４－５６７８－９０１８",
    f"個人番号は{MY_NUMBER}です",
    f"A{MY_NUMBER}",
)
TRACES: Final = (
    MY_NUMBER,
    "12345678901",
    "5678-9018",
    "5678 9018",
    "５６７８",
    "5678%20",
    "%EF%BC%95",
)
"""Parts by which it would be found in an answer or a log, however it was cut."""

WEB: Final = Path(web.__file__).parent
DOORS: Final = {"/me": RESIDENT, "/shop": TILL, "/console": CONSOLE, "/counter": CONSOLE}
SOME_ID: Final = "019a0c1e-7c00-7000-8000-000000000001"


@dataclass
class Site:
    """A server for the town, its database's log, and everything that it was asked."""

    address: str
    town: Town
    log: Path
    offset: int
    spellings: Iterator[str] = field(default_factory=lambda: itertools.cycle(SPELLINGS))

    def told_to_database(self) -> str:
        """All statements since the beginning, with their values."""
        return self.log.read_bytes()[self.offset :].decode(errors="replace")


def refused(answer: httpx.Response, what: str) -> None:
    """The one refusal, and not a digit of it comes back."""
    assert answer.status_code == 422, (what, answer.status_code, answer.text[:300])
    assert "my_number_refused" in answer.text, what
    is_clean(answer, what)


def is_clean(answer: httpx.Response, what: str) -> None:
    """Not a digit of it comes back."""
    said = answer.text + str(answer.headers)
    assert [trace for trace in TRACES if trace in said] == [], what


def operations() -> list[tuple[str, str, Operation]]:
    """The method, path and operation of every address of the API."""
    return [
        (
            method,
            re.sub(r"{\w+:int}", "8", re.sub(r"{\w+:uuid}", SOME_ID, route.path)),
            operation_of(route),
        )
        for route in api_routes()
        for method in (route.methods or set()) - {"HEAD"}
    ]


@dataclass
class Callers:
    """Somebody who may, for every operation."""

    town: Town
    tokens: dict[StaffRole, str] = field(default_factory=dict)

    def headers(self, operation: Operation) -> dict[str, str]:
        """Whose token opens an operation."""
        callers = operation.callers
        if callers is Caller.ANYBODY:
            return {}
        if isinstance(callers, Caller):
            token = self.town.token("greengrocer")
        else:
            token = self.staff(min(callers))
        return {"Authorization": f"Bearer {token}"}

    def staff(self, role: StaffRole) -> str:
        """The token of somebody with a role."""
        if role not in self.tokens:
            self.tokens[role] = self._employed(role)
        return self.tokens[role]

    def _employed(self, role: StaffRole) -> str:
        password = cheap_hash("a-long-password-for-tests")
        town = self.town
        with town.database.write(town.operator) as tx:
            name = f"担当 {role.value}"
            member = people.staff.add(tx, town.clock, name=name, role=role, password=password)
            return people.sessions.start(tx, town.clock, Audience.STAFF, member.id).token


def sample(type_: Any) -> Any:  # noqa: ANN401 - a schema, as JSON has it
    """Something that a schema takes."""
    if "anyOf" in type_:
        return sample(type_["anyOf"][0])
    if "enum" in type_:
        return type_["enum"][0]
    kind, form = type_.get("type"), type_.get("format")
    if kind == "string":
        forms = {"uuid": SOME_ID, "date": "2026-10-01", "date-time": "2026-10-01T03:00:00Z"}
        return forms.get(form, "x" * max(1, type_.get("minLength", 0)))
    if kind == "array":
        return [sample(type_["items"])]
    return {"integer": type_.get("minimum", 1), "number": 1, "boolean": True}.get(kind)


def texts_of(body: type[msgspec.Struct]) -> tuple[dict[str, Any], list[str]]:
    """A body that is right, and its fields that are strings in JSON, or lists of them."""
    ((_schema,), components) = msgspec.json.schema_components([body], ref_template="{name}")
    schema = components[body.__name__]
    right = {name: sample(schema["properties"][name]) for name in schema.get("required", [])}
    texts = [name for name, type_ in schema["properties"].items() if _is_text(type_)]
    return right, texts


def _is_text(type_: dict[str, Any]) -> bool:
    inner = [*type_.get("anyOf", []), type_.get("items", {})]
    return (
        type_.get("type") == "string" or "enum" in type_ or any(map(_is_text, filter(None, inner)))
    )


def pages() -> list[tuple[str, str]]:
    """The method and address of every page and every form."""
    unset: Any = object()
    services = web.Services(
        **{name: unset for name in web.Services.__dataclass_fields__ if name != "is_https"},
        is_https=False,
    )
    return [
        (method, re.sub(r"{\w+:int}", "8", re.sub(r"{\w+:uuid}", SOME_ID, route.path)))
        for route in web.application(services).routes
        if isinstance(route, Route) and not route.path.startswith(("/static/", "/metrics"))
        for method in (route.methods or set()) - {"HEAD"}
    ]


def field_names() -> set[str]:
    """Every name of a field in a template, or of a parameter that a page reads; and one more."""
    names = {"note"}
    for path in WEB.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        names |= set(re.findall(r'\bname="([a-z_]+)"', text))
        names |= set(re.findall(r'\b(?:field|\w+_field)\(\s*"([a-z_]+)"', text))
    for path in WEB.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        names |= set(re.findall(r'\.(?:get|text|raw|every|id|day)\(\s*"([a-z_]+)"', text))
    assert {"card", "pin", "name", "password", "code", "amount", "q", "after"} <= names
    return names - {"form_token", "lang", "authorization"}


@dataclass
class Browser:
    """Somebody who has come in by each door, and whose forms are believed."""

    site: Site
    http: httpx.Client

    def __post_init__(self) -> None:
        town = self.site.town
        with town.database.write(town.operator) as tx:
            resident = people.sessions.start(
                tx, town.clock, Audience.RESIDENT, town.subjects["hanako"]
            )
        self.tokens = {
            "/me": resident.token,
            "/shop": town.token("greengrocer"),
            "/console": town.token("officer"),
            "/counter": town.token("officer"),
        }
        for prefix, token in self.tokens.items():
            self.http.cookies.set(f"ichimai-{DOORS[prefix].name}", token)
        self.http.get("/")

    def token(self, path: str) -> str:
        """What a form of the page at ``path`` carries."""
        prefix = "/" + path.split("/")[1]
        town = self.site.town
        key = services_of(town).people_key  # type: ignore[arg-type]  # a town with the same parts
        return security.form_token(key, DOORS[prefix].name, self.tokens[prefix])
