"""What goes over the line: requests one way, outcomes the other, in MessagePack.

A frame is its length in four bytes, big-endian, and its body. Both ends are one release: the
process that posts is a fork of the one that serves.
"""

import dataclasses
import struct
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import Struct

from ichimai.kernel import errors
from ichimai.ledger.model import Block, OperationId, Posted, Sale, Transfer
from ichimai.programs.model import Request

Outcome = Posted | BaseException

_LENGTH: Final = struct.Struct(">I")


class Asked(Struct, array_like=True):
    """A request, under the number by which its asker waits for the outcome."""

    number: int
    request: Request


class Made(Struct, array_like=True):
    """What was posted: as ``Posted``, with its block by its place in ``Outcomes.proofs``."""

    number: int
    proof: int
    operation: OperationId
    recorded_at: datetime
    transfers: tuple[Transfer, ...]
    is_replay: bool
    sale: Sale | None


class Refused(Struct, array_like=True):
    """A domain error: its code, and its fields as MessagePack."""

    number: int
    code: str
    fields: dict[str, Any]


class Outcomes(Struct, array_like=True):
    """The outcomes of one batch, as far as they are of one line; ``failed``: by a bug of ours.

    ``size`` and ``seconds``: the requests of the whole batch, and from taking it to its commit.
    """

    proofs: list[tuple[Block, list[list[bytes]]]]
    made: list[Made]
    refused: list[Refused]
    failed: list[int]
    size: int
    seconds: float


class PostingFailed(Exception):
    """The process that posts met a bug, and has logged it."""


_ENCODER: Final = msgspec.msgpack.Encoder(uuid_format="bytes")
_ASKED: Final = msgspec.msgpack.Decoder(list[Asked])
_OUTCOMES: Final = msgspec.msgpack.Decoder(Outcomes)


def frame_of(asked: Sequence[Asked]) -> bytes:
    """Requests, to be sent."""
    return _framed(_ENCODER.encode(asked))


def asked_in(body: bytes) -> list[Asked]:
    """The requests of a frame."""
    return _ASKED.decode(body)


def frame_of_outcomes(
    numbers: Sequence[int], outcomes: Sequence[Outcome], *, size: int, seconds: float
) -> bytes:
    """Outcomes by their requests' numbers, to be sent."""
    told = Outcomes([], [], [], [], size, seconds)
    places: dict[int, int] = {}
    for number, outcome in zip(numbers, outcomes, strict=True):
        if isinstance(outcome, Posted):
            # Those of one batch share its tree.
            key = id(outcome.tree)
            if key not in places:
                places[key] = len(told.proofs)
                told.proofs.append((outcome.block, [list(level) for level in outcome.tree]))
            told.made.append(
                Made(
                    number,
                    places[key],
                    outcome.operation,
                    outcome.recorded_at,
                    outcome.transfers,
                    outcome.is_replay,
                    outcome.sale,
                )
            )
        elif isinstance(outcome, errors.DomainError):
            told.refused.append(Refused(number, outcome.code, _fields(outcome)))
        else:
            told.failed.append(number)
    return _framed(_ENCODER.encode(told))


def outcomes_in(body: bytes) -> Outcomes:
    """What a frame tells."""
    return _OUTCOMES.decode(body)


def outcomes_of(told: Outcomes) -> Iterator[tuple[int, Outcome]]:
    """Each outcome with its request's number."""
    for made in told.made:
        block, tree = told.proofs[made.proof]
        yield (
            made.number,
            Posted(
                made.operation,
                made.recorded_at,
                made.transfers,
                made.is_replay,
                block,
                tree,
                made.sale,
            ),
        )
    for refused in told.refused:
        yield refused.number, _error(refused)
    for number in told.failed:
        yield number, PostingFailed()


class Frames:
    """Cuts what arrives into the bodies of frames."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The bodies that are complete with ``data``."""
        self._rest += data
        while len(self._rest) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._rest)[0]
            if len(self._rest) < end:
                return
            yield bytes(self._rest[_LENGTH.size : end])
            del self._rest[:end]


def _framed(body: bytes) -> bytes:
    return _LENGTH.pack(len(body)) + body


def _fields(error: errors.DomainError) -> dict[str, Any]:
    return {field.name: getattr(error, field.name) for field in dataclasses.fields(error)}


def _error(refused: Refused) -> errors.DomainError:
    kind = _kinds()[refused.code]
    types = {field.name: field.type for field in dataclasses.fields(kind)}
    fields = {name: msgspec.convert(value, types[name]) for name, value in refused.fields.items()}
    return kind(**fields)


@cache
def _kinds() -> dict[str, type[errors.DomainError]]:
    """Every kind of domain error by its code, of which no two are the same."""

    def under(kind: type[errors.DomainError]) -> Iterator[type[errors.DomainError]]:
        yield kind
        for each in kind.__subclasses__():
            yield from under(each)

    return {kind.code: kind for kind in under(errors.DomainError)}
