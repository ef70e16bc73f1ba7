"""Which accounts may be asked for, who may decide, and what the old contact holds in hand."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from ichimai.kernel import typed_codes
from ichimai.kernel.text import has_control
from ichimai.merchants import BankAccount, Shop
from ichimai.settlement import rules
from ichimai.settlement.bank.account_model import (
    LONGEST_DELAY,
    SHORTEST_DELAY,
    AccountChange,
    ChangeState,
)
from ichimai.settlement.bank.errors import (
    AccountChangeDecided,
    AccountRefused,
    InvalidContact,
    MistypedCancelCode,
    SameAccount,
    SecondPersonNeeded,
)
from ichimai.settlement.errors import PayeeProblem

_MOST_REASON: Final = 200
_MOST_ADDRESS: Final = 300
_MAIL: Final = re.compile(r"[!-?A-~]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
_KINDS: Final = (1, 2, 4)
_CODE_LENGTH: Final = 16
_CODE_GROUP: Final = 4


def check_account(shop: Shop, account: BankAccount) -> None:
    """Refuse an account that a bank's file cannot carry, or that the shop has already.

    Raises AccountRefused, SameAccount.
    """
    problems = tuple(_problems(shop, account))
    if problems:
        raise AccountRefused(problems)
    if account == shop.account:
        raise SameAccount


def _problems(shop: Shop, account: BankAccount) -> Iterator[PayeeProblem]:
    digits = (
        ("bank_code", account.bank_code, 4),
        ("branch_code", account.branch_code, 3),
        ("account_number", account.number, 7),
    )
    for name, value, length in digits:
        if len(value) != length or not (value.isascii() and value.isdigit()):
            yield PayeeProblem(shop.number, shop.name, name, value, (), "")
    if account.kind not in _KINDS:
        yield PayeeProblem(shop.number, shop.name, "account_kind", str(account.kind), (), "")
    yield from rules.payee_problems(replace(shop, account=account), 1)


def reason_of(text: str) -> str:
    """Why, in one line of at most 200 characters; what is more is not kept."""
    return " ".join(text.split())[:_MOST_REASON]


def check_contact(mail: str, letter: str) -> None:
    """Refuse what is neither a mail address nor a postal one, or both. Raises InvalidContact."""
    if bool(mail) == bool(letter):
        raise InvalidContact("contact")
    if mail and not (_MAIL.fullmatch(mail) and len(mail) <= _MOST_ADDRESS):
        raise InvalidContact("mail")
    lines = letter.splitlines()
    if letter and (len(letter) > _MOST_ADDRESS or any(has_control(line) for line in lines)):
        raise InvalidContact("letter")


def check_may_check(change: AccountChange) -> None:
    """Refuse to check what was checked. Raises AccountChangeDecided."""
    if change.state is not ChangeState.ASKED:
        raise AccountChangeDecided(change.state.value)


def check_may_approve(change: AccountChange, by: UUID) -> None:
    """Refuse whoever asked or checked. Raises AccountChangeDecided, SecondPersonNeeded."""
    if by in {change.checked_by, change.asked_by}:
        raise SecondPersonNeeded
    if change.state is not ChangeState.CHECKED:
        raise AccountChangeDecided(change.state.value)


def check_may_end(change: AccountChange) -> None:
    """Refuse to decline or cancel what is over. Raises AccountChangeDecided."""
    if not change.is_open:
        raise AccountChangeDecided(change.state.value)


def delay_of(wanted: timedelta) -> timedelta:
    """The delay that was set, in whole hours, at least a day and at most 30."""
    hours = -(-min(max(wanted, SHORTEST_DELAY), LONGEST_DELAY) // timedelta(hours=1))
    return timedelta(hours=hours)


def new_code() -> str:
    """What the old contact cancels with: 80 random bits, ``XXXX-XXXX-XXXX-XXXX-C``."""
    return typed_codes.grouped(typed_codes.new(_CODE_LENGTH), _CODE_GROUP)


def code_hash(typed: str) -> bytes:
    """By what a code is known here. Raises MistypedCancelCode."""
    code = typed_codes.normalised(typed)
    if not typed_codes.is_whole(code, _CODE_LENGTH):
        raise MistypedCancelCode
    return hashlib.sha256(code.encode()).digest()
