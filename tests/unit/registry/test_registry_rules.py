"""The keyed hashes that stand for cards."""

from uuid import UUID

from ichimai.registry import RegistryKey, rules

KEY = RegistryKey(b"k" * 32)
OTHER_KEY = RegistryKey(b"o" * 32)
CARD = UUID("01890000-0000-7000-8000-000000000001")
OTHER_CARD = UUID("01890000-0000-7000-8000-000000000002")


def test_a_code_has_one_hash_however_it_is_typed() -> None:
    """A scanned code and one typed in small full-width letters are found by the same hash."""
    typed = ["ABCD-EFGH-JKMN-PQRS-T", "abcdefghjkmnpqrst", "ＡＢＣＤ ＥＦＧＨ ＪＫＭＮ ＰＱＲＳ ｔ"]
    assert len(set(rules.number_hashes(KEY, typed))) == 1


def test_another_key_gives_other_hashes() -> None:
    """The hash tells nothing without the key."""
    assert rules.number_hashes(KEY, ["A"]) != rules.number_hashes(OTHER_KEY, ["A"])


def test_text_that_is_no_code_is_hashed_as_well() -> None:
    """What no card can have takes the same way: long text, lone surrogates, nothing."""
    hashes = rules.number_hashes(KEY, ["", "\ud800", "x" * 1_000_000])
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
