"""The Merkle tree and its proofs against RFC 9162, and against an independent second writing."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from msgspec.structs import replace

from ichimai.kernel import Asset
from ichimai.ledger import Kind, OperationId, chain
from ichimai.ledger.model import AccountId, Inclusion, LotId, Transfer

# The eight inputs and the roots of the first n of them that Certificate Transparency's
# implementations share (RFC 6962 and 9162 define the same tree).
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MANY = 200


def root(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, word by word: the tree splits at the largest power of two below n."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:])).digest()


def path(leaves: list[bytes], index: int) -> list[bytes]:
    """RFC 9162 §2.1.3.1, word by word."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*path(leaves[:split], index), root(leaves[split:])]
    return [*path(leaves[split:], index - split), root(leaves[:split])]


def leaves(count: int) -> list[bytes]:
    return [chain.leaf_hash(b"%d" % number) for number in range(count)]


@pytest.mark.parametrize("count", range(1, 9))
def test_the_roots_are_those_that_everybody_publishes(count: int) -> None:
    hashed = [chain.leaf_hash(leaf) for leaf in INPUTS[:count]]
    assert chain.levels(hashed)[-1][0].hex() == ROOTS[count - 1]
    assert root(hashed).hex() == ROOTS[count - 1]


def test_every_proof_of_every_tree_up_to_200_leaves_leads_to_its_root() -> None:
    for count in range(1, MANY + 1):
        hashed = leaves(count)
        tree = chain.levels(hashed)
        assert tree[-1] == [root(hashed)]
        for index in range(count):
            proof = chain.inclusion(tree, index)
            assert chain.root_of(proof, count) == tree[-1][0]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13, 64, 65, 127, 200])
def test_a_proof_is_the_path_of_the_rfc(count: int) -> None:
    hashed = leaves(count)
    tree = chain.levels(hashed)
    for index in range(count):
        assert list(chain.inclusion(tree, index).path) == path(hashed, index)


def _forgeries(proof: Inclusion, count: int) -> Iterator[Inclusion]:
    for index in range(count):
        if index != proof.index:
            yield replace(proof, index=index)
    for place in range(len(proof.path)):
        other = bytes([proof.path[place][0] ^ 1]) + proof.path[place][1:]
        yield replace(proof, path=(*proof.path[:place], other, *proof.path[place + 1 :]))
        yield replace(proof, path=(*proof.path[:place], *proof.path[place + 1 :]))
    yield replace(proof, path=(*proof.path, bytes(32)))
    yield replace(proof, leaf=chain.leaf_hash(b"another"))


@pytest.mark.parametrize("count", [2, 3, 7, 8, 21])
def test_no_forged_proof_leads_to_the_root(count: int) -> None:
    tree = chain.levels(leaves(count))
    for index in range(count):
        for forged in _forgeries(chain.inclusion(tree, index), count):
            try:
                found = chain.root_of(forged, count)
            except ValueError:
                continue
            assert found != tree[-1][0], forged


def transfer(number: int = 7) -> Transfer:
    seeded = random.Random(number)
    ids = [UUID(int=seeded.getrandbits(128)) for _ in range(8)]
    at = datetime(2026, 10, 1, 3, tzinfo=UTC)
    return Transfer(
        number=number,
        operation=OperationId(ids[0]),
        leg=3,
        kind=Kind.PAYMENT,
        debit=AccountId(ids[1]),
        credit=AccountId(ids[2]),
        units=1_234,
        capped=56,
        lot=LotId(ids[3]),
        occurred_at=at - timedelta(microseconds=1),
        recorded_at=at,
        expires_at=datetime(9999, 1, 1, tzinfo=UTC),
        terminal=ids[4],
        actor=ids[5],
        reverses=OperationId(ids[6]),
        asset=Asset("長寿祝い"),
        detail=ids[7],
    )


def test_a_leaf_has_the_published_layout() -> None:
    """docs/explanation/one-order.md: what somebody who trusts nobody builds on."""
    t = transfer()
    number = 7
    expected = b"".join(
        (
            number.to_bytes(8),
            t.operation.bytes,
            (3).to_bytes(4),
            (2).to_bytes(2),
            t.debit.bytes,
            t.credit.bytes,
            (1_234).to_bytes(8),
            (56).to_bytes(8),
            t.lot.bytes,
            (844_138_799_999_999).to_bytes(8),
            (844_138_800_000_000).to_bytes(8),
            (252_424_080_000_000_000).to_bytes(8),
            t.terminal.bytes,
            t.actor.bytes,
            t.reverses.bytes,
            t.detail.bytes,
            "長寿祝い".encode(),
        )
    )
    assert chain.leaf_bytes(t) == expected


def test_every_single_bit_of_a_leaf_counts() -> None:
    whole = chain.leaf_bytes(transfer())
    hashes = {chain.leaf_hash(whole)}
    for bit in range(len(whole) * 8):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        hashes.add(chain.leaf_hash(bytes(flipped)))
    assert len(hashes) == len(whole) * 8 + 1


def test_every_field_of_a_transfer_is_in_its_leaf() -> None:
    one, other = transfer(7), transfer(8)
    later = timedelta(microseconds=1)
    changed = other._replace(
        leg=4,
        kind=Kind.REFUND,
        units=1_235,
        capped=57,
        occurred_at=one.occurred_at + later,
        recorded_at=one.recorded_at + later,
        expires_at=one.expires_at + later,
        asset=Asset("points"),
    )
    leaves_ = {
        chain.leaf_bytes(one._replace(**{field: getattr(changed, field)}))
        for field in Transfer._fields
    }
    assert len(leaves_ | {chain.leaf_bytes(one)}) == len(Transfer._fields) + 1


def test_every_part_of_a_block_is_in_its_hash() -> None:
    parts = {
        "sequence": 5,
        "previous": bytes(32),
        "merkle_root": chain.leaf_hash(b""),
        "count": 3,
        "recorded_at": datetime(2026, 10, 1, 3, tzinfo=UTC),
    }
    others = {
        "sequence": 6,
        "previous": chain.leaf_hash(b"1"),
        "merkle_root": bytes(32),
        "count": 4,
        "recorded_at": datetime(2026, 10, 1, 3, 0, 0, 1, tzinfo=UTC),
    }
    hashes = {_block_hash(parts)} | {
        _block_hash({**parts, name: other}) for name, other in others.items()
    }
    assert len(hashes) == 6


def _block_hash(parts: dict[str, object]) -> bytes:
    return chain.block_hash(**parts)  # type: ignore[arg-type]  # the five parts, by name


def test_leaves_nodes_and_blocks_cannot_be_taken_for_one_another() -> None:
    """RFC 9162 §2.1.1: without a first byte of its own a node could be shown as a leaf."""
    left, right = leaves(2)
    node = chain.levels([left, right])[-1][0]
    assert chain.leaf_hash(left + right) != node
    assert chain.root_of(Inclusion(node, 0, ()), 1) == node
    with pytest.raises(ValueError, match="too short"):
        chain.root_of(Inclusion(node, 0, ()), 2)
    with pytest.raises(ValueError, match="too long"):
        chain.root_of(Inclusion(node, 0, (left,)), 1)


def test_a_block_names_the_one_before_it() -> None:
    at = datetime(2026, 10, 1, 3, tzinfo=UTC)
    first = chain.next_block(
        previous=chain.GENESIS, sequence=1, root=leaves(1)[0], first_number=1, count=1, at=at
    )
    second = chain.next_block(
        previous=first.hash, sequence=2, root=leaves(1)[0], first_number=2, count=1, at=at
    )
    assert (first.previous, second.previous) == (bytes(32), first.hash)
    assert first.hash != second.hash
