"""What is kept of secrets, and what opens what."""

from ichimai.people import secrets


def test_a_sealed_text_opens_with_its_own_token_only() -> None:
    token, other = secrets.new_token(), secrets.new_token()
    sealed = secrets.seal(token, "ABCD-EFGH")
    assert secrets.opened(token, sealed) == "ABCD-EFGH"
    assert secrets.opened(other, sealed) is None
    assert b"ABCD" not in sealed


def test_a_broken_seal_opens_nothing() -> None:
    token = secrets.new_token()
    sealed = secrets.seal(token, "ABCD-EFGH")
    assert secrets.opened(token, sealed[:-1] + bytes([sealed[-1] ^ 1])) is None
    assert secrets.opened(token, b"") is None


def test_the_parts_of_a_keyed_hash_are_told_apart() -> None:
    assert secrets.keyed(b"k", "ab", "c") != secrets.keyed(b"k", "a", "bc")


def test_a_secret_is_right_only_for_its_own_hash() -> None:
    kept = secrets.secret_hash("correct horse battery")
    assert secrets.is_secret(kept, "correct horse battery")
    assert not secrets.is_secret(kept, "correct horse")
    assert not secrets.is_secret(None, "nobody")
