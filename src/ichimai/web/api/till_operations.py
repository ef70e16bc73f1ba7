"""What the endpoints for tills, which ``payments`` serves, take and give."""

from typing import Final
from uuid import UUID

from msgspec import Struct

from ichimai import identity, ledger, programs, registry
from ichimai.kernel import errors
from ichimai.kernel.amount import InvalidAmount
from ichimai.people.records import errors as delegated
from ichimai.web.api.endpoint import Caller, Operation, Reply
from ichimai.web.api.problems import BodyTooLarge
from ichimai.web.api.sale_types import (
    EarningBody,
    EntitlementAnswer,
    EntitlementBody,
    ExchangeBody,
    GivenAnswer,
    MoneyBody,
    PurchaseAnswer,
    PurchaseBody,
    RedemptionBody,
    ReturnBody,
    StampBody,
)
from ichimai.web.api.types import (
    Health,
    HoldBody,
    OperationAnswer,
    PaymentBody,
    PostBody,
    RefundBody,
    VoidBody,
)

_ID: Final = UUID("019a0c1e-7c00-7000-8000-000000000001")
_CARD: Final = "XXXX-XXXX-XXXX-XXXX-C"
_REPLIES: Final = {
    201: Reply("Done.", OperationAnswer),
    200: Reply("The same was done before, under this id.", OperationAnswer),
}
_ANY_WRITE: Final[tuple[type[errors.DomainError], ...]] = (
    BodyTooLarge,
    ledger.errors.IdFromTheFuture,
    ledger.errors.DifferentAmount,
    ledger.errors.DifferentTerminal,
    ledger.errors.DifferentKind,
)
_PAY: Final = (
    *_ANY_WRITE,
    InvalidAmount,
    ledger.errors.DifferentCredential,
    registry.errors.UnknownCredential,
    identity.errors.CardCannotPay,
    identity.errors.PinNeeded,
    identity.errors.PhoneCodeExpired,
    identity.errors.PhoneCodeUsed,
    identity.errors.TapOver,
    ledger.errors.CredentialStopped,
    delegated.DelegationEnded,
    delegated.DelegationNotBegun,
    delegated.OutOfScope,
    delegated.DayLimitExceeded,
    delegated.TotalLimitExceeded,
    ledger.errors.NotAcceptedHere,
    ledger.errors.RepeatSuspected,
    ledger.errors.LimitExceeded,
    ledger.errors.InsufficientBalance,
)
_AFTER: Final = (
    *_ANY_WRITE,
    ledger.errors.DifferentPayment,
    ledger.errors.UnknownOperation,
)

_PAYMENTS: Final = {
    ("POST", "/payments"): Operation(
        name="pay",
        tag="payments",
        callers=Caller.TILL,
        body=PaymentBody,
        takes_key=True,
        replies=_REPLIES,
        errors=_PAY,
        example=PaymentBody(id=_ID, credential=_CARD, amount=120),
    ),
    ("GET", "/payments/{id}"): Operation(
        name="payment",
        tag="payments",
        callers=Caller.TILL,
        replies={200: Reply("The payment, with its proof.", OperationAnswer)},
        errors=(ledger.errors.UnknownOperation,),
    ),
    ("POST", "/payments/{id}/refunds"): Operation(
        name="refund",
        tag="payments",
        callers=Caller.TILL,
        body=RefundBody,
        takes_key=True,
        replies=_REPLIES,
        errors=(
            *_AFTER,
            InvalidAmount,
            ledger.errors.RefundExceedsPayment,
            ledger.errors.InsufficientBalance,
        ),
        example=RefundBody(id=_ID, amount=20),
    ),
    ("POST", "/holds"): Operation(
        name="hold",
        tag="holds",
        callers=Caller.TILL,
        body=HoldBody,
        takes_key=True,
        replies=_REPLIES,
        errors=_PAY,
        example=HoldBody(id=_ID, credential=_CARD, amount=3_000, seconds=900),
    ),
    ("POST", "/holds/{id}/post"): Operation(
        name="postHold",
        tag="holds",
        callers=Caller.TILL,
        body=PostBody,
        takes_key=True,
        replies=_REPLIES,
        errors=(
            *_AFTER,
            InvalidAmount,
            ledger.errors.HoldClosed,
            ledger.errors.PostExceedsHold,
        ),
        example=PostBody(id=_ID, amount=2_480),
    ),
    ("POST", "/holds/{id}/void"): Operation(
        name="voidHold",
        tag="holds",
        callers=Caller.TILL,
        body=VoidBody,
        takes_key=True,
        replies=_REPLIES,
        errors=(*_AFTER, ledger.errors.HoldClosed),
        example=VoidBody(id=_ID),
    ),
    ("GET", "/health"): Operation(
        name="health",
        tag="service",
        callers=Caller.ANYBODY,
        replies={
            200: Reply("Requests can be served.", Health),
            503: Reply("The database does not answer.", Health),
        },
    ),
    ("GET", "/openapi.json"): Operation(
        name="openapi",
        tag="service",
        callers=Caller.ANYBODY,
        replies={200: Reply("This document.", media=("application/json",))},
    ),
}

_EARN: Final = (
    *_ANY_WRITE,
    ledger.errors.DifferentCredential,
    ledger.errors.DifferentPrograms,
    registry.errors.UnknownCredential,
    identity.errors.CardCannotPay,
    identity.errors.PhoneCodeExpired,
    identity.errors.PhoneCodeUsed,
    identity.errors.TapOver,
    ledger.errors.CredentialStopped,
    delegated.DelegationEnded,
    delegated.DelegationNotBegun,
    delegated.OutOfScope,
    ledger.errors.LimitReached,
)
_SALE: Final = (
    *_ANY_WRITE,
    InvalidAmount,
    ledger.errors.DifferentCredential,
    ledger.errors.DifferentPrograms,
    registry.errors.UnknownCredential,
    identity.errors.CardCannotPay,
    identity.errors.PinNeeded,
    identity.errors.PhoneCodeExpired,
    identity.errors.PhoneCodeUsed,
    identity.errors.TapOver,
    ledger.errors.CredentialStopped,
    delegated.DelegationEnded,
    delegated.DelegationNotBegun,
    delegated.OutOfScope,
    delegated.DayLimitExceeded,
    delegated.TotalLimitExceeded,
    ledger.errors.NotAcceptedHere,
    programs.errors.NoSuchChoice,
    ledger.errors.RepeatSuspected,
)
_GIFT: Final = "trip-stamps"
_SOLD: Final = {
    201: Reply("Done.", PurchaseAnswer),
    200: Reply("The same was done before, under this id.", PurchaseAnswer),
}
_GIVEN: Final = {
    201: Reply("Done.", GivenAnswer),
    200: Reply("The same was done before, under this id.", GivenAnswer),
}


def _of_card(
    name: str,
    body: Struct,
    errors: tuple[type[errors.DomainError], ...],
    replies: dict[int, Reply] = _GIVEN,
) -> Operation:
    return Operation(
        name=name,
        tag="purchases",
        callers=Caller.TILL,
        body=type(body),
        takes_key=True,
        replies=replies,
        errors=errors,
        example=body,
    )


_SALES: Final = {
    ("POST", "/purchases"): _of_card(
        "buy", PurchaseBody(id=_ID, credential=_CARD, total_yen=1_280), _SALE, _SOLD
    ),
    ("POST", "/purchases/{id}/refunds"): _of_card(
        "bringBack",
        ReturnBody(id=_ID, amount=300),
        (*_AFTER, InvalidAmount, ledger.errors.RefundExceedsPayment),
        _SOLD,
    ),
    ("POST", "/earnings"): _of_card(
        "earn",
        EarningBody(id=_ID, credential=_CARD, event="health-class"),
        (*_EARN, programs.errors.NothingEarnedHere),
    ),
    ("POST", "/stamps"): _of_card(
        "stamp",
        StampBody(id=_ID, credential=_CARD, program=_GIFT),
        (*_EARN, programs.errors.NothingEarnedHere),
    ),
    ("POST", "/exchanges"): _of_card(
        "exchange",
        ExchangeBody(id=_ID, credential=_CARD, program=_GIFT, exchange="full-card"),
        (
            *_EARN,
            identity.errors.PinNeeded,
            delegated.DayLimitExceeded,
            delegated.TotalLimitExceeded,
            programs.errors.NoSuchChoice,
            programs.errors.NothingEarnedHere,
            ledger.errors.MinimumNotReached,
            ledger.errors.InsufficientBalance,
        ),
    ),
    ("POST", "/redemptions"): _of_card(
        "redeem",
        RedemptionBody(id=_ID, credential=_CARD, program="book-start", thing="picture-book"),
        (
            *_EARN,
            identity.errors.PinNeeded,
            delegated.DayLimitExceeded,
            delegated.TotalLimitExceeded,
            programs.errors.NoSuchChoice,
            ledger.errors.NotAcceptedHere,
            ledger.errors.InsufficientBalance,
            ledger.errors.OutOfStock,
        ),
    ),
    ("POST", "/top-ups"): _of_card(
        "topUp",
        MoneyBody(id=_ID, credential=_CARD, program="sports-card", amount=1_000),
        (*_EARN, InvalidAmount, programs.errors.TopUpNotAllowed),
    ),
    ("POST", "/entitlements"): Operation(
        name="isEntitled",
        tag="purchases",
        callers=Caller.TILL,
        body=EntitlementBody,
        replies={200: Reply("Yes or no.", EntitlementAnswer)},
        errors=(
            BodyTooLarge,
            registry.errors.UnknownCredential,
            identity.errors.CardCannotPay,
            identity.errors.PhoneCodeExpired,
            identity.errors.PhoneCodeUsed,
            identity.errors.TapOver,
            ledger.errors.CredentialStopped,
            ledger.errors.NotAcceptedHere,
            programs.errors.UnknownProgram,
        ),
        example=EntitlementBody(credential=_CARD, program="silver-pass"),
    ),
    ("POST", "/cash-outs"): _of_card(
        "cashOut",
        MoneyBody(id=_ID, credential=_CARD, program="sports-card", amount=1_000),
        (
            *_EARN,
            InvalidAmount,
            identity.errors.PinNeeded,
            delegated.DayLimitExceeded,
            delegated.TotalLimitExceeded,
            programs.errors.RefundingNotAllowed,
            ledger.errors.InsufficientBalance,
        ),
    ),
}

OPERATIONS: Final = {**_PAYMENTS, **_SALES}
"""By method and path, without the types of the path's parts."""

TILL_ERRORS: Final = (programs.errors.TillNotSignedIn,)
