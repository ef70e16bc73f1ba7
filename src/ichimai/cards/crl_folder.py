"""Revocation by the lists in a folder: one a municipality, as their authority splits them."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from ichimai.cards import extensions
from ichimai.cards.authorities import Authorities
from ichimai.cards.crl import CrlFile, check_replacement
from ichimai.cards.errors import Doubt, RevocationUnknown
from ichimai.cards.revocation import Status

SUFFIX = ".crl"
_REMEMBERED = 10_000
_SETTLED = timedelta(seconds=2)
"""A folder that changed so shortly ago may change again without showing it in its time."""


class CrlFolder:
    """All lists (``*.crl``) in a folder; what is renamed into place there is seen at once.

    Which lists speak for the certificates of one distribution point is remembered, so that a
    nation's two thousand lists cost a tap no more than one. Of several that speak for a
    certificate, one that says it is revoked is believed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lists: dict[Path, CrlFile] = {}
        self._listed: tuple[int, bool] = (-1, False)
        self._speak: dict[bytes, list[CrlFile]] = {}

    def read_ahead(self) -> int:
        """Read all lists, so that the first tap need not wait for that; how many could be read."""
        try:
            return sum(each.read_ahead() for each in self._current(None))
        except OSError:
            return 0

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
    ) -> Status:
        """What the lists that are for ``certificate`` say. Raises RevocationUnknown."""
        try:
            everywhere = self._current(now)
            about = _points(certificate)
        except OSError as error:
            raise RevocationUnknown(Doubt.UNAVAILABLE) from error
        except extensions.UNREADABLE as error:
            raise RevocationUnknown(Doubt.DAMAGED) from error
        try:
            return self._said(self._speak.get(about, ()), certificate, issuer, now, about)
        except RevocationUnknown:
            return self._said(everywhere, certificate, issuer, now, about)

    def put(self, name: str, data: bytes, authorities: Authorities) -> None:
        """Let ``data`` be the list called ``name``, by renaming it into place.

        Raises RevocationUnknown when it may not take the place of what is there, and OSError.
        """
        path = self._folder / name
        check_replacement(data, path, authorities)
        draft = path.with_name(f"{name}.{secrets.token_hex(8)}")
        try:
            draft.write_bytes(data)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def _said(
        self,
        sources: Iterable[CrlFile],
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        now: datetime,
        about: bytes,
    ) -> Status:
        answers, doubts = {}, []
        for source in sources:
            try:
                answers[source] = source.status(certificate, issuer, now)
            except RevocationUnknown as unknown:
                doubts.append(unknown.doubt)
        if not answers:
            telling = (doubt for doubt in doubts if doubt is not Doubt.NOT_COVERED)
            raise RevocationUnknown(next(telling, Doubt.NOT_COVERED))
        if len(self._speak) >= _REMEMBERED:
            self._speak = {}
        self._speak[about] = list(answers)
        said = list(answers.values())
        return next((status for status in said if status.reason is not None), said[0])

    def _current(self, now: datetime | None) -> list[CrlFile]:
        """The lists that are there now; those that went are forgotten. Raises OSError."""
        changed_at = self._folder.stat().st_mtime_ns
        if self._listed != (changed_at, True):
            settled_at = datetime.fromtimestamp(changed_at / 1e9, UTC) + _SETTLED
            paths = sorted(self._folder.glob(f"*{SUFFIX}"))
            self._lists = {path: self._lists.get(path) or CrlFile(path) for path in paths}
            self._speak = {}
            self._listed = (changed_at, now is not None and now >= settled_at)
        return list(self._lists.values())


def _points(certificate: x509.Certificate) -> bytes:
    """By what certificates of one municipality are alike; nothing, where they do not say it."""
    points = extensions.find(certificate.extensions, x509.CRLDistributionPoints)
    return points.public_bytes() if points else b""
