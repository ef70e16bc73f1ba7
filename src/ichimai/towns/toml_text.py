"""A program as it is written in ``programs.toml``: what is said, and nothing that goes without."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, time
from enum import Enum
from typing import Any

import msgspec

from ichimai.programs.terms import Program

_WIDTH = 100


def written(program: Program) -> str:
    """The program's ``[[program]]``. Read again, it is the same program."""
    return "\n".join(_table("program", _said(program), is_listed=True)) + "\n"


def _said(struct: msgspec.Struct) -> dict[str, Any]:
    """The fields that are not as they would be if nothing were said, by their names in the file."""
    fields = {}
    for field in msgspec.structs.fields(struct):
        value = getattr(struct, field.name)
        if value != field.default or field.required:
            fields[field.encode_name] = _plain(value)
    return fields


def _plain(value: object) -> Any:  # noqa: ANN401 - whatever TOML can say
    if isinstance(value, msgspec.Struct):
        return _said(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.value if isinstance(value, Enum) else value


def _table(name: str, fields: Mapping[str, Any], *, is_listed: bool) -> Iterator[str]:
    """Fields that fit into a line first; tables under headers of their own after them."""
    yield f"[[{name}]]" if is_listed else f"[{name}]"
    later = {}
    for key, value in fields.items():
        line = f"{key} = {_inline(value)}"
        if _is_tables(value) or (isinstance(value, dict) and len(line) > _WIDTH):
            later[key] = value
        else:
            yield line
    for key, value in later.items():
        if isinstance(value, dict):
            yield ""
            yield from _table(f"{name}.{key}", value, is_listed=False)
            continue
        for each in value:
            yield ""
            yield from _table(f"{name}.{key}", each, is_listed=True)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _inline(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value:_}"
        case date() | time():
            return value.isoformat()
        case list():
            return f"[{', '.join(_inline(each) for each in value)}]"
        case dict():
            return (
                "{ " + ", ".join(f"{key} = {_inline(each)}" for key, each in value.items()) + " }"
            )
        case _:
            return json.dumps(str(value), ensure_ascii=False)
