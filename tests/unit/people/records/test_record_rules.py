"""What claims, details, memberships and consents may say."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from ichimai.kernel.check_digits import MyNumberRefused
from ichimai.kernel.errors import DomainError
from ichimai.people.records import (
    claim_rules,
    consent_rules,
    errors,
    membership_rules,
    personal_rules,
    sealing,
)
from ichimai.people.records.claim_model import Claim, ClaimId, ClaimKind, NewClaim, Source
from ichimai.people.records.consent_model import (
    Consent,
    ConsentId,
    DataCategory,
    How,
    LegalBasis,
    Terms,
    Wanted,
)
from ichimai.people.records.membership_model import (
    Membership,
    MembershipId,
    MembershipKind,
    Standing,
    Term,
)
from ichimai.people.records.personal_model import Details
from ichimai.people.records.sealing import PersonalKey, SubjectKey
from tests.tables import EMPTY, Row, each

TODAY = date(2026, 10, 8)
NOW = datetime(2026, 10, 8, 3, tzinfo=UTC)
STAFF = UUID(int=8)


def says(kind: ClaimKind, value: str = "", *, until_on: date | None = None) -> NewClaim:
    return NewClaim(kind, value, Source.DOCUMENT, "運転免許証", TODAY, until_on)


@pytest.mark.parametrize(
    "kind, value, is_right",
    [
        (ClaimKind.BIRTH_DATE, "1938-03-05", True),
        (ClaimKind.BIRTH_DATE, "2026-10-08", True),
        (ClaimKind.BIRTH_DATE, "2026-10-09", False),
        (ClaimKind.BIRTH_DATE, "1876-10-07", False),
        (ClaimKind.BIRTH_DATE, "1938-02-30", False),
        (ClaimKind.BIRTH_DATE, "19380305", False),
        (ClaimKind.BIRTH_DATE, "１９３８-03-05", False),
        (ClaimKind.BIRTH_DATE, "", False),
        (ClaimKind.RESIDENT_SINCE, "2026-10-08", True),
        (ClaimKind.RESIDENT_SINCE, "2026-10-09", False),
        (ClaimKind.DISABILITY_GRADE, "1", True),
        (ClaimKind.DISABILITY_GRADE, "8", False),
        (ClaimKind.DISABILITY_GRADE, "１", False),
        (ClaimKind.DISTRICT, "要町・千川", True),
        (ClaimKind.DISTRICT, "", False),
        (ClaimKind.DISTRICT, " 巣鴨", False),
        (ClaimKind.DISTRICT, "巣\n鴨", False),
        (ClaimKind.DISTRICT, "巣" * 21, False),
        (ClaimKind.WORKS_IN_TOWN, "", True),
        (ClaimKind.WORKS_IN_TOWN, "豊島製作所", False),
    ],
)
def test_a_claim_has_the_value_of_its_kind(kind: ClaimKind, value: str, *, is_right: bool) -> None:
    if is_right:
        assert claim_rules.checked(says(kind, value), TODAY).value == value
        return
    with pytest.raises(errors.InvalidClaim, check=lambda error: error.field == "value"):
        claim_rules.checked(says(kind, value), TODAY)


@pytest.mark.parametrize("evidence", ["", " ", "x" * 61, "a\nb"])
def test_a_claim_names_its_evidence(evidence: str) -> None:
    claim = NewClaim(ClaimKind.WORKS_IN_TOWN, "", Source.DOCUMENT, evidence, TODAY)
    with pytest.raises(errors.InvalidClaim):
        claim_rules.checked(claim, TODAY)


def test_the_number_of_a_my_number_card_is_no_evidence() -> None:
    said = "個人番号カード 1234 5678 9018"
    with pytest.raises(MyNumberRefused):
        claim_rules.checked(
            NewClaim(ClaimKind.WORKS_IN_TOWN, "", Source.DOCUMENT, said, TODAY), TODAY
        )


COUNTS = """
    from        until       ended       day         counts
    2026-04-01  -           -           2026-03-31  no
    2026-04-01  -           -           2026-04-01  yes
    2026-04-01  2026-09-30  -           2026-09-30  yes
    2026-04-01  2026-09-30  -           2026-10-01  no
    2026-04-01  -           2026-06-01  2026-05-31  yes
    2026-04-01  -           2026-06-01  2026-06-01  no
    2026-04-01  -           void        2026-05-31  no
"""


@each(COUNTS)
def test_a_claim_counts_in_its_days(row: Row) -> None:
    until_on = date.fromisoformat(row["until"]) if "until" in row else None
    is_void = row["ended"] == "void"
    ended_on = TODAY if is_void else date.fromisoformat(row["ended"]) if "ended" in row else None
    begins = date.fromisoformat(row["from"])
    said = NewClaim(ClaimKind.WORKS_IN_TOWN, "", Source.LIST, "x", begins, until_on)
    claim = Claim(ClaimId(UUID(int=1)), said, STAFF, NOW, ended_on, is_void=is_void)
    assert claim_rules.counts_on(claim, date.fromisoformat(row["day"])) is (row["counts"] == "yes")
    assert (
        claim_rules.of_text(
            claim_rules.to_text(said), kind="works_in_town", source="list", evidence="x"
        )
        == said
    )


ALONE = """
    from        until       ended       new from    new until   outcome
    2026-01-01  -           -           2026-10-08  -           claim_conflicts
    2026-01-01  2026-10-07  -           2026-10-08  -           -
    2026-01-01  2026-10-08  -           2026-10-08  -           claim_conflicts
    2026-01-01  -           2026-10-08  2026-10-08  -           -
    2026-01-01  -           2026-10-09  2026-10-08  -           claim_conflicts
    2026-12-01  -           -           2026-10-08  2026-11-30  -
    2026-12-01  -           -           2026-10-08  2026-12-01  claim_conflicts
    2026-12-01  -           -           2026-10-08  -           claim_conflicts
    2026-01-01  -           void        2026-10-08  -           -
"""


@each(ALONE)
def test_two_claims_of_a_kind_never_count_on_one_day(row: Row) -> None:
    def days(first: str, last: str) -> tuple[date, date | None]:
        end = date.fromisoformat(row[last]) if last in row else None
        return date.fromisoformat(row[first]), end

    is_void = row["ended"] == "void"
    ended_on = TODAY if is_void else date.fromisoformat(row["ended"]) if "ended" in row else None
    old = NewClaim(ClaimKind.BIRTH_DATE, "1938-03-05", Source.LIST, "x", *days("from", "until"))
    new = NewClaim(
        ClaimKind.BIRTH_DATE, "1938-03-06", Source.LIST, "x", *days("new from", "new until")
    )
    claim = Claim(ClaimId(UUID(int=1)), old, STAFF, NOW, ended_on, is_void=is_void)
    outcome = EMPTY
    try:
        claim_rules.check_alone(new, [claim])
    except DomainError as error:
        outcome = error.code
    assert outcome == row["outcome"]


def test_details_are_kept_in_one_form() -> None:
    kept = personal_rules.checked(
        Details(" 山田　花子 ", "やまだ　ﾊﾅｺ", "０３ー００００ー１２３４", " hanako@example.jp ")
    )
    assert kept == Details("山田　花子", "ヤマダ ハナコ", "0300001234", "hanako@example.jp")
    assert personal_rules.of_text(personal_rules.to_text(kept)) == kept


def test_rare_characters_of_names_are_kept() -> None:
    name = "𠮷野 髙\U000e0101橋"
    details = Details(name, "ヨシノ")
    assert (
        personal_rules.of_text(personal_rules.to_text(personal_rules.checked(details))).name == name
    )


@pytest.mark.parametrize(
    "details, field",
    [
        (Details("", "ヤマダ"), "name"),
        (Details("a\nb", "ヤマダ"), "name"),
        (Details("x" * 101, "ヤマダ"), "name"),
        (Details("山田", ""), "kana"),
        (Details("山田", "yamada"), "kana"),
        (Details("山田", "ヤマダ", "12345"), "phone"),
        (Details("山田", "ヤマダ", "+81 3 0000 1234"), "phone"),
        (Details("山田", "ヤマダ", "", "a@b"), "mail"),
        (Details("山田", "ヤマダ", "", "a b@example.jp"), "mail"),
    ],
)
def test_details_that_are_none_are_refused(details: Details, field: str) -> None:
    with pytest.raises(errors.InvalidPersonal) as refused:
        personal_rules.checked(details)
    assert refused.value.field == field


MY_NUMBER = "123456789018"


@pytest.mark.parametrize(
    "details",
    [
        Details(MY_NUMBER, "ヤマダ"),
        Details("山田", "ヤマダ", MY_NUMBER),
        Details("山田", "ヤマダ", "", f"{MY_NUMBER}@example.jp"),
    ],
)
def test_a_my_number_is_refused_in_every_field_of_a_person(details: Details) -> None:
    with pytest.raises(MyNumberRefused):
        personal_rules.checked(details)


def test_what_describes_a_person_is_not_printed() -> None:
    """An error or a log that prints the object shows nobody."""
    assert "山田" not in repr(Details("山田", "ヤマダ", "0300001234", "a@example.jp"))
    assert "ヤマダ" not in repr(Details("山田", "ヤマダ"))


STANDING = """
    terms                                                        ended       day         valid  grade  until
    2026-04-01..2027-03-31 A                                     -           2026-03-31  no     -      -
    2026-04-01..2027-03-31 A                                     -           2026-04-01  yes    A      2027-03-31
    2026-04-01..2027-03-31 A                                     -           2027-03-31  yes    A      2027-03-31
    2026-04-01..2027-03-31 A                                     -           2027-04-01  no     -      -
    2026-04-01..2027-03-31 A | 2027-04-01..2028-03-31 B          -           2027-03-31  yes    A      2028-03-31
    2026-04-01..2027-03-31 A | 2027-04-01..2028-03-31 B          -           2027-04-01  yes    B      2028-03-31
    2026-04-01..2027-03-31 A | 2027-04-02..2028-03-31 B          -           2027-03-31  yes    A      2027-03-31
    2026-04-01..2027-03-31 A | 2026-10-01..2027-03-31 B          -           2026-09-30  yes    A      2027-03-31
    2026-04-01..2027-03-31 A | 2026-10-01..2027-03-31 B          -           2026-10-01  yes    B      2027-03-31
    2026-04-01..2027-03-31 A | 2026-10-01..2026-12-31 B          -           2026-09-30  yes    A      2026-12-31
    2026-04-01..2027-03-31 A | 2026-10-01..2026-12-31 B          -           2027-01-01  no     -      -
    2026-04-01..2027-03-31 A                                     2026-06-01  2026-05-31  yes    A      2027-03-31
    2026-04-01..2027-03-31 A                                     2026-06-01  2026-06-01  no     -      -
"""  # noqa: E501  a table is read by its columns


@each(STANDING)
def test_how_a_membership_stands(row: Row) -> None:
    terms = []
    for cell in row["terms"].split(" | "):
        days, grade = cell.split()
        first, last = days.split("..")
        terms.append(Term(date.fromisoformat(first), date.fromisoformat(last), grade))
    ended_on = date.fromisoformat(row["ended"]) if "ended" in row else None
    one = Membership(
        MembershipId(UUID(int=1)), "sports", MembershipKind.MEMBER, "1", tuple(terms), ended_on
    )
    until_on = date.fromisoformat(row["until"]) if "until" in row else None
    expected = Standing(row["valid"] == "yes", row["grade"].removeprefix(EMPTY), until_on)
    assert membership_rules.standing(one, date.fromisoformat(row["day"])) == expected


def test_a_renewal_goes_on_without_a_gap_and_never_begins_in_the_past() -> None:
    assert membership_rules.renewed_from([Term(TODAY, TODAY)], TODAY) == TODAY + timedelta(days=1)
    over = Term(TODAY - timedelta(days=9), TODAY - timedelta(days=2))
    assert membership_rules.renewed_from([over], TODAY) == TODAY


def test_a_term_follows_the_one_before() -> None:
    first = Term(TODAY, TODAY + timedelta(days=30))
    membership_rules.check_term(Term(TODAY + timedelta(days=1), TODAY + timedelta(days=9)), [first])
    with pytest.raises(errors.TermsOutOfOrder):
        membership_rules.check_term(Term(TODAY, TODAY + timedelta(days=60)), [first])
    with pytest.raises(errors.InvalidMembership):
        membership_rules.check_term(Term(TODAY, TODAY - timedelta(days=1)), [])


def test_a_number_is_one_however_it_is_typed() -> None:
    assert membership_rules.normalised_number("ａ-12 345") == "A-12345"
    for bad in ("", "  ", "x" * 41, "a\0"):
        with pytest.raises(errors.InvalidMembership):
            membership_rules.normalised_number(bad)
    with pytest.raises(MyNumberRefused):
        membership_rules.normalised_number("1234 5678 9018")


TERMS = Terms(
    service="library",
    controller="豊島区",
    purpose="貸出のお知らせ",
    categories=frozenset({DataCategory.NAME, DataCategory.MAIL}),
    recipient="豊島区立図書館",
    legal_basis=LegalBasis.PUBLIC_BODY,
    text="図書館に氏名とメールアドレスを渡すことに同意します。",
    text_version="2026-10",
)


def consent(*, until_on: date | None = None, withdrawn_at: datetime | None = None) -> Consent:
    return Consent(
        id=ConsentId(UUID(int=1)),
        service=TERMS.service,
        controller=TERMS.controller,
        purpose=TERMS.purpose,
        categories=TERMS.categories,
        recipient=TERMS.recipient,
        legal_basis=TERMS.legal_basis,
        given_how=How.COUNTER,
        text_version=TERMS.text_version,
        text_sha256=sealing.text_sha256(TERMS.text),
        given_at=NOW,
        until_on=until_on,
        staff=STAFF,
        withdrawn_at=withdrawn_at,
        withdrawn_how=How.MY_PAGE if withdrawn_at else None,
    )


COVERED = """
    service  purpose          recipient        categories       text   state      outcome
    library  -                -                -                -      -          -
    library  -                -                name             -      -          -
    library  -                -                birth_date       -      -          consent_missing
    library  -                -                -                -      withdrawn  consent_missing
    library  -                -                -                -      expired    consent_missing
    sports   -                -                -                -      -          consent_missing
    library  -                -                -                same   -          -
    library  -                -                -                other  -          consent_missing
    library  貸出のお知らせ   豊島区立図書館   name             -      -          -
    library  貸出のお知らせ   豊島区立図書館   name+mail        -      -          -
    library  貸出のお知らせ   豊島区立図書館   name+birth_date  -      -          consent_missing
    library  催しのお知らせ   豊島区立図書館   name             -      -          consent_missing
    library  貸出のお知らせ   別の会社         name             -      -          consent_missing
    sports   貸出のお知らせ   豊島区立図書館   name             -      -          consent_missing
    library  貸出のお知らせ   豊島区立図書館   name             -      withdrawn  consent_missing
    library  貸出のお知らせ   豊島区立図書館   name             -      expired    consent_missing
"""


_TEXTS = {"same": TERMS.text, "other": "ほかの文面"}


def _names(cell: str) -> list[str]:
    return [] if cell == EMPTY else cell.split("+")


@each(COVERED)
def test_data_go_only_where_one_consented_they_go(row: Row) -> None:
    state = row["state"]
    known = consent(
        until_on=TODAY - timedelta(days=1) if state == "expired" else None,
        withdrawn_at=NOW if state == "withdrawn" else None,
    )
    outcome = EMPTY
    try:
        consent_rules.covering(
            [known],
            TODAY,
            Wanted(
                row["service"],
                None if row["purpose"] == EMPTY else row["purpose"],
                None if row["recipient"] == EMPTY else row["recipient"],
                frozenset(DataCategory(name) for name in _names(row["categories"])),
                None if row["text"] == EMPTY else sealing.text_sha256(_TEXTS[row["text"]]),
            ),
        )
    except DomainError as error:
        outcome = error.code
    assert outcome == row["outcome"]


def test_a_consent_is_written_with_the_names_of_the_standard() -> None:
    record = consent_rules.as_record(consent(withdrawn_at=NOW + timedelta(days=1)), "subject-1")
    assert record["schema_version"] == "ISO/IEC TS 27560:2023"
    assert record["pii_principal_id"] == "subject-1"
    events = record["events"]
    assert isinstance(events, list)
    assert [event["event_type"] for event in events] == ["explicit_consent", "withdrawal"]


def test_a_sealed_text_opens_with_its_own_key_in_its_own_row_only() -> None:
    key, other = PersonalKey(b"k" * 32, "131164"), PersonalKey(b"x" * 32, "131164")
    own = SubjectKey.new(UUID(int=1), UUID(int=2))
    row, sealed = UUID(int=3), own.seal(UUID(int=3), "山田")
    assert own.open(row, sealed) == "山田"
    with pytest.raises(errors.WrongPersonalKey):
        own.open(UUID(int=4), sealed)
    neighbour = SubjectKey(UUID(int=9), own.id, own.secret)
    with pytest.raises(errors.WrongPersonalKey):
        neighbour.open(row, sealed)
    kept = sealing.wrapped(key, own)
    assert sealing.unwrapped(key, subject=own.subject, id_=own.id, kept=kept) == own
    for wrong, subject in ((other, own.subject), (key, UUID(int=9))):
        with pytest.raises(errors.WrongPersonalKey):
            sealing.unwrapped(wrong, subject=subject, id_=own.id, kept=kept)
    rotated = PersonalKey(b"n" * 32, "131164", former=key.secret)
    assert sealing.unwrapped(rotated, subject=own.subject, id_=own.id, kept=kept) == own


def test_keys_are_long_and_not_printed() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        PersonalKey(b"short", "131164")
    assert "kkk" not in repr(PersonalKey(b"k" * 32, "131164"))
