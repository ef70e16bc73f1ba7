"""Credentials of any kind: binding them to holders, renewing, listing and stopping them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from ichimai.cards import Shown
from ichimai.kernel import Clock, ids
from ichimai.registry import holder_store, holders, keys, rules, store
from ichimai.registry.errors import (
    NotTheSamePerson,
    NumberTaken,
    StoppedBefore,
    UnfitCredential,
    UnknownCredential,
)
from ichimai.registry.key_file import RegistryKey
from ichimai.registry.model import (
    Added,
    Credential,
    CredentialId,
    CredentialStatus,
    HolderId,
    StoppedCredential,
    SubjectId,
)
from ichimai.registry.store import NewCredential
from ichimai.storage import ReadTx, WriteTx


def add(
    tx: WriteTx,
    key: RegistryKey,
    clock: Clock,
    holder: HolderId,
    shown: Shown,
    *,
    valid_until: datetime | None = None,
    public_key: bytes | None = None,
) -> Added:
    """Bind what a card showed to ``holder``. The same again changes nothing.

    Of a person's certificates of one kind a new one replaces the others, and their sectors must
    be told. Raises UnfitCredential; NumberTaken when the card, or a phone's key, is known as
    another's, and does not tell whose; StoppedBefore when it is this person's and was stopped;
    UnknownHolder, HolderChanging, WrongRegistryKey.
    """
    if not rules.is_fit(shown, public_key):
        raise UnfitCredential
    generation = keys.confirm(tx, key)
    known_people, _ = holders.locked(tx, [holder])
    person = known_people[holder]
    known = of_shown(tx, key, clock, shown)
    if public_key is not None:
        _check_own_key(tx, public_key, known)
    if known is not None:
        return Added(_own(known, person).id)
    new = NewCredential(
        number_hash=_hash(key, shown, generation),
        id=CredentialId(ids.uuid7(clock)),
        holder=holder,
        kind=shown.kind,
        scheme=shown.scheme,
        valid_until=valid_until,
        public_key=public_key,
    )
    replaced = _live(tx, clock, person, shown) if shown.kind in rules.ONE_LIVE else []
    store.add_unless_taken(tx, [new], generation=generation, at=clock.now())
    return Added(new.id, _replaced(tx, key, clock, replaced, new.id))


def rebind(
    tx: WriteTx,
    key: RegistryKey,
    clock: Clock,
    old: CredentialId,
    new: Shown,
    *,
    proved: HolderId,
    valid_until: datetime | None = None,
    public_key: bytes | None = None,
) -> Added:
    """Put a renewed card in the place of ``old``: the holder and all subjects stay.

    ``proved``: who was proved to be there, by another card or to staff who saw a document. It
    must be the person whose card ``old`` is, be it live, expired or stopped. Raises
    NotTheSamePerson, and what ``add`` raises; StoppedBefore when ``old`` was replaced by
    something else.
    """
    keys.confirm(tx, key)
    known_people, _ = holders.locked(tx, [proved])
    own = store.of_holders(tx, known_people[proved], clock.now())
    found = next((credential for credential in own if credential.id == old), None)
    if found is None:
        raise NotTheSamePerson
    added = add(tx, key, clock, found.holder, new, valid_until=valid_until, public_key=public_key)
    if added.credential in {old, found.replaced_by}:
        return added
    if found.replaced_by is not None:
        raise StoppedBefore
    others = [stopped for stopped in added.replaced if stopped.credential != old]
    told = _replaced(tx, key, clock, [found], added.credential)
    return Added(added.credential, (*others, *told))


def of_shown(tx: ReadTx, key: RegistryKey, clock: Clock, shown: Shown) -> Credential | None:
    """The credential that a card showed, whoever's it is; None: no card of ours."""
    return store.of_numbers(tx, rules.number_hashes(key, [shown]), clock.now())[0]


def of_holder(tx: ReadTx, clock: Clock, holder: HolderId) -> list[Credential]:
    """All credentials of the person that ``holder`` is, the oldest first."""
    person = holders.people(tx, [holder])[holder]
    return store.of_holders(tx, person, clock.now())


def of_subject(
    tx: ReadTx, key: RegistryKey, clock: Clock, sector: str, subject: SubjectId
) -> dict[UUID, Credential]:
    """A person's credentials by the references that ``sector`` knows them by, the oldest first.

    Raises UnknownHolder.
    """
    found = of_holder(tx, clock, holders.of_subject(tx, sector, subject))
    references = rules.references(key, sector, [credential.id for credential in found])
    return dict(zip(references, found, strict=True))


def reference(key: RegistryKey, sector: str, credential: CredentialId) -> UUID:
    """What stands for a credential in ``sector`` and in no other."""
    return rules.references(key, sector, [credential])[0]


def stop_shown(tx: WriteTx, key: RegistryKey, clock: Clock, shown: Shown) -> StoppedCredential:
    """Stop the card that shows ``shown``; the same again changes nothing.

    The caller then tells every sector named in the answer. Raises UnknownCredential.
    """
    keys.confirm(tx, key)
    found = of_shown(tx, key, clock, shown)
    if found is None:
        raise UnknownCredential
    return _stopped(tx, key, clock, [found])[0]


def stop(
    tx: WriteTx,
    key: RegistryKey,
    clock: Clock,
    *,
    sector: str,
    subject: SubjectId,
    reference: UUID,
) -> StoppedCredential:
    """Stop the one card of a person that ``sector`` knows by ``reference``.

    Raises UnknownHolder, UnknownCredential.
    """
    keys.confirm(tx, key)
    found = of_subject(tx, key, clock, sector, subject).get(reference)
    if found is None:
        raise UnknownCredential
    return _stopped(tx, key, clock, [found])[0]


def stop_all_of(
    tx: WriteTx, key: RegistryKey, clock: Clock, sector: str, subject: SubjectId
) -> list[StoppedCredential]:
    """Stop every card of the person whom ``sector`` knows as ``subject``, of any kind.

    The caller then tells every sector named in the answers. Raises UnknownHolder.
    """
    keys.confirm(tx, key)
    return _stopped(tx, key, clock, of_subject(tx, key, clock, sector, subject).values())


def _own(known: Credential, person: Sequence[HolderId]) -> Credential:
    """A known credential, if it is the person's and was not stopped."""
    if known.holder not in person:
        raise NumberTaken
    if known.status not in {CredentialStatus.ACTIVE, CredentialStatus.EXPIRED}:
        raise StoppedBefore
    return known


def _check_own_key(tx: ReadTx, public_key: bytes, known: Credential | None) -> None:
    """A phone that is known shows the key that it had, a new one a key that nobody has.

    Raises NumberTaken.
    """
    if store.with_public_key(tx, public_key) != ({known.id} if known else set()):
        raise NumberTaken


def _hash(key: RegistryKey, shown: Shown, generation: int) -> bytes:
    return rules.of_generation(key, rules.number_hashes(key, [shown]), generation)[0]


def _live(tx: ReadTx, clock: Clock, person: Iterable[HolderId], shown: Shown) -> list[Credential]:
    """The person's credentials of the same kind that a new one replaces."""
    taken_back = {CredentialStatus.STOPPED, CredentialStatus.REPLACED}
    return [
        credential
        for credential in store.of_holders(tx, person, clock.now())
        if credential.kind is shown.kind and credential.status not in taken_back
    ]


def _replaced(
    tx: WriteTx,
    key: RegistryKey,
    clock: Clock,
    credentials: Sequence[Credential],
    by: CredentialId,
) -> tuple[StoppedCredential, ...]:
    if not credentials:
        return ()
    store.replace(tx, credentials, by, clock.now())
    return tuple(_told(tx, key, clock, credentials))


def _stopped(
    tx: WriteTx, key: RegistryKey, clock: Clock, credentials: Iterable[Credential]
) -> list[StoppedCredential]:
    wanted = list(credentials)
    store.stop(tx, wanted, clock.now())
    return _told(tx, key, clock, wanted)


def _told(
    tx: ReadTx, key: RegistryKey, clock: Clock, credentials: Sequence[Credential]
) -> list[StoppedCredential]:
    """What the sectors must know of credentials of one person that were just stopped."""
    if not credentials:
        return []
    holder = credentials[0].holder
    person = holders.people(tx, [holder])[holder]
    given = holder_store.subjects_of(tx, person)
    sectors = sorted({sector for own in given.values() for sector in own})
    wanted = {credential.id for credential in credentials}
    return [
        StoppedCredential(
            credential=found.id,
            holder=found.holder,
            stopped_at=found.stopped_at or clock.now(),
            references={sector: rules.references(key, sector, [found.id])[0] for sector in sectors},
        )
        for found in store.of_holders(tx, person, clock.now())
        if found.id in wanted
    ]
