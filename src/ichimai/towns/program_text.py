"""A version of a program written as ``programs.toml`` has it, without what goes without saying."""

import json
from datetime import date, time
from enum import Enum

import msgspec

from ichimai.programs.terms import Program


def toml_of(program: Program) -> str:
    """The text that is read as ``program`` again: plain fields, then tables, then lists."""
    said = _said(program)
    lines = ["[[program]]"]
    lines += [f"{name} = {_value(value)}" for name, value in said if not _is_table(value)]
    for name, value in said:
        if isinstance(value, msgspec.Struct):
            lines += ["", f"[program.{name}]", *_lines(value)]
    for name, value in said:
        if isinstance(value, tuple) and _is_table(value):
            for part in value:
                lines += ["", f"[[program.{name}]]", *_lines(part)]
    return "\n".join([*lines, ""])


def _lines(table: msgspec.Struct) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in _said(table)]


def _said(table: msgspec.Struct) -> list[tuple[str, object]]:
    """The fields, as files call them, that are not what they are when nothing is said."""
    found = []
    for field in msgspec.structs.fields(table):
        value = getattr(table, field.name)
        if field.required or value != _unsaid(field):
            found.append((field.encode_name, value))
    return found


def _unsaid(field: msgspec.structs.FieldInfo) -> object:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def _is_table(value: object) -> bool:
    if isinstance(value, tuple):
        return bool(value) and isinstance(value[0], msgspec.Struct)
    return isinstance(value, msgspec.Struct)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Enum():
            return json.dumps(value.value, ensure_ascii=False)
        case int():
            return f"{value:_}"
        case date() | time():
            return value.isoformat()
        case tuple():
            return f"[{', '.join(_value(each) for each in value)}]"
        case msgspec.Struct():
            inside = ", ".join(f"{name} = {_value(each)}" for name, each in _said(value))
            return f"{{ {inside} }}" if inside else "{}"
        case _:
            # TOML's basic strings are JSON's, but for one character.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
