"""Revocation lists, fetched from their authorities once an hour into the folder that taps read."""

import re
import threading
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import structlog

from ichimai.cards import certificates
from ichimai.cards.errors import AuthorityUnreadable, RevocationUnknown

SOURCES_FILE: Final = "sources.toml"
"""In the folder of the lists: where each comes from, as ``"toshima.crl" = "http://..."``."""

_HOUR_SECONDS: Final = 3600.0
_SOON_SECONDS: Final = 300.0
"""After a list could not be fetched."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\.crl")
_log = structlog.get_logger("ichimai.jobs")

Get = Callable[[str], bytes]


def run(folder: Path, authorities: Path, get: Get, is_over: threading.Event) -> None:
    """Fetch now and then every hour until ``is_over``; what fails is logged, and tried sooner.

    ``get`` is the wire: it raises OSError.
    """
    while True:
        try:
            failed = fetch(folder, certificates.Authorities.load(authorities), get)
        except AuthorityUnreadable as error:
            _log.warning("lists_not_fetched", code=error.code, file=error.file)
            failed = 1
        if is_over.wait(_SOON_SECONDS if failed else _HOUR_SECONDS):
            return


def fetch(folder: Path, authorities: certificates.Authorities, get: Get) -> int:
    """Fetch each list that ``sources.toml`` names; how many could not be.

    A list that is not signed by one of ``authorities``, or is older than what is there, is not
    taken. Raises AuthorityUnreadable for a ``sources.toml`` that says something else.
    """
    lists, failed = certificates.CrlFolder(folder), 0
    for name, address in _sources(folder / SOURCES_FILE).items():
        try:
            lists.put(name, get(address), authorities)
        except RevocationUnknown as error:
            failed += 1
            _log.warning("list_not_taken", list=name, doubt=error.doubt)
        except OSError as error:
            failed += 1
            _log.warning("list_not_fetched", list=name, reason=str(error))
    return failed


def _sources(path: Path) -> Mapping[str, str]:
    if not path.exists():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AuthorityUnreadable(path.name) from error
    if not all(_NAME.fullmatch(name) and isinstance(at, str) for name, at in found.items()):
        raise AuthorityUnreadable(path.name)
    return found
