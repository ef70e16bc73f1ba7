"""Reading a form: never more of it than the page expects, and nothing written to a disk."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

from ichimai.kernel import ids

FORM_BYTES: Final = 64 * 1024
UPLOAD_BYTES: Final = 10 * 1024 * 1024
_MAX_FIELDS: Final = 1_000


class FormTooLarge(Exception):
    """The body is longer than this page takes."""


class FormUnreadable(Exception):
    """The body is not a form."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form as text, in their order, and its files as bytes."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    def raw(self, name: str) -> str:
        """The first field of a name as it was typed; empty when it was not sent."""
        return self.every(name)[0] if self.every(name) else ""

    def text(self, name: str) -> str:
        """The first field of a name without surrounding space; empty when it was not sent."""
        return self.raw(name).strip()

    def id(self, name: str) -> UUID:
        """The id (UUIDv7) that one of our own forms carries.

        Raises FormUnreadable when it was tampered with.
        """
        try:
            found = UUID(self.text(name))
        except ValueError:
            raise FormUnreadable from None
        if ids.made_at(found) is None:
            raise FormUnreadable
        return found

    def day(self, name: str) -> date | None:
        """A day (``2026-10-01``) that was chosen; None when it was left open.

        Raises FormUnreadable when it is no day.
        """
        try:
            return date.fromisoformat(self.text(name)) if self.text(name) else None
        except ValueError:
            raise FormUnreadable from None

    def every(self, name: str) -> Sequence[str]:
        """All fields of a name, such as the boxes that were ticked."""
        return self.fields.get(name, ())


def id_in(query: Mapping[str, str]) -> UUID | None:
    """The id (UUIDv7) that one of our own addresses carries; None when it is not there or wrong.

    An address keeps its id when the browser goes back to it.
    """
    try:
        found = UUID(query.get("id", ""))
    except ValueError:
        return None
    return None if ids.made_at(found) is None else found


class _InMemoryParser(MultiPartParser):
    # An uploaded list holds names and birth dates: it is never spooled to a file.
    spool_max_size = UPLOAD_BYTES + 1


async def read_form(request: Request, limit: int) -> Form:
    """The form of a request whose body has at most ``limit`` bytes.

    Raises FormTooLarge, and FormUnreadable when the body is cut short or malformed.
    """
    limited = Request(request.scope, _limited(request, limit))
    try:
        data = await _parsed(limited, limit)
    except (MultiPartException, ClientDisconnect, UnicodeDecodeError, ValueError) as error:
        raise FormUnreadable from error
    fields: dict[str, list[str]] = {}
    files: dict[str, bytes] = {}
    for name, value in data.multi_items():
        if isinstance(value, UploadFile):
            files.setdefault(name, await value.read())
        else:
            fields.setdefault(name, []).append(value)
    await data.close()
    return Form(fields, files)


async def _parsed(request: Request, limit: int) -> FormData:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    async with aclosing(request.stream()) as stream:
        if kind == "multipart/form-data":
            parser = _InMemoryParser(
                request.headers,
                stream,
                max_files=1,
                max_fields=_MAX_FIELDS,
                max_part_size=FORM_BYTES,
            )
            return await parser.parse()
        if kind == "application/x-www-form-urlencoded":
            return await FormParser(
                request.headers, stream, max_fields=_MAX_FIELDS, max_part_size=limit
            ).parse()
    raise FormUnreadable


def _limited(request: Request, limit: int) -> Receive:
    """The request's body, cut off with FormTooLarge as soon as it is longer than ``limit``."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limit:
        raise FormTooLarge
    left = limit

    async def receive() -> Message:
        nonlocal left
        message = await request.receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise FormTooLarge
        return message

    return receive
