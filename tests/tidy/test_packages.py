"""Each domain package has the same files, and the tests mirror the source."""

import pytest

from tests.tidy.tree import tracked_paths

DOMAIN = [
    "registry",
    "audit",
    "identity",
    "people",
    "ledger",
    "merchants",
    "programs",
    "settlement",
    "reporting",
]
FILES = ["model", "errors", "rules", "store"]
"""And its use cases: in service, or in modules named by what they do where there are many."""


def missing(package: str, paths: tuple[str, ...]) -> list[str]:
    """Which of the files a package lacks among ``paths``."""
    wanted = [f"src/ichimai/{package}/{name}.py" for name in FILES]
    return [path for path in wanted if path not in paths]


@pytest.mark.parametrize("package", DOMAIN)
def test_a_domain_package_has_the_same_files(package: str) -> None:
    assert missing(package, tracked_paths()) == []


def test_a_missing_file_is_found() -> None:
    paths = tuple(f"src/ichimai/ledger/{name}.py" for name in FILES)
    assert missing("ledger", paths) == []
    assert missing("ledger", paths[1:]) == ["src/ichimai/ledger/model.py"]


@pytest.mark.parametrize("package", ["kernel", *DOMAIN])
def test_a_package_has_unit_tests_of_its_own(package: str) -> None:
    assert any(path.startswith(f"tests/unit/{package}/test_") for path in tracked_paths())


@pytest.mark.parametrize("package", DOMAIN)
def test_a_store_is_tried_on_a_real_postgresql(package: str) -> None:
    assert any(path.startswith(f"tests/integration/{package}/test_") for path in tracked_paths())
