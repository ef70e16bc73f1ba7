"""The bodies of the API for staff's programs; those for tills are in ``types``."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct

from ichimai.merchants import ShopSize
from ichimai.programs.lists import RowError
from ichimai.web.api.pages import PageQuery
from ichimai.web.api.types import Credential, OptionalKey

ProgramKey = Annotated[
    str, Meta(min_length=1, max_length=64, description="The program's key: `longevity-gift`.")
]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256 in hexadecimal.")]
ShopIds = Annotated[list[UUID], Meta(max_length=500, description="Ids of shops.")]


class SignInBody(Struct, forbid_unknown_fields=True):
    """Sign in."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    password: Annotated[str, Meta(min_length=1, max_length=200)]
    code: Annotated[
        str, Meta(max_length=40, description="Of the authenticator app, where one is set up.")
    ] = ""


class SessionAnswer(Struct):
    """A session. It ends at ``expires_at`` unless it is used; each use moves that, up to 12 h."""

    token: str
    role: str
    expires_at: datetime


class Person(Struct):
    """A member of staff."""

    id: UUID
    name: str | None


class DateWindow(Struct):
    """The first and last birth date, or wedding day, that a list may hold for a reason."""

    first: date
    last: date


class ListCheckAnswer(Struct):
    """What is on a list that could be taken as it is."""

    program: ProgramKey
    sha256: Sha256
    encoding: str
    rows: int
    units: int
    rows_by_reason: dict[str, int]
    units_by_reason: dict[str, int]
    windows: dict[str, DateWindow]
    warnings: tuple[RowError, ...]


class GrantListAnswer(Struct):
    """A list of grants; ``posted_rows`` of ``rows`` are done."""

    id: UUID
    program: ProgramKey
    sha256: Sha256
    encoding: str
    rows: int
    units: int
    rows_by_reason: dict[str, int]
    units_by_reason: dict[str, int]
    windows: dict[str, DateWindow]
    state: str
    posted_rows: int
    uploaded_by: Person
    uploaded_at: datetime
    decided_by: Person | None
    decided_at: datetime | None


class GrantListPage(Struct):
    """Lists of grants, the newest first."""

    items: list[GrantListAnswer]
    next: str | None


class ProgramQuery(Struct, forbid_unknown_fields=True):
    """Which program."""

    program: ProgramKey


class ProgramPageQuery(PageQuery, forbid_unknown_fields=True, kw_only=True):
    """Which part of a list; with ``program``, only of that program."""

    program: ProgramKey | None = None


class ClosingBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Close a week. ``closes_on`` is by default the last Sunday that is over."""

    id: OptionalKey = UNSET
    program: ProgramKey
    closes_on: date | None = None


class ClosingAnswer(Struct):
    """A closing and how far it is paid: units = unbatched + batched + paid, all in yen.

    ``carried_units``: what shops owe after refunds above their sales, taken from the next one.
    """

    id: UUID
    program: ProgramKey
    closes_on: date
    closed_by: Person
    closed_at: datetime
    shops: int
    units: int
    unbatched_units: int
    batched_units: int
    paid_units: int
    carried_units: int


class ClosingPage(Struct):
    """Closings, the newest first."""

    items: list[ClosingAnswer]
    next: str | None


class AssociationAnswer(Struct):
    """What a closing means for an association, in units of its program.

    ``issued``: by its shops and itself; ``outstanding``: what of all they ever gave is not spent;
    ``accepted``: by its shops. ``elsewhere``: of its own, by shops of others; ``from_others``: the
    reverse.
    """

    association: int
    name: str
    issued: int
    outstanding: int
    accepted: int
    elsewhere: int
    from_others: int


class AssociationList(Struct):
    """The associations of a closing, by number."""

    items: list[AssociationAnswer]


class StatementQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """In which format, language and encoding. ``format`` wins over the Accept header."""

    format: Literal["csv", "pdf"] | None = None
    language: Literal["ja", "en"] = "ja"
    encoding: Literal["utf-8", "cp932"] = "utf-8"


class PayoutBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Put what is owed and in no batch into a batch, for a second person to approve.

    ``program`` left out: over all programs, in one transfer a shop. ``sizes``: only such shops, and
    of theirs what is due: a small one's at once, others' when their week or month is over.
    ``hold``: shops to leave out. ``release``: shops to pay although it is far above their usual,
    or although the bank refused the account that they still have.
    ``pay_on`` is by default the third bank day from now, for small shops alone the next.
    """

    id: OptionalKey = UNSET
    program: ProgramKey | None = None
    sizes: Annotated[list[ShopSize], Meta(max_length=3)] = []
    pay_on: date | None = None
    hold: ShopIds = []
    release: ShopIds = []


class PayeeAnswer(Struct):
    """A shop in a batch."""

    shop: UUID
    shop_number: str
    units: int


class HeldAnswer(Struct):
    """A shop left out of a batch, what it would have got, and why."""

    shop: UUID
    units: int
    reason: str


class PayoutAnswer(Struct):
    """A payout batch, of one program or (null) of several. ``sha256`` is of its file.

    ``sizes``: of which shops alone; none: of all.
    """

    id: UUID
    program: ProgramKey | None
    sizes: list[ShopSize]
    pay_on: date
    state: str
    shops: int
    units: int
    sha256: Sha256
    made_by: Person
    made_at: datetime
    decided_by: Person | None
    decided_at: datetime | None
    copies: int
    taken_back_by: Person | None
    taken_back_at: datetime | None


class PayoutDetail(PayoutAnswer):
    """A payout batch with all its shops, and those held out of it."""

    payees: list[PayeeAnswer]
    held: list[HeldAnswer]


class PayoutPage(Struct):
    """Payout batches, the newest first."""

    items: list[PayoutAnswer]
    next: str | None


class BankResultQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """Of which payout a result is; left out: of the one that has these lines."""

    payout: UUID | None = None


class BankResultLineAnswer(Struct):
    """What the bank says of one shop's money: `done`, `failed` or `returned`, and its code."""

    shop: UUID
    shop_number: str
    outcome: str
    reason: str
    units: int


class BankResultAnswer(Struct):
    """A result that a bank sent. ``kind`` is `answer` (every line) or `return` (single ones)."""

    id: UUID
    payout: UUID
    kind: str
    format: str
    sha256: Sha256
    result_on: date
    imported_by: Person
    imported_at: datetime
    lines: list[BankResultLineAnswer]


class BankResults(Struct):
    """All that the bank said of a payout, the first first."""

    items: list[BankResultAnswer]


class ShopQuery(PageQuery, forbid_unknown_fields=True, kw_only=True):
    """Which shops: ``query`` is part of a number, a name or, in any kana, of its reading."""

    query: Annotated[str, Meta(max_length=100)] = ""
    association: Annotated[int, Meta(ge=1, le=99)] | None = None


class ShopAnswer(Struct):
    """A shop, without its bank account. ``number`` is the one on its certificate (加盟店証)."""

    id: UUID
    number: str
    name: str
    kana: str
    association: int
    size: str
    category: str


class ShopPage(Struct):
    """Shops by number."""

    items: list[ShopAnswer]
    next: str | None


class EnrolmentCode(Struct):
    """A one-time code, good for 24 hours, that makes a device a till of the shop."""

    code: str


class EnrolmentBody(Struct, forbid_unknown_fields=True):
    """Become a till."""

    code: Annotated[str, Meta(min_length=1, max_length=40, description="As on the paper.")]
    secret: Annotated[
        str,
        Meta(
            min_length=32,
            max_length=100,
            description="Random, made by the device, which keeps it until it has its token: the"
            " same body again is answered with the same till, for 24 hours from the code's making.",
        ),
    ]


class TillAnswer(Struct):
    """A new till. Its token is told to nobody but the device that has the secret."""

    terminal: UUID
    shop: UUID
    token: str


class StopBody(Struct, forbid_unknown_fields=True):
    """Stop a card."""

    credential: Credential


class HeadAnswer(Struct):
    """The end of the operator's chain: after so many blocks and transfers, this hash.

    Compare it with what ``ichimai verify`` recomputes, and with heads kept elsewhere.
    """

    sequence: int
    transfers: int
    hash: Sha256
    recorded_at: datetime
