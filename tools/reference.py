"""Writes docs/reference from the code: errors, settings, routes, commands, rules of programs.

Run by ``make docs``; tests/tidy fails when a page is not what this would write.
"""

import dataclasses
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from starlette.routing import BaseRoute, Mount, Route

import ichimai
from ichimai import app, web
from ichimai.kernel import errors
from ichimai.towns.errors import Rule
from ichimai.web.api import problems

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"
OF_COMMANDS = [
    (
        "`ICHIMAI_PASSWORD`",
        "the password of whoever a command names with `--as`, for scripts; asked for when unset",
    ),
    (
        "`ICHIMAI_CARD_PIN`",
        "the PIN that `ichimai card check --pin` shows the card, for scripts; asked for when unset",
    ),
]
HEADER = "<!-- Written by tools/reference.py from the code: `make docs` writes it again. -->\n"


def expected_failures() -> list[type[errors.DomainError]]:
    """Every error class of the product but the kinds, by code."""
    for module in pkgutil.walk_packages(ichimai.__path__, "ichimai."):
        if module.name != "ichimai.__main__":  # which is run by being imported
            importlib.import_module(module.name)
    found = {error for error in _below(errors.DomainError) if error.__module__ != errors.__name__}
    return sorted(found, key=lambda error: error.code)


def _below(kind: type[errors.DomainError]) -> Iterator[type[errors.DomainError]]:
    for error in kind.__subclasses__():
        if error.__module__.startswith("ichimai."):
            yield error
        yield from _below(error)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("``", "`")).replace("|", "\\|").strip()


def errors_page() -> str:
    """Every code that an answer may carry."""
    rows = []
    for error in expected_failures():
        kind = next(kind for kind in problems.STATUS if issubclass(error, kind))
        # Built without its fields: only its class decides the status.
        status = problems.status_of(error.__new__(error))
        shown = ", ".join(f"`{field}`" for field in error.public)
        title = _cell(error.__doc__ or "")
        name = f'<a id="{error.code}"></a>`{error.code}`'
        rows.append((name, title, kind.__name__, str(status), shown))
    return (
        "# Errors\n\n" + HEADER + "\n"
        "An answer that is not a success is an RFC 9457 problem with one of these `code`s. A\n"
        "code never changes its meaning; the title may be worded better. Only the fields named\n"
        "here are shown to the caller. Of a payment, the first check that refuses is the answer;\n"
        "their order is in [the API's overview](api.md#the-order-of-refusals).\n\n"
        + _table(("code", "title", "kind", "HTTP", "fields"), rows)
    )


def settings_page() -> str:
    """Every setting of the environment."""
    told = re.findall(
        r"``(\w+)``: ``(ICHIMAI_\w+)``[,;] (.+?)(?=\n\s*``\w+``: |\Z)",
        app.Settings.__doc__ or "",
        re.DOTALL,
    )
    rows = [(f"`{name}`", _cell(text)) for _, name, text in told]
    fields = {field.name for field in dataclasses.fields(app.Settings)}
    if fields != {field for field, _, _ in told}:
        raise SystemExit(
            "The docstring of Settings must tell of each field: ``f``: ``ICHIMAI_F``, …"
        )
    return (
        "# Settings\n\n" + HEADER + "\n"
        "All settings come from the environment; a command's option of the same purpose wins.\n\n"
        + _table(("setting", "what it is"), [*rows, *OF_COMMANDS])
    )


@dataclass(frozen=True)
class Address:
    """One address that the server answers."""

    path: str
    methods: str
    what: str


def addresses() -> list[Address]:
    """Every address of the application, by path."""
    unset: Any = object()
    services = web.Services(
        **{field.name: unset for field in dataclasses.fields(web.Services) if field.name != "town"},
        town=web.Town("", "", "", ""),
    )
    found = _addresses(web.application(services).routes, "")
    return sorted(found, key=lambda address: (address.path, address.methods))


def _addresses(routes: list[BaseRoute], prefix: str) -> Iterator[Address]:
    for route in routes:
        if isinstance(route, Mount):
            yield from _addresses(route.routes, prefix + route.path)
        elif isinstance(route, Route):
            methods = " ".join(sorted((route.methods or set()) - {"HEAD"}))
            what = (route.endpoint.__doc__ or "").strip().split("\n\n")[0]
            yield Address(prefix + route.path, methods, _cell(what))


def routes_page() -> str:
    """Every page and endpoint."""
    rows = [(f"`{a.path}`", a.methods, a.what) for a in addresses()]
    return (
        "# Addresses\n\n" + HEADER + "\n"
        "Everything the server answers. The bodies of `/api/v1` are described by the OpenAPI\n"
        "document that the server gives at `/api/v1/openapi.json`, and in words in\n"
        "[the API's overview](api.md).\n\n" + _table(("address", "methods", "what it does"), rows)
    )


def commands() -> dict[str, Any]:
    """Every command by its words after ``ichimai``, as typer has it."""
    cli = importlib.import_module("ichimai.cli")
    apps = [value for value in vars(cli).values() if isinstance(value, typer.Typer)]
    return dict(_commands(typer.main.get_command(apps[0]), ""))


def commands_page() -> str:
    """Every command with its arguments and options."""
    parts = [_command_part(f"ichimai {name}", one) for name, one in commands().items()]
    return (
        "# Commands\n\n" + HEADER + "\n"
        "`ichimai COMMAND --help` says the same. Each exits with 0 when it did what it was asked,\n"
        "1 when it did not, and 2 when it did not understand what was asked.\n\n" + "\n".join(parts)
    )


def _commands(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - typer's own classes are private
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")
        elif not command.hidden:
            yield prefix + name, command


def _command_part(name: str, command: Any) -> str:  # noqa: ANN401 - as above
    rows = []
    for parameter in command.params:
        names = [*parameter.opts, *parameter.secondary_opts]
        is_option = parameter.param_type_name == "option"
        shown = " / ".join(names) if is_option else parameter.name.upper()
        default = parameter.default
        is_told = default is not None and not callable(default) and type(default) is not bool
        told = _cell(getattr(parameter, "help", "") or "")
        rows.append((f"`{shown}`", told + (f" Default: `{default}`." if is_told else "")))
    what = re.sub(r"[ \t]+\n", "\n", (command.help or "").strip())
    return f"## `{name}`\n\n{what}\n" + (f"\n{_table(('option', 'what'), rows)}" if rows else "")


def program_rules_page() -> str:
    """Every rule that a town's programs keep."""
    rows = [(f"`{rule.value}`", _cell(rule.meaning), rule.problem.value) for rule in Rule]
    return (
        "# Rules of programs\n\n" + HEADER + "\n"
        "What `ichimai program check` may say of [a town's programs](programs.md), with the line\n"
        "and the field. All that is wrong is said at once; a file with a fault changes nothing.\n\n"
        + _table(("rule", "what it asks", "problem"), rows)
    )


PAGES = {
    "errors.md": errors_page,
    "settings.md": settings_page,
    "routes.md": routes_page,
    "commands.md": commands_page,
    "program-rules.md": program_rules_page,
}


def main() -> int:
    """Write the pages; print those that changed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        path = FOLDER / name
        text = page()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
