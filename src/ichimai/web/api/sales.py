"""Purchases and their returns, and what is earned, exchanged, handed over and paid in."""

from collections.abc import Iterable
from typing import Final, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct, UnsetType
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ichimai import ledger, programs
from ichimai.kernel import Asset, errors, ids
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import Transfer
from ichimai.programs.model import (
    CashOutRequest,
    Choice,
    EarningRequest,
    ExchangeRequest,
    LookRequest,
    PurchaseRequest,
    RedemptionRequest,
    ReturnRequest,
    StampRequest,
    TopUpRequest,
)
from ichimai.web.api import sale_types as types
from ichimai.web.api.bodies import JsonBody, operation_id, read_limited
from ichimai.web.api.endpoint import AsyncHandler, rendered
from ichimai.web.api.payments import check_time, receipt_of, token_of
from ichimai.web.api.problems import InvalidBody, problem
from ichimai.web.services import Services

Body = TypeVar("Body", bound=Struct)

_BODIES: Final[dict[type[Struct], JsonBody]] = {
    type_: JsonBody(type_)
    for type_ in (
        types.PurchaseBody,
        types.ReturnBody,
        types.EarningBody,
        types.StampBody,
        types.ExchangeBody,
        types.RedemptionBody,
        types.MoneyBody,
        types.EntitlementBody,
    )
}
_PAID: Final = frozenset({Kind.PAYMENT, Kind.REFUND})
_EARNED: Final = frozenset({Kind.EARN, Kind.TAKE_BACK})
_TAKEN: Final = frozenset({Kind.PAYMENT, Kind.EXCHANGE, Kind.CASH_OUT})
_GIVEN: Final = frozenset({Kind.EARN, Kind.TOP_UP, Kind.HANDOVER})


def routes(services: Services) -> list[Route]:
    """The routes of what is more than a payment."""
    desk = _Sales(services)
    asked: list[tuple[str, AsyncHandler]] = [
        ("/purchases", desk.buy),
        ("/purchases/{id:uuid}/refunds", desk.bring_back),
        ("/earnings", desk.earn),
        ("/stamps", desk.stamp),
        ("/exchanges", desk.exchange),
        ("/redemptions", desk.redeem),
        ("/top-ups", desk.top_up),
        ("/cash-outs", desk.cash_out),
        ("/entitlements", desk.look),
    ]
    return [Route(path, rendered(handler), methods=["POST"]) for path, handler in asked]


def buy_handler(services: Services) -> AsyncHandler:
    """What answers a purchase, for the short way there."""
    return rendered(_Sales(services).buy)


class _Sales:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def buy(self, request: Request) -> Response:
        """Pay for a sale with what can pay, and earn for it."""
        token, body = await _read(request, types.PurchaseBody)
        check_time(self._services, body.occurred_at)
        return await self._sold(
            PurchaseRequest(
                id=_id(request, body.id),
                token=token,
                credential=body.credential,
                total_yen=body.total_yen,
                pay_with=_choices(body.pay_with),
                occurred_at=body.occurred_at,
                is_repeat_confirmed=body.confirm_repeat,
            )
        )

    async def bring_back(self, request: Request) -> Response:
        """Take goods of a purchase back."""
        token, body = await _read(request, types.ReturnBody)
        return await self._sold(
            ReturnRequest(
                id=_id(request, body.id),
                token=token,
                purchase=OperationId(request.path_params["id"]),
                total_yen=body.amount,
            )
        )

    async def earn(self, request: Request) -> Response:
        """Give what an event earns."""
        token, body = await _read(request, types.EarningBody)
        check_time(self._services, body.occurred_at)
        return await self._given(
            EarningRequest(
                id=_id(request, body.id),
                token=token,
                credential=body.credential,
                event=body.event,
                program=None if body.program is None else Asset(body.program),
                other=body.brought_by or "",
                occurred_at=body.occurred_at,
            )
        )

    async def stamp(self, request: Request) -> Response:
        """Stamp a card."""
        token, body = await _read(request, types.StampBody)
        check_time(self._services, body.occurred_at)
        return await self._given(
            StampRequest(
                id=_id(request, body.id),
                token=token,
                credential=body.credential,
                program=Asset(body.program),
                occurred_at=body.occurred_at,
            )
        )

    async def exchange(self, request: Request) -> Response:
        """Exchange units for something else."""
        token, body = await _read(request, types.ExchangeBody)
        return await self._given(
            ExchangeRequest(
                id=_id(request, body.id),
                token=token,
                credential=body.credential,
                program=Asset(body.program),
                exchange=body.exchange,
                times=body.times,
            )
        )

    async def redeem(self, request: Request) -> Response:
        """Hand a thing over."""
        token, body = await _read(request, types.RedemptionBody)
        return await self._given(
            RedemptionRequest(
                id=_id(request, body.id),
                token=token,
                credential=body.credential,
                program=Asset(body.program),
                thing=body.thing,
            )
        )

    async def top_up(self, request: Request) -> Response:
        """Take money in."""
        token, body = await _read(request, types.MoneyBody)
        return await self._given(
            TopUpRequest(
                id=_id(request, body.id),
                token=token,
                credential=body.credential,
                program=Asset(body.program),
                units=body.amount,
            )
        )

    async def cash_out(self, request: Request) -> Response:
        """Pay money back."""
        token, body = await _read(request, types.MoneyBody)
        return await self._given(
            CashOutRequest(
                id=_id(request, body.id),
                token=token,
                credential=body.credential,
                program=Asset(body.program),
                units=body.amount,
            )
        )

    async def look(self, request: Request) -> Response:
        """Whether somebody is entitled by somebody else's program."""
        token, body = await _read(request, types.EntitlementBody)
        desk, program = self._services.desk, Asset(body.program)
        asked = LookRequest(
            id=OperationId(ids.uuid7(desk.clock)), token=token, credential=body.credential
        )
        entitled = await run_in_threadpool(desk.is_entitled, asked, program)
        answer = msgspec.json.encode(types.EntitlementAnswer(entitled))
        return Response(answer, media_type="application/json")

    async def _sold(self, asked: PurchaseRequest | ReturnRequest) -> Response:
        outcome = await self._services.submit(asked)
        return problem(outcome) if isinstance(outcome, errors.DomainError) else sold(outcome)

    async def _given(self, asked: programs.model.Request) -> Response:
        outcome = await self._services.submit(asked)
        if isinstance(outcome, errors.DomainError):
            return problem(outcome)
        return _answer(
            outcome,
            types.GivenAnswer(
                id=outcome.operation,
                taken=_parts(outcome.transfers, _TAKEN),
                given=_parts(outcome.transfers, _GIVEN),
                recorded_at=outcome.recorded_at,
                receipt=receipt_of(outcome),
            ),
        )


async def _read(request: Request, type_: type[Body]) -> tuple[str, Body]:
    token = token_of(request)
    body: Body = _BODIES[type_].decode(await read_limited(request))
    return token, body


def _id(request: Request, told: UUID | UnsetType) -> OperationId:
    return OperationId(operation_id(request, told))


def _choices(told: str | list[str | types.Choice]) -> tuple[Choice, ...] | None:
    if isinstance(told, str):
        if told != "auto":
            raise InvalidBody(detail='pay_with is "auto" or a list of programs')
        return None
    return tuple(
        Choice(Asset(each)) if isinstance(each, str) else Choice(Asset(each.program), each.units)
        for each in told
    )


def sold(posted: ledger.Posted) -> Response:
    """What was paid and earned: 201 the first time, 200 when the same is asked again."""
    sale = posted.sale
    if sale is None:
        raise TypeError(posted.operation)
    total, paid = abs(sale.total_yen), abs(sale.paid_units)
    return _answer(
        posted,
        types.PurchaseAnswer(
            id=posted.operation,
            total_yen=total,
            paid_yen=paid,
            rest_yen=total - paid,
            paid=_parts(posted.transfers, _PAID),
            earned=_parts(posted.transfers, _EARNED),
            recorded_at=posted.recorded_at,
            receipt=receipt_of(posted),
        ),
    )


def _answer(posted: ledger.Posted, body: Struct) -> Response:
    return Response(
        msgspec.json.encode(body),
        status_code=200 if posted.is_replay else 201,
        media_type="application/json",
    )


def _parts(transfers: Iterable[Transfer], kinds: frozenset[Kind]) -> list[types.Part]:
    found: dict[str, int] = {}
    for transfer in transfers:
        if transfer.kind in kinds:
            found[transfer.asset] = found.get(transfer.asset, 0) + transfer.units
    return [types.Part(program, units) for program, units in found.items()]
