"""Files that a browser saves instead of showing."""

from collections.abc import Iterable, Iterator
from typing import IO, cast
from urllib.parse import quote
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from starlette.responses import Response, StreamingResponse

CSV = "text/csv; charset=utf-8"
PDF = "application/pdf"
ZIP = "application/zip"
ZENGIN = "application/octet-stream"


def download(content: bytes, *, name: str, kind: str) -> Response:
    """``content`` as a file called ``name``."""
    return Response(content, media_type=kind, headers=_headers(name))


def streamed(content: Iterable[bytes], *, name: str, kind: str) -> Response:
    """A file that is sent while it is being made."""
    return StreamingResponse(content, media_type=kind, headers=_headers(name))


def _headers(name: str) -> dict[str, str]:
    # RFC 6266 §4.3: a name that is not ASCII goes into filename*.
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}


def zipped(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """A ZIP archive of (name, content), sent as it grows."""
    sink = _Sink()
    with ZipFile(cast("IO[bytes]", sink), "w", ZIP_STORED) as archive:
        for name, content in files:
            archive.writestr(ZipInfo(name), content)
            yield sink.taken()
    yield sink.taken()


class _Sink:
    """What ZipFile writes to: it can only be written, like a connection."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits anywhere."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        taken = bytes(self._written)
        self._written.clear()
        return taken
