"""A service's numbers open and compare with that service's keys alone (faults.md F84)."""

from ichimai.identity import links, sealing
from tests.boxes import closed

SECRET = b"s" * 32
KEY = sealing.operator_key(SECRET, "131164")
MARK = b"m" * 16


def test_a_number_opens_with_its_own_key_service_and_mark() -> None:
    sealed = sealing.sealed(KEY, "library", MARK, "12345678")
    assert sealing.opened(KEY, "library", MARK, sealed) == "12345678"
    assert b"12345678" not in sealed
    other = sealing.operator_key(SECRET, "131041")
    for key, service, mark in [
        (other, "library", MARK),
        (KEY, "pool", MARK),
        (KEY, "library", b"n" * 16),
    ]:
        assert sealing.opened(key, service, mark, sealed) is None


def test_a_damaged_number_is_not_opened() -> None:
    sealed = sealing.sealed(KEY, "library", MARK, "12345678")
    for place in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[place] ^= 1
        assert sealing.opened(KEY, "library", MARK, bytes(damaged)) is None
    assert sealing.opened(KEY, "library", MARK, b"") is None


def test_the_same_number_looks_different_each_time_and_at_each_service() -> None:
    seals = {sealing.sealed(KEY, "library", MARK, "1") for _ in range(50)}
    assert len(seals) == 50
    hashes = {
        sealing.number_hash(sealing.operator_key(SECRET, sector), service, "1")
        for sector in ("131164", "131041")
        for service in ("library", "pool")
    }
    assert len(hashes) == 4
    assert sealing.number_hash(KEY, "pool", "1") == sealing.number_hash(KEY, "pool", "1")


def test_what_the_operator_signs_is_known_by_its_key() -> None:
    signed = sealing.signature(KEY, b"list")
    own = sealing.public_key(KEY)
    assert sealing.is_signature(own, b"list", signed)
    assert not sealing.is_signature(own, b"lost", signed)
    other = sealing.public_key(sealing.operator_key(SECRET, "131041"))
    assert not sealing.is_signature(other, b"list", signed)
    assert not sealing.is_signature(b"", b"list", signed)


def test_a_box_opens_with_its_own_key_and_mark_and_undamaged() -> None:
    box = closed("CARD", "till id", sealing.box_key(KEY))
    assert sealing.out_of_box(KEY, b"till id", box) == "CARD"
    assert sealing.out_of_box(KEY, b"till other", box) is None
    other = sealing.operator_key(SECRET, "131041")
    assert sealing.out_of_box(other, b"till id", box) is None
    for place in range(len(box)):
        damaged = bytearray(box)
        damaged[place] ^= 1
        assert sealing.out_of_box(KEY, b"till id", bytes(damaged)) is None
    assert sealing.out_of_box(KEY, b"till id", b"") is None


def test_a_number_is_read_out_by_its_end() -> None:
    assert links.masked("12345678") == "*****678"
    assert links.masked("123456") == "*****6"
    assert links.masked("1") == "1"
    assert links.masked("") == ""
