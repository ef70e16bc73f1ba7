"""Payments, refunds and holds, as tills ask for them."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UnsetType
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ichimai import ledger, programs
from ichimai.kernel import JPY, errors
from ichimai.ledger import Kind, OperationId
from ichimai.programs.model import (
    FUTURE_TOLERANCE,
    PaymentRequest,
    RefundRequest,
    ReleaseRequest,
)
from ichimai.web.api.bodies import JsonBody, operation_id, read_limited
from ichimai.web.api.endpoint import AsyncHandler, rendered
from ichimai.web.api.problems import InvalidBody, problem
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

EARLIEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""No till has taken a payment before; a clock that says so has lost its battery."""

_OF_PAYMENTS: Final = frozenset({Kind.PAYMENT, Kind.REFUND, Kind.HOLD, Kind.POST, Kind.VOID})
_PAYMENT: Final = JsonBody(PaymentBody)
_HOLD: Final = JsonBody(HoldBody)
_REFUND: Final = JsonBody(RefundBody)
_POST: Final = JsonBody(PostBody)
_VOID: Final = JsonBody(VoidBody)


def routes(services: Services) -> list[Route]:
    """The routes that tills use."""
    tills = _Tills(services)
    return [
        Route("/payments", rendered(tills.pay), methods=["POST"]),
        Route("/payments/{id:uuid}", rendered(tills.show), methods=["GET"]),
        Route("/payments/{id:uuid}/refunds", rendered(tills.refund), methods=["POST"]),
        Route("/holds", rendered(tills.hold), methods=["POST"]),
        Route("/holds/{id:uuid}/post", rendered(tills.post), methods=["POST"]),
        Route("/holds/{id:uuid}/void", rendered(tills.void), methods=["POST"]),
    ]


def pay_handler(services: Services) -> AsyncHandler:
    """What answers a payment, for the short way there."""
    return rendered(_Tills(services).pay)


class _Tills:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def pay(self, request: Request) -> Response:
        """Take an amount from a card."""
        token = token_of(request)
        body: PaymentBody = _PAYMENT.decode(await read_limited(request))
        return await self._take(request, token, body)

    async def hold(self, request: Request) -> Response:
        """Set an amount aside."""
        token = token_of(request)
        body: HoldBody = _HOLD.decode(await read_limited(request))
        until = self._services.clock.now() + timedelta(seconds=body.seconds)
        return await self._take(request, token, body, until)

    async def _take(
        self,
        request: Request,
        token: str,
        body: PaymentBody | HoldBody,
        hold_until: datetime | None = None,
    ) -> Response:
        check_time(self._services, body.occurred_at)
        return await self._submit(
            PaymentRequest(
                id=OperationId(operation_id(request, body.id)),
                token=token,
                credential=body.credential,
                units=body.amount,
                occurred_at=body.occurred_at,
                is_repeat_confirmed=body.confirm_repeat,
                hold_until=hold_until,
            )
        )

    async def refund(self, request: Request) -> Response:
        """Give an amount of a payment back."""
        token = token_of(request)
        body: RefundBody = _REFUND.decode(await read_limited(request))
        return await self._submit(
            RefundRequest(
                id=OperationId(operation_id(request, body.id)),
                token=token,
                payment=OperationId(request.path_params["id"]),
                units=body.amount,
            )
        )

    async def post(self, request: Request) -> Response:
        """Take a hold, or part of it."""
        token = token_of(request)
        body: PostBody = _POST.decode(await read_limited(request))
        return await self._release(request, token, body.id, body.amount)

    async def void(self, request: Request) -> Response:
        """Give all of a hold back."""
        token = token_of(request)
        body: VoidBody = _VOID.decode(await read_limited(request))
        return await self._release(request, token, body.id, 0)

    async def show(self, request: Request) -> Response:
        """A payment that this shop took, with its proof."""
        token = token_of(request)
        operation = OperationId(request.path_params["id"])
        return answer(await run_in_threadpool(self._shown, token, operation))

    def _shown(self, token: str, operation: OperationId) -> ledger.Posted:
        """Raises UnknownOperation also for a stamp or an exchange: no yen was taken by it."""
        services = self._services
        with services.database.read(services.operator) as tx:
            found = programs.wallets.shown_to_till(tx, token, operation)
        kinds = {leg.kind for leg in found.transfers}
        if found.sale is None and not kinds <= _OF_PAYMENTS:
            raise ledger.errors.UnknownOperation
        return found

    async def _release(
        self, request: Request, token: str, told: UUID | UnsetType, units: int | None
    ) -> Response:
        return await self._submit(
            ReleaseRequest(
                id=OperationId(operation_id(request, told)),
                token=token,
                hold=OperationId(request.path_params["id"]),
                units=units,
            )
        )

    async def _submit(self, asked: programs.model.Request) -> Response:
        outcome = await self._services.submit(asked)
        if isinstance(outcome, errors.DomainError):
            return problem(outcome)
        return answer(outcome)


def check_time(services: Services, occurred_at: datetime | None) -> None:
    """Refuse a till's clock that cannot be right. Raises InvalidBody."""
    if occurred_at is None:
        return
    if occurred_at > services.clock.now() + FUTURE_TOLERANCE:
        raise InvalidBody(detail="occurred_at is in the future")
    if occurred_at < EARLIEST:
        raise InvalidBody(detail="occurred_at is before 2020")


def token_of(request: Request) -> str:
    """The till's bearer token. Raises TillNotSignedIn when none is there."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise programs.errors.TillNotSignedIn
    return token


def answer(posted: ledger.Posted) -> Response:
    """What was posted: 201 the first time, 200 when the same is asked again."""
    body = OperationAnswer(
        id=posted.operation,
        amount=_moved(posted),
        asset=JPY,
        recorded_at=posted.recorded_at,
        legs=_legs(posted),
        receipt=receipt_of(posted),
        expires_at=_hold_end(posted),
    )
    return Response(
        msgspec.json.encode(body),
        status_code=200 if posted.is_replay else 201,
        media_type="application/json",
    )


def _counts(posted: ledger.Posted) -> list[ledger.model.Transfer]:
    """The legs that the caller asked for: of a post, not what went back besides.

    Of a sale, what was paid and not what it earned.
    """
    if posted.sale is not None:
        return [leg for leg in posted.transfers if leg.kind in {Kind.PAYMENT, Kind.REFUND}]
    posts = [transfer for transfer in posted.transfers if transfer.kind == Kind.POST]
    # Of money that was paid in by mistake, not the premium that goes with it.
    of_these = {*_OF_PAYMENTS, Kind.CASH_OUT}
    return posts or [leg for leg in posted.transfers if leg.kind in of_these]


def _moved(posted: ledger.Posted) -> int:
    return sum(transfer.units for transfer in _counts(posted))


def _legs(posted: ledger.Posted) -> list[Leg]:
    by_program: dict[str, int] = {}
    for transfer in _counts(posted):
        by_program[transfer.asset] = by_program.get(transfer.asset, 0) + transfer.units
    return [Leg(program, units, program) for program, units in by_program.items()]


def receipt_of(posted: ledger.Posted) -> Receipt:
    """The operation's place in the chain, with the proof of each of its transfers."""
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
