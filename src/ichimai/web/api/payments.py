"""Payments, refunds and holds, as tills ask for them."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Final
from uuid import UUID

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ichimai import ledger, programs
from ichimai.kernel import JPY, errors
from ichimai.kernel.amount import InvalidAmount
from ichimai.ledger import Kind, OperationId
from ichimai.programs import PaymentRequest, RefundRequest, ReleaseRequest
from ichimai.web.api.problems import BodyTooLarge, InvalidBody, MalformedBody, problem
from ichimai.web.api.types import (
    HoldBody,
    Leg,
    OperationAnswer,
    PaymentBody,
    PostBody,
    Proof,
    Receipt,
    RefundBody,
    VoidBody,
)
from ichimai.web.services import Services

MAX_BODY_BYTES: Final = 16_384
FUTURE_TOLERANCE: Final = timedelta(minutes=10)

Handler = Callable[[Request], Awaitable[Response]]

_DECODERS: Final = {
    body: msgspec.json.Decoder(body)
    for body in (PaymentBody, HoldBody, RefundBody, PostBody, VoidBody)
}


def routes(services: Services) -> list[Route]:
    """The routes that tills use."""
    tills = _Tills(services)
    return [
        Route("/payments", _rendered(tills.pay), methods=["POST"]),
        Route("/payments/{id:uuid}", _rendered(tills.show), methods=["GET"]),
        Route("/payments/{id:uuid}/refunds", _rendered(tills.refund), methods=["POST"]),
        Route("/holds", _rendered(tills.hold), methods=["POST"]),
        Route("/holds/{id:uuid}/post", _rendered(tills.post), methods=["POST"]),
        Route("/holds/{id:uuid}/void", _rendered(tills.void), methods=["POST"]),
    ]


def _rendered(handler: Handler) -> Handler:
    @wraps(handler)
    async def render(request: Request) -> Response:
        try:
            return await handler(request)
        except errors.DomainError as error:
            return problem(error)

    return render


class _Tills:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def pay(self, request: Request) -> Response:
        """Take an amount from a card."""
        body = await _body(request, PaymentBody)
        self._check_time(body)
        return await self._submit(
            PaymentRequest(
                id=OperationId(body.id),
                token=_token(request),
                credential=body.credential,
                units=body.amount,
                occurred_at=body.occurred_at,
                is_repeat_confirmed=body.confirm_repeat,
            )
        )

    async def hold(self, request: Request) -> Response:
        """Set an amount aside."""
        body = await _body(request, HoldBody)
        self._check_time(body)
        return await self._submit(
            PaymentRequest(
                id=OperationId(body.id),
                token=_token(request),
                credential=body.credential,
                units=body.amount,
                occurred_at=body.occurred_at,
                is_repeat_confirmed=body.confirm_repeat,
                hold_until=self._services.clock.now() + timedelta(seconds=body.seconds),
            )
        )

    async def refund(self, request: Request) -> Response:
        """Give an amount of a payment back."""
        body = await _body(request, RefundBody)
        return await self._submit(
            RefundRequest(
                id=OperationId(body.id),
                token=_token(request),
                payment=OperationId(request.path_params["id"]),
                units=body.amount,
            )
        )

    async def post(self, request: Request) -> Response:
        """Take a hold, or part of it."""
        body = await _body(request, PostBody)
        return await self._release(request, body.id, body.amount)

    async def void(self, request: Request) -> Response:
        """Give all of a hold back."""
        body = await _body(request, VoidBody)
        return await self._release(request, body.id, 0)

    async def show(self, request: Request) -> Response:
        """A payment that this shop took, with its proof."""
        token = _token(request)
        operation = OperationId(request.path_params["id"])
        return answer(await run_in_threadpool(self._shown, token, operation))

    def _shown(self, token: str, operation: OperationId) -> ledger.Posted:
        services = self._services
        with services.database.read(services.operator) as tx:
            return programs.shown_to_till(tx, token, operation)

    async def _release(self, request: Request, id_: UUID, units: int | None) -> Response:
        return await self._submit(
            ReleaseRequest(
                id=OperationId(id_),
                token=_token(request),
                hold=OperationId(request.path_params["id"]),
                units=units,
            )
        )

    async def _submit(self, asked: programs.model.Request) -> Response:
        outcome = await self._services.submit(asked)
        if isinstance(outcome, errors.DomainError):
            return problem(outcome)
        return answer(outcome)

    def _check_time(self, body: PaymentBody | HoldBody) -> None:
        latest = self._services.clock.now() + FUTURE_TOLERANCE
        if body.occurred_at is not None and body.occurred_at > latest:
            raise InvalidBody(detail="occurred_at is in the future")


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise programs.errors.TillNotSignedIn
    return token


async def _body(request: Request, type_: type[msgspec.Struct]) -> Any:  # noqa: ANN401 - of type_
    raw = await read_limited(request, MAX_BODY_BYTES)
    try:
        body = _DECODERS[type_].decode(raw)
    except msgspec.ValidationError as error:
        if "$.amount" in str(error) or "field `amount`" in str(error):
            raise InvalidAmount from None
        raise InvalidBody(detail=str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedBody from None
    return body


async def read_limited(request: Request, limit: int) -> bytes:
    """The request's body. Raises BodyTooLarge as soon as it is known to be."""
    if int(request.headers.get("content-length") or 0) > limit:
        raise BodyTooLarge
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def answer(posted: ledger.Posted) -> Response:
    """What was posted: 201 the first time, 200 when the same is asked again."""
    body = OperationAnswer(
        id=posted.operation,
        amount=_moved(posted),
        asset=JPY,
        recorded_at=posted.recorded_at,
        legs=_legs(posted),
        receipt=_receipt(posted),
        expires_at=_hold_end(posted),
    )
    return Response(
        msgspec.json.encode(body),
        status_code=200 if posted.is_replay else 201,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _counts(posted: ledger.Posted) -> list[ledger.model.Transfer]:
    """The legs that the caller asked for: of a post, not what went back besides."""
    posts = [transfer for transfer in posted.transfers if transfer.kind == Kind.POST]
    return posts or list(posted.transfers)


def _moved(posted: ledger.Posted) -> int:
    return sum(transfer.units for transfer in _counts(posted))


def _legs(posted: ledger.Posted) -> list[Leg]:
    by_program: dict[str, int] = {}
    for transfer in _counts(posted):
        by_program[transfer.asset] = by_program.get(transfer.asset, 0) + transfer.units
    return [Leg(program, units, program) for program, units in by_program.items()]


def _receipt(posted: ledger.Posted) -> Receipt:
    block = posted.block
    proofs = []
    for transfer in posted.transfers:
        found = ledger.chain.inclusion(posted.tree, transfer.number - block.first_number)
        path = [sibling.hex() for sibling in found.path]
        proofs.append(Proof(found.leaf.hex(), found.index, path))
    return Receipt(
        sequence=block.sequence,
        previous=block.previous.hex(),
        merkle_root=block.merkle_root.hex(),
        hash=block.hash.hex(),
        count=block.count,
        transfers=proofs,
    )


def _hold_end(posted: ledger.Posted) -> datetime | None:
    first = posted.transfers[0]
    return first.expires_at if first.kind == Kind.HOLD else None
