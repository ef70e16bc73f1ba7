"""The keyed hashes that stand for cards."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from ichimai.cards import Kind, Shown
from ichimai.registry import RegistryKey, SubjectId, rules
from ichimai.registry.model import ChangeId, CredentialStatus, HolderId, Merge, TwoSubjects

KEY = RegistryKey(b"k" * 32)
OTHER_KEY = RegistryKey(b"o" * 32)
CARD = UUID("01890000-0000-7000-8000-000000000001")
NOON = datetime(2026, 10, 1, 3, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
OTHER_CARD = UUID("01890000-0000-7000-8000-000000000002")


def test_a_code_has_one_hash_however_it_is_typed() -> None:
    """A scanned code and one typed in small full-width letters are found by the same hash."""
    typed = ["ABCD-EFGH-JKMN-PQRS-T", "abcdefghjkmnpqrst", "ＡＢＣＤ ＥＦＧＨ ＪＫＭＮ ＰＱＲＳ ｔ"]
    assert len(set(rules.code_hashes(KEY, typed)[0])) == 1


def test_another_key_gives_other_hashes() -> None:
    """The hash tells nothing without the key."""
    assert rules.code_hashes(KEY, ["A"]) != rules.code_hashes(OTHER_KEY, ["A"])


def test_text_that_is_no_code_is_hashed_as_well() -> None:
    """What no card can have takes the same way: long text, lone surrogates, nothing."""
    hashes, _ = rules.code_hashes(KEY, ["", "\ud800", "x" * 1_000_000])
    assert [len(hash_) for hash_ in hashes] == [32, 32, 32]


def test_a_reference_is_a_uuid_of_version_8() -> None:
    """A reference is a valid UUID that says that its bits are ours (RFC 9562 §5.8)."""
    reference = rules.references(KEY, "131164", [CARD])[0]
    assert reference.version == 8
    assert reference.variant == "specified in RFC 4122"


def test_references_differ_by_sector_card_and_key() -> None:
    """The same card is one thing to one sector and another to the next."""
    references = [
        *rules.references(KEY, "131164", [CARD, OTHER_CARD]),
        *rules.references(KEY, "131016", [CARD, OTHER_CARD]),
        *rules.references(OTHER_KEY, "131164", [CARD, OTHER_CARD]),
    ]
    assert len(set(references)) == 6


def test_a_reference_stays_the_same() -> None:
    """A sector meets the same reference at every tap."""
    first, again = rules.references(KEY, "131164", [CARD, CARD])
    assert first == again


def test_kind_scheme_and_number_cannot_run_into_each_other() -> None:
    """No two of them that differ anywhere have one hash, wherever the borders lie."""
    shown = [
        Shown(Kind.OLD_CARD, b"b12", "a"),
        Shown(Kind.OLD_CARD, b"12", "ab"),
        Shown(Kind.OLD_CARD, b"ab12", ""),
        Shown(Kind.OLD_CARD, b"\0ab12", ""),
        Shown(Kind.OLD_CARD, b"ab12\0", ""),
        Shown(Kind.FELICA, b"ab12", ""),
        Shown(Kind.FELICA, b"", ""),
    ]
    hashes, _ = rules.number_hashes(KEY, shown)
    assert len(set(hashes)) == len(shown)


def test_an_added_key_is_put_over_the_one_before() -> None:
    """The newest hash is made of the older one, without the number; references stay."""
    longer = RegistryKey(KEY.secret, (b"2" * 32,))
    longest = RegistryKey(KEY.secret, (b"2" * 32, b"3" * 32))
    shown = [Shown(Kind.FELICA, b"1"), Shown(Kind.FELICA, b"2")]
    first, again = rules.number_hashes(KEY, shown)
    second, older = rules.number_hashes(longer, shown)
    third, middle = rules.number_hashes(longest, shown)
    assert (again, older, middle) == (first, first, second)
    assert rules.rehashed(longer, first, 1) == second
    assert rules.rehashed(longest, second, 2) == third
    assert len({*first, *second, *third}) == 6
    assert rules.references(longest, "131164", [CARD]) == rules.references(KEY, "131164", [CARD])


@pytest.mark.parametrize(
    "kept, valid_until, at, wanted",
    [
        ("active", None, None, CredentialStatus.ACTIVE),
        ("active", None, NOON, CredentialStatus.ACTIVE),
        ("active", NOON + MOMENT, NOON, CredentialStatus.ACTIVE),
        ("active", NOON, NOON, CredentialStatus.EXPIRED),
        ("active", NOON - MOMENT, NOON, CredentialStatus.EXPIRED),
        ("stopped", NOON - MOMENT, NOON, CredentialStatus.STOPPED),
        ("replaced", None, NOON, CredentialStatus.REPLACED),
    ],
)
def test_a_card_expires_at_its_end(
    kept: str, valid_until: datetime | None, at: datetime | None, wanted: CredentialStatus
) -> None:
    """A stop is told before an end; without an end there is none."""
    assert rules.status(kept, valid_until, at) is wanted


A, B, C, D = (HolderId(UUID(int=number)) for number in range(1, 5))


def merge(number: int, kept: HolderId, merged: HolderId) -> Merge:
    return Merge(ChangeId(UUID(int=100 + number)), number, kept, merged)


@pytest.mark.parametrize(
    "merges, wanted",
    [
        ([], [(A,), (B,), (C,), (D,)]),
        ([merge(1, A, B)], [(A, B), (C,), (D,)]),
        ([merge(1, B, A)], [(B, A), (C,), (D,)]),
        ([merge(1, A, B), merge(2, C, A)], [(C, A, B), (D,)]),
        ([merge(2, C, A), merge(1, A, B)], [(C, A, B), (D,)]),
        ([merge(1, A, B), merge(1, C, D), merge(2, D, B)], [(C, D, A, B)]),
    ],
)
def test_people_are_who_the_merges_say(
    merges: list[Merge], wanted: list[tuple[HolderId, ...]]
) -> None:
    """The kept one's holders come first, in the order of the merges, however they are listed."""
    assert set(rules.groups([A, B, C, D], merges).values()) == set(wanted)


def test_a_sector_is_told_of_the_subjects_that_count_there() -> None:
    """Of each side the first that has one; a sector that knows one side alone is not told."""
    one, two, three, four = (SubjectId(UUID(int=number)) for number in range(11, 15))
    subjects = {A: {"x": one}, B: {"x": two, "y": two}, C: {"x": three, "z": three}, D: {"y": four}}
    assert rules.told((A, B), (C, D), subjects) == (
        TwoSubjects("x", one, three),
        TwoSubjects("y", two, four),
    )
