"""What an entry must look like, and how a till's secrets are made and hidden."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from ichimai.kernel import typed_codes
from ichimai.merchants.errors import (
    AlreadyRegistered,
    InvalidAssociation,
    InvalidShop,
    MistypedEnrolmentCode,
    UnknownAssociation,
)
from ichimai.merchants.model import Association, Shop

ENROLMENT_VALID_FOR = timedelta(hours=24)

_CODE_LENGTH = 10
_CODE_GROUP = 5
_STRETCHING = 10_000
_SALT = b"ichimai enrolment code"

_SHOP_NUMBER = re.compile(r"[0-9]{2}-[0-9]{3}", re.ASCII)
_ACCOUNT_KINDS = (1, 2, 4)


def check_associations(new: Sequence[Association], registered: Iterable[int]) -> None:
    """Refuse the first of ``new`` that may not join those ``registered``.

    Raises InvalidAssociation, AlreadyRegistered.
    """
    taken = set(registered)
    for association in new:
        for field in _faults_of_association(association):
            raise InvalidAssociation(association.number, field)
        if association.number in taken:
            raise AlreadyRegistered(str(association.number))
        taken.add(association.number)


def check_shops(
    new: Sequence[Shop], associations: Iterable[int], registered: Iterable[str]
) -> None:
    """Refuse the first of ``new`` that may not join the ``registered`` shop numbers.

    Raises InvalidShop, UnknownAssociation, AlreadyRegistered.
    """
    known, taken = set(associations), set(registered)
    for shop in new:
        for field in _faults_of_shop(shop):
            raise InvalidShop(shop.number, field)
        if shop.association not in known:
            raise UnknownAssociation(shop.association)
        if shop.number in taken:
            raise AlreadyRegistered(shop.number)
        taken.add(shop.number)


def new_enrolment_code() -> str:
    """A one-time code as handed to a shop: 50 random bits, ``XXXXX-XXXXX-C``."""
    return typed_codes.grouped(typed_codes.new(_CODE_LENGTH), _CODE_GROUP)


def enrolment_code_hash(typed: str) -> bytes:
    """By what an enrolment code is known here. Raises MistypedEnrolmentCode.

    Stretched: 50 bits are hopeless to guess at our door, but within reach of someone who holds
    a copy of the table and has 24 hours.
    """
    code = typed_codes.normalised(typed)
    if not typed_codes.is_whole(code, _CODE_LENGTH):
        raise MistypedEnrolmentCode
    return hashlib.pbkdf2_hmac("sha256", code.encode(), _SALT, _STRETCHING)


def token_for(key: bytes, code_hash: bytes, secret: str) -> str:
    """The token of the device that brought a code together with ``secret``: the same ever again.

    Without the operator's ``key`` nobody works it out, who knows both and however bad the secret.
    """
    made = hmac.new(key, b"till " + code_hash + secret.encode(), "sha256").digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def new_token() -> str:
    """A till's bearer token: 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def token_hashes(tokens: Iterable[str]) -> list[bytes]:
    """By what tokens are known here; for text that is no token as well."""
    sha256 = hashlib.sha256
    return [sha256(token.encode("utf-8", "replace")).digest() for token in tokens]


def _faults_of_association(association: Association) -> Iterator[str]:
    if not 1 <= association.number <= 99:
        yield "number"
    if not association.name:
        yield "name"
    if association.members < 0:
        yield "members"


def _faults_of_shop(shop: Shop) -> Iterator[str]:
    account = shop.account
    if not _SHOP_NUMBER.fullmatch(shop.number) or int(shop.number[:2]) != shop.association:
        yield "number"
    if not shop.name:
        yield "name"
    if not shop.category:
        yield "category"
    if not _has_digits(account.bank_code, 4):
        yield "bank_code"
    if not _has_digits(account.branch_code, 3):
        yield "branch_code"
    if account.kind not in _ACCOUNT_KINDS:
        yield "account_kind"
    if not _has_digits(account.number, 7):
        yield "account_number"
    if not account.holder_kana:
        yield "account_holder"


def _has_digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdigit()
