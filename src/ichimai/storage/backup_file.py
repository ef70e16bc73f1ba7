"""The file of a backup: a tar of pg_dump's archive, a manifest, and SHA-256 sums of both.

``tar xf FILE && sha256sum -c SHA256SUMS`` checks one without us. The manifest says how far each
operator's ledger had come, so that a restore can be compared with what was backed up.
"""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import msgspec

from ichimai.storage.errors import BackupRefused

ARCHIVE: Final = "database.dump"
MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
FORMAT: Final = 1
_CHUNK: Final = 1 << 20
_SMALL: Final = 1 << 24
"""No manifest is larger: 1,718 operators take less than one of these 16 MB."""


class OperatorHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far an operator's ledger had come: its last block and last transfer."""

    schema: str
    sequence: int
    number: int
    hash: str
    recorded_at: datetime


class BackupManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a backup holds. ``taken_at`` is the database's clock; hashes are hexadecimal.

    ``key_digest`` tells the registry's key without telling it; None: none was ever used.
    """

    format: int = FORMAT
    version: str
    postgresql: str
    taken_at: datetime
    heads: tuple[OperatorHead, ...]
    migrations: dict[str, tuple[str, ...]]
    key_digest: str | None
    archive_bytes: int
    archive_sha256: str

    def __str__(self) -> str:
        heads = [
            f"{head.schema}: {head.number} transfers, {head.sequence} blocks, head {head.hash}"
            for head in self.heads
        ]
        return "\n".join([f"taken {self.taken_at:%Y-%m-%dT%H:%M:%SZ}", *heads])


def write_archive(file: IO[bytes], chunks: Iterator[bytes]) -> tuple[int, str]:
    """Write pg_dump's output as the first member of a tar; its size and SHA-256.

    The member's header comes last: its size is not known before.
    """
    start = file.tell()
    file.seek(tarfile.BLOCKSIZE, os.SEEK_CUR)
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        file.write(chunk)
    file.write(bytes(-size % tarfile.BLOCKSIZE))
    end = file.tell()
    file.seek(start)
    file.write(_header(ARCHIVE, size))
    file.seek(end)
    return size, digest.hexdigest()


def write_manifest(file: IO[bytes], manifest: BackupManifest) -> None:
    """Write the other two members and the end of the tar."""
    text = msgspec.json.format(msgspec.json.encode(manifest)) + b"\n"
    digest = hashlib.sha256(text).hexdigest()
    sums = f"{manifest.archive_sha256}  {ARCHIVE}\n{digest}  {MANIFEST}\n".encode()
    file.write(_end(text, sums))


def _end(text: bytes, sums: bytes) -> bytes:
    """All that follows the archive."""
    end = b""
    for name, content in ((MANIFEST, text), (SUMS, sums)):
        end += _header(name, len(content)) + content + bytes(-len(content) % tarfile.BLOCKSIZE)
    return end + bytes(2 * tarfile.BLOCKSIZE)


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o600
    # GNU's form holds any size in one block.
    return member.tobuf(tarfile.GNU_FORMAT)


class BackupFile:
    """A backup that was written whole: every byte was read and its sums are right.

    Raises BackupRefused.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with tarfile.open(path, "r:") as tar:
                members = {member.name: member for member in tar.getmembers()}
                if [*members] != [ARCHIVE, MANIFEST, SUMS]:
                    raise BackupRefused("its parts are not those of a backup")
                self._archive = members[ARCHIVE]
                text, sums = (self._small(tar, members[name]) for name in (MANIFEST, SUMS))
            self.manifest = _manifest(text)
            self._check(text, sums)
            self._check_between(_end(text, sums))
        except (OSError, tarfile.TarError) as error:
            raise BackupRefused(f"it cannot be read: {error}") from error

    def archive(self) -> Iterator[bytes]:
        """pg_dump's archive."""
        with self.path.open("rb") as file:
            file.seek(self._archive.offset_data)
            left = self._archive.size
            while left:
                chunk = file.read(min(left, _CHUNK))
                if not chunk:
                    raise BackupRefused("it is cut short")
                left -= len(chunk)
                yield chunk

    def _small(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
        content = tar.extractfile(member) if member.size <= _SMALL else None
        return (content or io.BytesIO()).read()

    def _check(self, text: bytes, sums: bytes) -> None:
        digest = hashlib.sha256()
        for chunk in self.archive():
            digest.update(chunk)
        expected = (
            f"{digest.hexdigest()}  {ARCHIVE}\n{hashlib.sha256(text).hexdigest()}  {MANIFEST}\n"
        )
        is_whole = (
            digest.hexdigest() == self.manifest.archive_sha256
            and self._archive.size == self.manifest.archive_bytes
            and sums == expected.encode()
        )
        if not is_whole:
            raise BackupRefused("its SHA-256 sums are wrong: it was changed or damaged")

    def _check_between(self, end: bytes) -> None:
        """Also what no sum is of is as it was written: headers, and what fills up blocks."""
        after = self._archive.offset_data + self._archive.size
        end = bytes(-self._archive.size % tarfile.BLOCKSIZE) + end
        with self.path.open("rb") as file:
            is_same = file.read(tarfile.BLOCKSIZE) == _header(ARCHIVE, self._archive.size)
            file.seek(after)
            is_same = is_same and file.read(len(end) + 1) == end
        if not is_same:
            raise BackupRefused("it was changed or damaged")


def _manifest(text: bytes) -> BackupManifest:
    try:
        manifest = msgspec.json.decode(text, type=BackupManifest)
    except msgspec.DecodeError as error:
        raise BackupRefused(f"its manifest cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise BackupRefused(f"its format is {manifest.format}; this release reads {FORMAT}")
    return manifest
