"""What an entry in the lists of associations and shops must look like; tills' secrets."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from ichimai.merchants import (
    Association,
    BankAccount,
    EnrolledTerminal,
    Shop,
    ShopId,
    ShopSize,
    TerminalId,
    errors,
    rules,
)

STREET = Association(8, "巣鴨駅前商店街", 171, accepts_gift_vouchers=True)
ACCOUNT = BankAccount("0001", "ﾐｽﾞﾎ", "007", "ｽｶﾞﾓ", 1, "1234567", "ﾏﾙﾔ ﾕ)")
SHOP = Shop(
    id=ShopId(UUID(int=1)),
    number="08-017",
    association=8,
    name="丸屋",
    kana="マルヤ",
    size=ShopSize.SMALL,
    category="food",
    account=ACCOUNT,
)


@pytest.mark.parametrize(
    "change, field",
    [
        ({"number": 0}, "number"),
        ({"number": 100}, "number"),
        ({"name": ""}, "name"),
        ({"members": -1}, "members"),
    ],
)
def test_a_wrong_association_is_refused_by_field(change: dict[str, Any], field: str) -> None:
    """The first wrong field of an association's entry is named."""
    with pytest.raises(errors.InvalidAssociation) as refused:
        rules.check_associations([replace(STREET, **change)], [])
    assert refused.value.field == field


@pytest.mark.parametrize("registered", [[8], []])
def test_an_association_is_registered_once(registered: list[int]) -> None:
    """A number may neither be taken already nor come twice in one list."""
    with pytest.raises(errors.AlreadyRegistered) as refused:
        rules.check_associations([STREET, STREET], registered)
    assert refused.value.number == "8"


@pytest.mark.parametrize(
    "change, field",
    [
        ({"number": "8-017"}, "number"),
        ({"number": "08-17"}, "number"),
        ({"number": "０８-017"}, "number"),
        ({"number": "09-017"}, "number"),
        ({"name": ""}, "name"),
        ({"category": ""}, "category"),
    ],
)
def test_a_wrong_shop_is_refused_by_field(change: dict[str, Any], field: str) -> None:
    """The first wrong field of a shop's entry is named."""
    with pytest.raises(errors.InvalidShop) as refused:
        rules.check_shops([replace(SHOP, **change)], [8], [])
    assert refused.value.field == field


@pytest.mark.parametrize(
    "change, field",
    [
        ({"bank_code": "001"}, "bank_code"),
        ({"bank_code": "00１1"}, "bank_code"),
        ({"branch_code": "0007"}, "branch_code"),
        ({"branch_code": "٣٣٣"}, "branch_code"),
        ({"kind": 3}, "account_kind"),
        ({"number": "123456"}, "account_number"),
        ({"holder_kana": ""}, "account_holder"),
    ],
)
def test_a_wrong_bank_account_is_refused_by_field(change: dict[str, Any], field: str) -> None:
    """A bank account has codes of the right length in ASCII digits and a known kind."""
    shop = replace(SHOP, account=replace(ACCOUNT, **change))
    with pytest.raises(errors.InvalidShop) as refused:
        rules.check_shops([shop], [8], [])
    assert (refused.value.number, refused.value.field) == ("08-017", field)


def test_a_shop_belongs_to_a_registered_association() -> None:
    """A shop of an association that nobody knows is refused."""
    with pytest.raises(errors.UnknownAssociation):
        rules.check_shops([SHOP], [7, 9], [])


@pytest.mark.parametrize("registered", [["08-017"], []])
def test_a_shop_is_registered_once(registered: list[str]) -> None:
    """A shop's number may neither be taken already nor come twice in one list."""
    with pytest.raises(errors.AlreadyRegistered) as refused:
        rules.check_shops([SHOP, SHOP], [8], registered)
    assert refused.value.number == "08-017"


def test_good_entries_pass() -> None:
    """What is right is not refused."""
    rules.check_associations([STREET], [7])
    rules.check_shops([SHOP, replace(SHOP, number="08-018")], [8], ["08-016"])


def test_an_enrolment_code_has_one_hash_however_it_is_typed() -> None:
    """A shopkeeper may type small letters and leave out the hyphens."""
    code = rules.new_enrolment_code()
    typed = code.lower().replace("-", " ")
    assert rules.enrolment_code_hash(code) == rules.enrolment_code_hash(typed)


def test_an_enrolment_code_cannot_be_guessed() -> None:
    """A code carries 50 bits: ten random characters of 32 and a check character."""
    code = rules.new_enrolment_code()
    assert [len(group) for group in code.split("-")] == [5, 5, 1]


@pytest.mark.parametrize("typed", ["", "00000-00000-1", "0" * 100])
def test_a_mistyped_enrolment_code_is_told_apart(typed: str) -> None:
    """A typing error is told at once, as such."""
    with pytest.raises(errors.MistypedEnrolmentCode):
        rules.enrolment_code_hash(typed)


def test_a_token_has_256_bits_and_is_url_safe() -> None:
    """A till's token is 32 random bytes as 43 URL-safe characters."""
    token = rules.new_token()
    assert len(token) == 43
    assert token.replace("-", "").replace("_", "").isalnum()


def test_any_text_has_a_token_hash() -> None:
    """What is no token takes the same way, lone surrogates and nothing included."""
    assert [len(hash_) for hash_ in rules.token_hashes(["", "\ud800", "ä"])] == [32, 32, 32]


def test_secrets_do_not_show_themselves() -> None:
    """A token and an account holder's name do not get into a log line by a repr."""
    till = EnrolledTerminal(TerminalId(UUID(int=1)), SHOP.id, "secret-token")
    assert "secret-token" not in repr(till)
    assert "ﾏﾙﾔ" not in repr(SHOP)
