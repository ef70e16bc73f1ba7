"""Every error code, setting, address and command has its place in docs/reference (STYLE 23)."""

import re
from collections.abc import Callable

import pytest

from tests.tidy.tree import source, sources
from tools import reference


@pytest.mark.parametrize("name,page", reference.PAGES.items(), ids=list(reference.PAGES))
def test_the_page_is_what_the_code_says(name: str, page: Callable[[], str]) -> None:
    """``make docs`` writes the page again."""
    found = source(f"docs/reference/{name}")
    assert found
    assert found.text == page()


def _named(page: str) -> set[str]:
    found = source(f"docs/reference/{page}")
    assert found
    return set(re.findall(r"`([^`]+)`", found.text))


def test_every_error_code_is_named() -> None:
    codes = {error.code for error in reference.expected_failures()}
    assert codes
    assert codes - _named("errors.md") == set()


def test_every_setting_in_the_source_is_named() -> None:
    used = {
        name
        for found in sources(("src/ichimai/",), ".py")
        for name in re.findall(r"\bICHIMAI_[A-Z_]+\b", found.text)
    }
    assert "ICHIMAI_DATABASE_URL" in used
    assert used - _named("settings.md") == set()


def test_every_address_is_named() -> None:
    paths = {address.path for address in reference.addresses()}
    assert "/api/v1/payments" in paths
    assert paths - _named("routes.md") == set()


def test_every_problem_code_of_the_api_is_explained() -> None:
    """The codes that a till must act on are in the overview, in the order they are checked."""
    found = source("docs/reference/api.md")
    assert found
    for code in (
        "invalid_amount",
        "unknown_credential",
        "credential_stopped",
        "not_accepted_here",
        "insufficient_balance",
        "limit_exceeded",
        "repeat_suspected",
        "exists_with_different_amount",
    ):
        assert f"`{code}`" in found.text
