"""Each expected failure has a code, a title and fields that are safe to show (STYLE 12, 13)."""

import dataclasses
import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator

import pytest

import ichimai
from ichimai.kernel import errors

KINDS = (
    errors.Invalid,
    errors.NotFound,
    errors.Forbidden,
    errors.Conflict,
    errors.Unavailable,
)


def _all_modules() -> Iterator[str]:
    for module in pkgutil.walk_packages(ichimai.__path__, "ichimai."):
        if not module.name.endswith("__main__"):
            yield module.name


def _below(kind: type[errors.DomainError]) -> Iterator[type[errors.DomainError]]:
    for error in kind.__subclasses__():
        # Only ours: a class that a test made is the test's.
        if error.__module__.startswith("ichimai."):
            yield error
        yield from _below(error)


def expected_failures() -> list[type[errors.DomainError]]:
    """Every error class of the product below the five kinds, by code."""
    for name in _all_modules():
        importlib.import_module(name)
    found = {error for error in _below(errors.DomainError) if error not in KINDS}
    return sorted(found, key=lambda error: (error.code, error.__qualname__))


def faults(error: type[errors.DomainError]) -> Iterator[str]:
    """What is wrong with how an error class is written."""
    code = vars(error).get("code")
    if not isinstance(code, str) or not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", code):
        yield "needs a code of its own, in snake_case"
    title = (vars(error).get("__doc__") or "").strip()
    if not re.fullmatch(r"[^\n]{8,160}[.?]", title):
        yield "needs a one-line docstring: its title"
    if sum(issubclass(error, kind) for kind in KINDS) != 1:
        yield "derives from exactly one of the five kinds"
    if "__eq__" in vars(error) or "__dataclass_fields__" not in vars(error):
        yield "is a @dataclass(eq=False), so that it can be raised and hashed"
    names = {field.name for field in dataclasses.fields(error)}
    if not set(error.public) <= names:
        yield "names a field as public that it has not"


def test_expected_failures_are_well_formed() -> None:
    found = {error.__qualname__: list(faults(error)) for error in expected_failures()}
    assert found
    assert {name: what for name, what in found.items() if what} == {}


def test_no_two_failures_share_a_code() -> None:
    classes = [error.code for error in expected_failures()]
    codes = Counter([*classes, *(kind.code for kind in KINDS), errors.DomainError.code])
    assert [code for code, count in codes.items() if count > 1] == []


@dataclasses.dataclass(eq=False)
class _WellFormed(errors.Conflict):
    """The shop has closed for today."""

    code = "shop_closed"
    public = ("shop",)

    shop: str


class _NoDataclass(errors.Conflict):
    """The shop has closed for today."""

    code = "shop_closed"


@dataclasses.dataclass(eq=False)
class _NoCode(errors.Conflict):
    """The shop has closed for today."""


@dataclasses.dataclass(eq=False)
class _NoTitle(errors.Conflict):
    code = "shop_closed"


@dataclasses.dataclass(eq=False)
class _NoKind(errors.DomainError):
    """The shop has closed for today."""

    code = "shop_closed"


@dataclasses.dataclass
class _Compared(errors.Conflict):
    """The shop has closed for today."""

    code = "shop_closed"


@dataclasses.dataclass(eq=False)
class _ShowsWhatItHasNot(errors.Conflict):
    """The shop has closed for today."""

    code = "shop_closed"
    public = ("balance",)


BROKEN = [_NoDataclass, _NoCode, _NoTitle, _NoKind, _Compared, _ShowsWhatItHasNot]


@pytest.mark.parametrize("error", BROKEN)
def test_a_badly_written_failure_is_found(error: type[errors.DomainError]) -> None:
    assert list(faults(error))


def test_a_well_written_failure_passes() -> None:
    assert list(faults(_WellFormed)) == []
