"""Every reading and every change by staff appears in the person's access log (faults.md F87)."""

import inspect
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from ichimai.audit import Look
from ichimai.kernel.ids import NIL
from ichimai.people import records
from ichimai.people.records import (
    claim_lists,
    claims,
    consents,
    delegates,
    disclosures,
    memberships,
    offers,
    personal,
)
from ichimai.people.records.claim_lists import Said
from ichimai.people.records.claims import ClaimKind, NewClaim, Source
from ichimai.people.records.consents import DataCategory, How, Wanted
from ichimai.people.records.delegates import DelegateKind, NewDelegation, Scope
from ichimai.people.records.memberships import MembershipKind, Term
from ichimai.storage import WriteTx
from tests.integration.people.records.office import (
    BORN_ON,
    DETAILS,
    HANAKO,
    LOOK,
    TARO,
    TERMS,
    Office,
)

Call = Callable[[Office, WriteTx], object]


def _delegation(office: Office) -> NewDelegation:
    until_on, scopes = office.today + timedelta(days=9), frozenset({Scope.COLLECT})
    card, kind = UUID(int=0xCA), DelegateKind.CARER
    return NewDelegation(HANAKO, TARO, card, kind, scopes, 0, 0, office.today, until_on)


def _claim(office: Office) -> NewClaim:
    return NewClaim(ClaimKind.WORKS_IN_TOWN, "", Source.DOCUMENT, "社員証", office.today)


def _end_claim(office: Office, tx: WriteTx) -> None:
    added = claims.add(tx, office.key, office.clock, LOOK, HANAKO, claim=_claim(office))
    claims.end(tx, office.key, office.clock, LOOK, HANAKO, claim=added)


def _differs(office: Office, tx: WriteTx) -> object:
    said = {HANAKO: [Said(ClaimKind.BIRTH_DATE, "1938-03-06")]}
    return claim_lists.compare(tx, office.key, office.clock, LOOK, said)


def _take_list(office: Office, tx: WriteTx) -> object:
    said = {HANAKO: [Said(ClaimKind.WORKS_IN_TOWN, "")]}
    return claim_lists.take(tx, office.key, office.clock, LOOK, said)


def _withdraw(office: Office, tx: WriteTx) -> None:
    given = consents.give(tx, office.clock, LOOK, HANAKO, terms=TERMS, how=How.PAPER)
    consents.withdraw(tx, office.clock, LOOK, HANAKO, consent=given, how=How.PAPER)


def _end_delegation(office: Office, tx: WriteTx) -> None:
    made = delegates.add(tx, office.key, office.clock, LOOK, _delegation(office))
    delegates.end(tx, office.key, office.clock, LOOK, HANAKO, delegation=made)


def _join(office: Office, tx: WriteTx) -> memberships.MembershipId:
    term = Term(office.today, office.today)
    kind = MembershipKind.RECIPIENT
    return memberships.add(
        tx,
        office.key,
        office.clock,
        LOOK,
        HANAKO,
        service="care",
        kind=kind,
        number="7",
        term=term,
    )


def _renew(office: Office, tx: WriteTx) -> None:
    made, term = _join(office, tx), Term(office.today + timedelta(days=1), office.today.max)
    memberships.renew(tx, office.key, office.clock, LOOK, HANAKO, membership=made, term=term)


def _leave(office: Office, tx: WriteTx) -> None:
    made = _join(office, tx)
    memberships.end(tx, office.key, office.clock, LOOK, HANAKO, membership=made)


def _hand_over(office: Office, tx: WriteTx) -> object:
    return personal.hand_over(
        tx,
        office.key,
        office.clock,
        LOOK,
        HANAKO,
        wanted=Wanted(
            TERMS.service, TERMS.purpose, TERMS.recipient, frozenset([DataCategory.NAME])
        ),
    )


def _hand_list_over(office: Office, tx: WriteTx) -> None:
    asked = disclosures.offer(tx, offers.publish(tx, office.clock, TERMS, LOOK.staff))
    assert asked is not None
    assert disclosures.hand_over(tx, office.key, office.clock, LOOK, offer=asked, people=[HANAKO])


# Each of them is tried with the person's whole record; how many lines it must leave at least.
CALLS: dict[str, tuple[int, Call]] = {
    "claim_lists.compare": (1, _differs),
    "claim_lists.take": (1, _take_list),
    "claims.add": (
        1,
        lambda o, tx: claims.add(tx, o.key, o.clock, LOOK, HANAKO, claim=_claim(o)),
    ),
    "claims.end": (2, _end_claim),
    "claims.read": (1, lambda o, tx: claims.read(tx, o.key, o.clock, LOOK, HANAKO)),
    "consents.give": (
        1,
        lambda o, tx: consents.give(tx, o.clock, LOOK, HANAKO, terms=TERMS, how=How.PAPER),
    ),
    "consents.withdraw": (2, _withdraw),
    "consents.read": (1, lambda o, tx: consents.read(tx, o.clock, LOOK, HANAKO)),
    "delegates.add": (
        1,
        lambda o, tx: delegates.add(tx, o.key, o.clock, LOOK, _delegation(o)),
    ),
    "delegates.check": (
        1,
        lambda o, tx: delegates.check(tx, o.key, o.clock, LOOK, _delegation(o)),
    ),
    "delegates.end": (2, _end_delegation),
    "delegates.read": (1, lambda o, tx: delegates.read(tx, o.key, o.clock, LOOK, HANAKO)),
    "delegates.held": (1, lambda o, tx: delegates.held(tx, o.key, o.clock, LOOK, HANAKO)),
    "delegates.uses": (1, lambda o, tx: delegates.uses(tx, o.key, o.clock, LOOK, HANAKO)),
    "disclosures.hand_over": (1, _hand_list_over),
    "memberships.add": (1, _join),
    "memberships.renew": (2, _renew),
    "memberships.end": (2, _leave),
    "memberships.read": (1, lambda o, tx: memberships.read(tx, o.key, o.clock, LOOK, HANAKO)),
    "personal.write": (
        1,
        lambda o, tx: personal.write(tx, o.key, o.clock, LOOK, HANAKO, details=DETAILS),
    ),
    "personal.read": (1, lambda o, tx: personal.read(tx, o.key, o.clock, LOOK, HANAKO)),
    "personal.find": (
        1,
        lambda o, tx: personal.find(tx, o.key, o.clock, LOOK, kana=DETAILS.kana, born_on=BORN_ON),
    ),
    "personal.hand_over": (1, _hand_over),
    "personal.export": (1, lambda o, tx: personal.export(tx, o.key, o.clock, LOOK, HANAKO)),
    "personal.erase": (1, lambda o, tx: personal.erase(tx, o.clock, LOOK, HANAKO)),
}
OF_GROUPS = {"memberships.add_group", "memberships.group_name", "memberships.groups"}


def test_every_function_that_takes_a_look_is_tried() -> None:
    """A new one without a line in the table above makes this red."""
    found = {
        f"{module.__name__.rsplit('.', maxsplit=1)[-1]}.{name}"
        for module in vars(records).values()
        if inspect.ismodule(module) and hasattr(module, "__all__")
        for name, function in vars(module).items()
        if name in module.__all__
        and inspect.isfunction(function)
        and "Look" in str(inspect.signature(function))
    }
    assert found == set(CALLS) | OF_GROUPS


@pytest.mark.parametrize("name", CALLS)
def test_what_staff_do_is_in_the_persons_log(office: Office, name: str) -> None:
    office.full_record()
    before = len(office.looks(HANAKO))
    lines, call = CALLS[name]
    with office.write() as tx:
        call(office, tx)
    assert len(office.looks(HANAKO)) == before + lines


def test_a_groups_record_has_its_own_lines(office: Office) -> None:
    with office.write() as tx:
        group = memberships.add_group(tx, office.key, office.clock, LOOK, "町会")
        memberships.group_name(tx, office.key, office.clock, LOOK, group)
        memberships.groups(tx, office.key, office.clock, LOOK)
        rows = tx.rows("SELECT subject, is_change FROM access_entry ORDER BY number")
    assert rows == [(group, True), (group, False), (NIL, False)]


def test_a_look_is_of_one_member_of_staff_for_one_purpose() -> None:
    assert {"staff", "role", "purpose"} <= set(inspect.signature(Look).parameters)
