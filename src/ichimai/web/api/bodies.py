"""Reading requests: bodies of limited size, JSON of one exact shape, queries, operations' ids."""

import json
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct, UnsetType
from starlette.requests import Request

from ichimai.kernel.amount import InvalidAmount
from ichimai.kernel.check_digits import redacted
from ichimai.web.api.problems import BodyTooLarge, InvalidBody, InvalidQuery, MalformedBody
from ichimai.web.my_number import refuse_in, refuse_in_texts

MAX_BODY_BYTES: Final = 16_384
_SIGNS_OF_AMOUNT: Final = (
    "$.amount",
    "required field `amount`",
    "$.total_yen",
    "required field `total_yen`",
)
_ESCAPED_NUL: Final = b"\\u0000"


class JsonBody:
    """Decodes bodies of one type: no unknown field, none twice, no NUL, no My Number in a text."""

    def __init__(self, type_: type[Struct]) -> None:
        self._decoder = msgspec.json.Decoder(type_)
        self._names = tuple(f'"{name}"'.encode() for name in type_.__struct_encode_fields__)

    def decode(self, raw: bytes) -> Any:  # noqa: ANN401 - of the type it was made for
        """The body. Raises MyNumberRefused, MalformedBody, InvalidBody, InvalidAmount."""
        try:
            body = self._decoder.decode(raw)
        except msgspec.ValidationError as error:
            _refuse_in_json(raw)
            if any(sign in str(error) for sign in _SIGNS_OF_AMOUNT):
                raise InvalidAmount from None
            raise InvalidBody(detail=redacted(str(error))) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise MalformedBody from None
        refuse_in(body)
        if _ESCAPED_NUL in raw:
            raise InvalidBody(detail="A text has a NUL character")
        self._check_once(raw)
        return body

    def _check_once(self, raw: bytes) -> None:
        """Refuse a field that is there twice: two readers could take two amounts from it."""
        may_be_twice = b"\\" in raw or raw.count(b"{") > 1
        for name in self._names:
            may_be_twice = may_be_twice or raw.count(name) > 1
        if may_be_twice:
            json.loads(raw, object_pairs_hook=_once)


def _refuse_in_json(raw: bytes) -> None:
    """Raises MyNumberRefused; what is no JSON after all is left to the caller."""
    try:
        told = msgspec.json.decode(raw)
        refuse_in(told)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise InvalidBody(detail="A field is there twice")
    return fields


async def read_limited(request: Request, limit: int = MAX_BODY_BYTES) -> bytes:
    """The request's body. Raises BodyTooLarge as soon as it is known to be."""
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told) > limit:
        raise BodyTooLarge
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def query_of(request: Request, type_: type[Struct]) -> Any:  # noqa: ANN401 - of type_
    """The part of the address after ``?``. Raises MyNumberRefused, InvalidQuery."""
    pairs = request.query_params.multi_items()
    refuse_in_texts(pairs)
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise InvalidQuery(detail="A parameter is there twice")
    if any("\x00" in value for value in fields.values()):
        raise InvalidQuery(detail="A parameter has a NUL character")
    try:
        return msgspec.convert(fields, type_, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidQuery(detail=str(error)) from None


def operation_id(request: Request, told: UUID | UnsetType) -> UUID:
    """The operation's id: the body's, or that of the ``Idempotency-Key`` header.

    Raises InvalidBody when there is none, or two that differ.
    """
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        if told is msgspec.UNSET:
            raise InvalidBody(detail="The operation needs an `id`, or an Idempotency-Key header")
        return told
    key = _uuid(keys[0])
    if len(keys) > 1 or key is None:
        raise InvalidBody(detail="The Idempotency-Key header is not one UUID")
    if told is not msgspec.UNSET and told != key:
        raise InvalidBody(detail="The Idempotency-Key header is not the body's `id`")
    return key


def _uuid(text: str) -> UUID | None:
    """The UUID in a header's string, which may stand in quotes (RFC 8941 §3.3.3)."""
    try:
        return msgspec.convert(text.strip('"'), UUID)
    except msgspec.ValidationError:
        return None
