"""Examples in docstrings do what they show."""

import doctest
import importlib
import pkgutil

import pytest

import ichimai

MODULES = [
    module.name
    for module in pkgutil.walk_packages(ichimai.__path__, "ichimai.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert results.failed == 0
