"""What a device without a network takes of lists of stopped cards, and what it refuses."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from ichimai.identity import errors, sealing
from ichimai.identity.stops import HeardStops, SignedStops, StopList, taken
from ichimai.kernel.errors import DomainError

KEY = sealing.operator_key(b"s" * 32, "131164")
OTHER = sealing.operator_key(b"s" * 32, "131041")
NOON = datetime(2026, 10, 1, 3, tzinfo=UTC)
CARDS = [UUID(int=n) for n in range(10)]
HEARD = HeardStops(sealing.public_key(KEY), 20, NOON, CARDS[:2])
"""Two cards, up to the place 20, at noon."""


def part(
    after: int,
    up_to: int,
    stopped: Sequence[UUID] = (),
    *,
    minutes: int = 1,
    is_all: bool = True,
    key: bytes = KEY,
) -> SignedStops:
    at = NOON + timedelta(minutes=minutes)
    payload = msgspec.json.encode(
        StopList("131164", after, up_to, is_all, at, [*stopped]),
    )
    message = b"ichimai stops 1\0" + payload
    return SignedStops(payload, sealing.signature(key, message), sealing.public_key(key))


@pytest.mark.parametrize(
    "file,up_to,stopped",
    [
        ([part(20, 30, CARDS[2:4])], 30, CARDS[:4]),
        ([part(20, 20)], 20, CARDS[:2]),
        ([part(0, 30, CARDS[:4])], 30, CARDS[:4]),
        ([part(15, 30, CARDS[1:4])], 30, CARDS[:4]),
        ([part(20, 20, minutes=0)], 20, CARDS[:2]),
        ([part(20, 25, CARDS[2:3], is_all=False), part(25, 30, CARDS[3:4])], 30, CARDS[:4]),
    ],
    ids=["what follows", "nothing new", "all again", "an overlap", "the same again", "two parts"],
)
def test_what_goes_on_from_what_is_known_is_taken(
    file: list[SignedStops], up_to: int, stopped: list[UUID]
) -> None:
    found = taken(HEARD, file)
    assert (found.up_to, found.stopped) == (up_to, stopped)
    assert found.public_key == HEARD.public_key
    assert taken(found, file) == found


GAP, OLD = errors.StopsMissing, errors.StopsOutdated


@pytest.mark.parametrize(
    "file,refused",
    [
        ([part(21, 30)], GAP),
        ([part(20, 25, is_all=False)], GAP),
        ([part(20, 25, is_all=False), part(26, 30)], GAP),
        ([part(25, 30), part(20, 25, is_all=False)], GAP),
        ([part(0, 19, CARDS[:1])], OLD),
        ([part(20, 20, minutes=-1)], OLD),
        ([part(20, 30, minutes=-1)], OLD),
        ([part(20, 30, key=OTHER)], errors.StopsNotSigned),
        ([part(20, 25, is_all=False), part(25, 30, key=OTHER)], errors.StopsNotSigned),
        ([], errors.InvalidStops),
    ],
    ids=[
        "a gap",
        "cut at the end",
        "cut in the middle",
        "out of order",
        "an older list",
        "listed earlier",
        "listed earlier, with more",
        "another operator's",
        "another's part",
        "nothing",
    ],
)
def test_anything_else_is_refused(file: list[SignedStops], refused: type[DomainError]) -> None:
    with pytest.raises(refused):
        taken(HEARD, file)


def test_a_changed_list_is_not_the_operators() -> None:
    """One bit anywhere in what was signed, or in the signature."""
    whole = part(20, 30, CARDS[2:4])
    for name in ("payload", "signature"):
        content = getattr(whole, name)
        for place in range(len(content)):
            changed = bytearray(content)
            changed[place] ^= 1
            file = [msgspec.structs.replace(whole, **{name: bytes(changed)})]
            with pytest.raises(errors.StopsNotSigned):
                taken(HEARD, file)


def test_what_is_signed_and_no_list_is_refused() -> None:
    payload = b'{"after": 20}'
    signature = sealing.signature(KEY, b"ichimai stops 1\0" + payload)
    with pytest.raises(errors.InvalidStops):
        taken(HEARD, [SignedStops(payload, signature, HEARD.public_key)])


def test_a_new_device_begins_at_the_beginning() -> None:
    nothing = HeardStops.nothing(HEARD.public_key)
    assert taken(nothing, [part(0, 30, CARDS)]).stopped == CARDS
    with pytest.raises(errors.StopsMissing):
        taken(nothing, [part(1, 30, CARDS)])
