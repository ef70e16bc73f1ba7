"""What the journals cannot say in a line: terms that change, many legs, what is remembered."""

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from ichimai import ledger
from ichimai.kernel import Asset, errors
from ichimai.ledger import Kind, OperationId, Posted, chain
from ichimai.ledger.model import (
    GRACE_DAYS,
    MINIMUM,
    AccountId,
    Grant,
    Leg,
    Move,
    Pay,
    Role,
    Stop,
    Sweep,
    account_id,
    derived_id,
)
from tests.journals.journal import NOON, start_of_day_one
from tests.journals.words import GIFT, Terms, command, moment, named, operation, word
from tests.unit.ledger.paper_book import PaperBook

AT = moment(NOON, start_of_day_one())


def said(books: PaperBook, text: str, *programs: Terms) -> str:
    return word(books.post(command(text, programs or (Terms(),), AT), AT))


def posted(answer: Posted | errors.DomainError) -> Posted:
    assert isinstance(answer, Posted)
    return answer


def test_a_suspected_repeat_is_before_too_much_at_once() -> None:
    """The limit was lowered between the two."""
    books = PaperBook()
    assert said(books, "grant g1 1000") == "posted"
    assert said(books, "pay p1 500") == "posted"
    assert said(books, "pay p2 500", Terms(per_payment=100)) == "repeat_suspected"
    assert said(books, "pay p2 500 confirmed", Terms(per_payment=100)) == "limit_exceeded"


def test_a_suspected_repeat_names_the_payment_before() -> None:
    books = PaperBook()
    said(books, "grant g1 1000")
    said(books, "pay p1 500")
    answer = books.post(command("pay p2 500", (Terms(),), AT), AT)
    assert isinstance(answer, ledger.errors.RepeatSuspected)
    assert answer.earlier == operation("p1")


def test_a_lowered_limit_a_day_refuses_and_does_not_fail() -> None:
    books = PaperBook()
    said(books, "grant g1 1000")
    assert said(books, "pay p1 500", Terms(per_day=500)) == "posted"
    assert said(books, "pay p2 1", Terms(per_day=100)) == "limit_exceeded"


def test_a_card_for_which_nothing_is_accepted_takes_nothing() -> None:
    books = PaperBook()
    said(books, "grant g1 1000")
    pay = command("pay p1 1", (), AT)
    assert word(books.post(pay, AT)) == "limit_exceeded"


def test_legs_of_one_shop_are_paid_out_together_or_not_at_all() -> None:
    books = PaperBook()
    for text in ("grant g1 1000", "pay p1 100", "close d1"):
        assert said(books, text) == "posted"
    shop = named("shop", "S")
    part = Leg(
        owner=shop,
        asset=GIFT,
        from_role=Role.PAYABLE,
        to_role=Role.SETTLED,
        units=60,
        kind=Kind.PAYOUT,
    )
    both = Move(operation=OperationId(derived_id("both")), legs=(part, part))
    assert word(books.post(both, AT)) == "bound_exceeded"
    assert books.balance(account_id(shop, Role.PAYABLE, GIFT)) == 100


def test_a_payout_of_nothing_is_refused() -> None:
    empty = Move(operation=OperationId(derived_id("empty")), legs=())
    assert word(PaperBook().post(empty, AT)) == "nothing_to_move"


def test_the_shops_of_a_large_city_are_closed_in_one_operation() -> None:
    """More legs than two bytes count; one cut-off for all 60,000."""
    books = PaperBook()
    said(books, "grant g1 1000000")
    for number in range(40_000):
        account = books.book.account(UUID(int=number + 1), Role.RECEIVABLE, GIFT)
        account.balance = 1
    books.book.accounts[account_id(named("funder", "city"), Role.ISSUED, GIFT)].balance -= 40_000
    closed = posted(books.post(Sweep(operation=OperationId(derived_id("d")), asset=GIFT), AT))
    assert [transfer.leg for transfer in closed.transfers] == list(range(40_000))
    assert len({chain.leaf_bytes(transfer) for transfer in closed.transfers}) == 40_000


def test_the_legs_of_a_closing_are_in_the_order_of_the_shops() -> None:
    books = PaperBook()
    said(books, "grant g1 1000")
    for text in ("pay p1 1 at Q1", "pay p2 2 at L1", "pay p3 3 at M1", "pay p4 4"):
        said(books, text)
    closed = posted(books.post(Sweep(operation=OperationId(derived_id("d")), asset=GIFT), AT))
    owners = [books.book.accounts[transfer.debit].owner for transfer in closed.transfers]
    assert owners == sorted(named("shop", shop) for shop in "QLMS")


def test_a_stop_has_its_own_place_in_the_order() -> None:
    books = PaperBook()
    said(books, "grant g1 1000")
    said(books, "pay p1 1")
    stop = Stop(operation=OperationId(derived_id("stop")), actor=named("card", "A"))
    (row,) = posted(books.post(stop, AT)).transfers
    assert (row.number, row.kind, row.units, row.actor) == (3, Kind.STOP, 0, named("card", "A"))
    said(books, "refund r1 1 of p1")
    assert [transfer.number for transfer in books.transfers] == [1, 2, 3, 4]


def test_when_it_happened_is_kept_beside_when_it_was_recorded() -> None:
    """A message that was 48 h late belongs to the day on which it is recorded (faults.md 28)."""
    books = PaperBook()
    said(books, "grant g1 1000")
    late = command("pay p1 10", (Terms(),), AT)
    assert isinstance(late, Pay)
    happened = AT - timedelta(hours=48)
    (row,) = posted(books.post(replace(late, occurred_at=happened), AT)).transfers
    assert (row.occurred_at, row.recorded_at) == (happened, AT)


def test_a_grace_is_14_days_where_the_program_says_nothing() -> None:
    assert GRACE_DAYS == 14


def test_remembered_refusals_are_those_of_the_decision() -> None:
    """docs/decisions/0003-a-refusal-is-an-answer.md"""
    assert set(ledger.errors.REMEMBERED) == {
        "credential_stopped",
        "insufficient_balance",
        "limit_exceeded",
        "limit_reached",
        "minimum_not_reached",
        "not_accepted_here",
        "out_of_stock",
    }


def test_every_refusal_has_a_code_of_its_own() -> None:
    kinds = [
        kind
        for kind in vars(ledger.errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.DomainError)
    ]
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes) >= 20
    assert all(len(kind.__mro__) > 4 for kind in kinds), "each is one of the five kinds"


def test_no_refusal_shows_a_balance() -> None:
    """A shop learns that the amount cannot be taken, not what could (STYLE 13)."""
    assert ledger.errors.InsufficientBalance.public == ()
    assert ledger.errors.LimitExceeded.public == ()
    assert ledger.errors.BoundExceeded.public == ()


def test_an_account_is_known_by_what_it_is() -> None:
    owner = UUID("01999999-9999-7999-8999-999999999999")
    known = account_id(owner, Role.WALLET, Asset("longevity-gift"))
    assert known == AccountId(UUID("01999999-9999-8999-81bb-1f643ebef805"))
    others = {
        account_id(owner, role, asset)
        for role in Role
        for asset in (Asset("longevity-gift"), Asset("JPY"))
    } | {account_id(derived_id("other"), Role.WALLET, Asset("longevity-gift"))}
    assert len(others) == 2 * len(Role) + 1
    beside = {id_.int >> 80 for id_ in others}
    assert len(beside) == 2, "the accounts of one owner begin alike"
    assert all(id_.version == 8 and id_.variant == "specified in RFC 4122" for id_ in others)


def test_every_role_has_its_bound() -> None:
    assert set(MINIMUM) == set(Role)
    unbounded = {role for role, minimum in MINIMUM.items() if minimum is None}
    assert unbounded == {Role.ISSUED, Role.RECEIVABLE, Role.SETTLED, Role.DUE, Role.CHARGED}


@pytest.mark.parametrize("capped", [-1, 10**12 + 1])
def test_a_part_for_large_shops_is_an_amount(capped: int) -> None:
    grant = command("grant g1 1000", (Terms(),), AT)
    assert isinstance(grant, Grant)
    wrong = replace(grant, capped_units=capped)
    assert word(PaperBook().post(wrong, AT)) == "invalid_amount"
