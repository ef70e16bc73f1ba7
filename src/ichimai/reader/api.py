"""What the town's page asks of the reader, in JSON; bytes are base64url without padding."""

import asyncio
import base64
import binascii
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ichimai.kernel.errors import DomainError
from ichimai.reader import errors, operations
from ichimai.reader.bridge import Bridge
from ichimai.reader.model import Event, Scan, as_json
from ichimai.reader.operations import NONCE_BYTES, SignatureRequest
from ichimai.reader.pairing import Pairing
from ichimai.reader.problems import problem
from ichimai.reader.scans import BATCH, MAX_BYTES, Scans

BEAT_SECONDS: Final = 5.0
"""An empty line comes at least this often; a page that hears none for longer is alone."""

_MAX_BODY_BYTES: Final = 4 * MAX_BYTES
_POLL_SECONDS: Final = 0.5
_BASE64: Final = re.compile("[A-Za-z0-9_-]*")
_BEARER: Final = "Bearer "

Body = TypeVar("Body", bound=msgspec.Struct)
Answer = dict[str, Any]
Sequence = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
Endpoint = Callable[[Request], Awaitable[Response]]


class PairingBody(msgspec.Struct, forbid_unknown_fields=True):
    """The code that the reader shows, as it was typed."""

    code: str


class SignatureBody(msgspec.Struct, forbid_unknown_fields=True):
    """A server's challenge, and the PIN as it was typed for it."""

    id: UUID
    nonce: str
    pin: str


class ScanBody(msgspec.Struct, forbid_unknown_fields=True):
    """A check-in to keep: what the server will read, which nothing here looks at."""

    id: UUID
    body: str


class Refused(msgspec.Struct, forbid_unknown_fields=True):
    """A check-in that the server did not take, and why."""

    sequence: Sequence
    code: str


class SettledBody(msgspec.Struct, forbid_unknown_fields=True):
    """What the server said to check-ins of a queue."""

    queue: UUID
    taken: list[Sequence] = []
    refused: list[Refused] = []


@dataclass(frozen=True)
class Api:
    """The endpoints. ``is_over``: whether the reader is being stopped."""

    bridge: Bridge
    pairing: Pairing
    scans: Scans
    is_over: Callable[[], bool]

    def routes(self) -> list[Route]:
        """All of them; each but the first wants the token of a pairing."""
        asked: dict[str, Callable[[Request], Awaitable[Answer]]] = {
            "/v1/taps/{tap:uuid}/certificate": self._certificate,
            "/v1/taps/{tap:uuid}/tries": self._tries,
            "/v1/taps/{tap:uuid}/signature": self._signature,
            "/v1/taps/{tap:uuid}/idm": self._idm,
            "/v1/scans": self._append,
            "/v1/scans/settled": self._settle,
        }
        return [
            Route("/v1/pairings", _answering(self._pair), methods=["POST"]),
            Route("/v1/events", self._told_when_paired(self._events), methods=["GET"]),
            Route("/v1/scans", self._told_when_paired(_answering(self._waiting)), methods=["GET"]),
            *(
                Route(path, self._told_when_paired(_answering(endpoint)), methods=["POST"])
                for path, endpoint in asked.items()
            ),
        ]

    def _told_when_paired(self, endpoint: Endpoint) -> Endpoint:
        async def checked(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            try:
                if not given.startswith(_BEARER):
                    raise errors.NotPaired
                await run_in_threadpool(self.pairing.check, given.removeprefix(_BEARER))
            except DomainError as error:
                return problem(error)
            return await endpoint(request)

        return checked

    async def _pair(self, request: Request) -> Answer:
        body = await _body(request, PairingBody)
        return {"token": await run_in_threadpool(self.pairing.pair, body.code)}

    async def _events(self, _: Request) -> Response:
        return StreamingResponse(self._lines(), media_type="application/x-ndjson")

    async def _lines(self) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[Event] = asyncio.Queue()
        beat_at = loop.time() + BEAT_SECONDS

        def hear(event: Event) -> None:
            loop.call_soon_threadsafe(heard.put_nowait, event)

        with self.bridge.listening(hear) as now:
            yield _line(
                {
                    "event": "hello",
                    "readers": now.readers,
                    "tap": str(now.tap) if now.tap else None,
                    "kind": now.kind,
                    "has_service": now.has_service,
                    "must_lift": now.must_lift,
                    "is_busy": now.is_busy,
                }
            )
            while not self.is_over():
                try:
                    event = await asyncio.wait_for(heard.get(), _POLL_SECONDS)
                    yield _line(as_json(event))
                except TimeoutError:
                    if loop.time() >= beat_at:
                        yield "\n"
                        beat_at = loop.time() + BEAT_SECONDS

    async def _certificate(self, request: Request) -> Answer:
        tap: UUID = request.path_params["tap"]
        found = await run_in_threadpool(self.bridge.ask, tap, operations.certificate)
        return {"tap": str(tap), "certificate": _text(found)}

    async def _tries(self, request: Request) -> Answer:
        tap: UUID = request.path_params["tap"]
        left = await run_in_threadpool(self.bridge.ask, tap, operations.tries_left)
        return {"tap": str(tap), "tries_left": left}

    async def _signature(self, request: Request) -> Answer:
        tap: UUID = request.path_params["tap"]
        body = await _body(request, SignatureBody)
        nonce = _bytes(body.nonce)
        if len(nonce) != NONCE_BYTES:
            raise errors.MalformedRequest
        sign = operations.signer(SignatureRequest(body.id, nonce, body.pin))
        signed = await run_in_threadpool(self.bridge.ask_once, tap, body.id, sign)
        return {
            "tap": str(tap),
            "certificate": _text(signed.certificate),
            "signature": _text(signed.signature),
        }

    async def _idm(self, request: Request) -> Answer:
        tap: UUID = request.path_params["tap"]
        read = operations.idm(self.bridge.tap(tap))
        return {"tap": str(tap), "idm": (await run_in_threadpool(self.bridge.ask, tap, read)).hex()}

    async def _append(self, request: Request) -> Answer:
        body = await _body(request, ScanBody)
        kept = body.body.encode()
        if len(kept) > MAX_BYTES:
            raise errors.MalformedRequest
        sequence = await run_in_threadpool(self.scans.append, body.id, kept)
        return {"queue": str(self.scans.store.queue), "sequence": sequence}

    async def _waiting(self, _: Request) -> Answer:
        state = await run_in_threadpool(self.scans.state)
        return {
            "queue": str(state.queue),
            "waiting": state.waiting,
            "refused": state.refused,
            "last_sequence": state.last_sequence,
            "scans": [_told(scan) for scan in await run_in_threadpool(self.scans.waiting)],
            "put_aside": [_told(scan) for scan in await run_in_threadpool(self.scans.put_aside)],
        }

    async def _settle(self, request: Request) -> Answer:
        body = await _body(request, SettledBody)
        if len(body.taken) + len(body.refused) > BATCH:
            raise errors.MalformedRequest
        refused = {one.sequence: one.code[:64] for one in body.refused}
        await run_in_threadpool(self.scans.settle, body.queue, body.taken, refused)
        return {"waiting": (await run_in_threadpool(self.scans.state)).waiting}


def _answering(endpoint: Callable[[Request], Awaitable[Answer]]) -> Endpoint:
    async def answered(request: Request) -> Response:
        try:
            return JSONResponse(await endpoint(request))
        except DomainError as error:
            return problem(error)

    return answered


async def _body(request: Request, form: type[Body]) -> Body:
    """The request's body, of its form. What is wrong with it is not said: it may hold a PIN."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise errors.MalformedRequest
    read = b""
    async for chunk in request.stream():
        read += chunk
        if len(read) > _MAX_BODY_BYTES:
            raise errors.MalformedRequest
    try:
        return msgspec.json.decode(read, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise errors.MalformedRequest from None


def _told(scan: Scan) -> Answer:
    refused = {"refused_as": scan.refused_as} if scan.refused_as else {}
    return {"sequence": scan.sequence, "id": str(scan.id), "sealed": _text(scan.sealed)} | refused


def _line(body: Answer) -> str:
    return json.dumps(body, ensure_ascii=False) + "\n"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    if not _BASE64.fullmatch(text):
        raise errors.MalformedRequest
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise errors.MalformedRequest from None
