"""The language of the ledger's tables: phrases become commands, and answers become words.

    grant g1 1000 until 12-31          1,000 units to A's wallet, through the last of December
    pay p1 300 by B at L1 confirmed    from the wallet of card B at the first till of shop L
    hold h1 300 until 10-01 13:00      set aside for the shop
    post c1 200 of h1                  200 to the shop and the rest back
    void c1 of h1      timeout c1 of h1      refund r1 300 of p1      expire e1      stop s1 by A
    close d1           payout o1 300           offset f1 30           correct k1 1

What sales earn, and everything that is earned for, is said in ``earning_words``.

A card is called after its wallet (``A``, ``A2``), a till after its shop (``S1``); unless said
otherwise it is card ``A`` at till ``S1``. Shop ``L`` is a large one.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from ichimai import ledger, registry
from ichimai.kernel import Asset, errors, ids
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import (
    AccountId,
    Command,
    Expire,
    Grant,
    Leg,
    Move,
    Pay,
    Refund,
    Release,
    Restore,
    Role,
    Stop,
    Sweep,
    account_id,
    derived_id,
)
from tests.journals import earning_words
from tests.journals.phrases import GIFT, YEAR, Phrase, end_of, moment, named, operation
from tests.journals.terms import Offer, Terms

__all__ = [
    "GIFT",
    "YEAR",
    "Offer",
    "Terms",
    "accounts",
    "command",
    "moment",
    "named",
    "operation",
    "word",
]


def command(text: str, programs: Sequence[Terms], now: datetime) -> Command:
    """The command that a phrase stands for."""
    verb, name, *words = text.split()
    phrase, id_ = Phrase(words), operation(name)
    terminal, payee = named("till", phrase["at"]), named("shop", phrase.shop)
    graces: Mapping[Asset, int] = {terms.asset: terms.grace_days for terms in programs}
    if verb in earning_words.VERBS:
        return earning_words.command(verb, id_, phrase, programs, now)
    match verb:
        case "pay" | "hold":
            return Pay(
                operation=id_,
                wallet=phrase.wallet,
                payee=payee,
                units=phrase.units,
                purses=tuple(terms.purse(phrase.shop) for terms in programs if terms.is_automatic),
                terminal=terminal,
                actor=named("card", phrase["by"]),
                is_repeat_confirmed="confirmed" in phrase.said,
                hold_until=moment(phrase["until"], now) if verb == "hold" else None,
                refused=_REFUSED[phrase["refused"]](),
            )
        case "post" | "void" | "timeout":
            return Release(
                operation=id_,
                hold=operation(phrase["of"]),
                units=phrase.number("units") if verb == "post" else 0,
                payee=ids.NIL if verb == "timeout" else payee,
                terminal=ids.NIL if verb == "timeout" else terminal,
                grace_days=graces,
                is_timeout=verb == "timeout",
            )
        case "refund":
            return Refund(
                operation=id_,
                payment=operation(phrase["of"]),
                units=phrase.units,
                payee=payee,
                terminal=terminal,
                grace_days=graces,
            )
        case _:
            return _of_the_operator(verb, id_, phrase)


def _of_the_operator(verb: str, id_: OperationId, phrase: Phrase) -> Command:
    match verb:
        case "grant":
            return Grant(
                operation=id_,
                wallet=phrase.target,
                funder=named("funder", phrase["from"]),
                asset=phrase.asset,
                units=phrase.units,
                expires_at=end_of(phrase["until"] or "12-31"),
                capped_units=phrase.number("capped"),
            )
        case "expire":
            return Expire(operation=id_, limit=phrase.number("limit") or 0)
        case "restore":
            return Restore(
                operation=id_,
                expiry=operation(phrase["of"]),
                until=end_of(phrase["until"]),
                assets=frozenset({phrase.asset}),
            )
        case "close":
            return Sweep(operation=id_, asset=phrase.asset)
        case "payout" | "offset" | "correct":
            leg = Leg(
                owner=named("shop", phrase.shop),
                asset=phrase.asset,
                from_role=Role.PAYABLE,
                to_role=Role.SETTLED,
                units=phrase.units,
                kind=_MOVES[verb],
            )
            return Move(operation=id_, legs=(leg,))
        case "stop":
            return Stop(operation=id_, actor=named("card", phrase["by"]))
        case _:
            raise ValueError(f"what is {verb!r}?")


_MOVES: Final = {"payout": Kind.PAYOUT, "offset": Kind.OFFSET, "correct": Kind.CORRECTION}

_REFUSED: Final[Mapping[str, Callable[[], errors.DomainError | None]]] = {
    "": lambda: None,
    "unknown_credential": registry.errors.UnknownCredential,
    "credential_stopped": ledger.errors.CredentialStopped,
    "not_accepted_here": ledger.errors.NotAcceptedHere,
}


def word(answer: ledger.Posted | errors.DomainError) -> str:
    """``posted``, ``again`` or the refusal's code."""
    if isinstance(answer, errors.DomainError):
        return answer.code
    return "again" if answer.is_replay else "posted"


_SIDES: Final = {
    "": (Role.WALLET, "wallet"),
    "sold": (Role.RECEIVABLE, "shop"),
    "held": (Role.CLEARING, "shop"),
    "payable": (Role.PAYABLE, "shop"),
    "settled": (Role.SETTLED, "shop"),
    "issued": (Role.ISSUED, "funder"),
    "gave": (Role.ISSUED, "shop"),
    "due": (Role.DUE, "shop"),
    "charged": (Role.CHARGED, "shop"),
    "stock": (Role.STOCK, "shop"),
    "handed": (Role.HANDED, "shop"),
}
_OF_PROGRAMS: Final = {"expired": Role.EXPIRED, "redeemed": Role.REDEEMED}


def accounts(column: str, programs: Sequence[Terms]) -> list[AccountId]:
    """The accounts that a column adds up: ``A``, ``A points``, ``S held``, ``expired``."""
    if column in _OF_PROGRAMS:
        owners = {terms.asset: derived_id(f"program/{terms.asset}") for terms in programs}
        role = _OF_PROGRAMS[column]
        return [account_id(owner, role, asset) for asset, owner in owners.items()]
    name, _, side = column.partition(" ")
    if side and side not in _SIDES:
        return [account_id(named("wallet", name), Role.WALLET, Asset(side))]
    role, kind = _SIDES[side]
    return [account_id(named(kind, name), role, terms.asset) for terms in programs]
