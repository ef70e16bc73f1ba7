"""Changing the account that a shop is paid into: never at once, never by one person, never unseen.

1. ``ask``: by the shop at its till, or by an officer.
2. ``check``: where the shop asked, an officer takes it up. Whoever holds a till is no second
   person: an officer can make a till.
3. ``approve``: another member of the staff. Every contact of the last 30 days is told.
4. The delay runs from when the last notice had gone out. ``cancel`` (staff) and
   ``cancel_by_code`` (the old contact) end it.
5. ``apply_due``: the account is the shop's. Batches do this first when they are made.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ichimai import merchants, notices
from ichimai.kernel import Clock, ids
from ichimai.merchants import BankAccount, ShopId
from ichimai.notices.model import Channel
from ichimai.settlement.bank import account_rules, account_store
from ichimai.settlement.bank.account_model import (
    OLD_CONTACTS,
    AccountChange,
    AccountChangeId,
    Contact,
    ContactId,
)
from ichimai.settlement.bank.account_notice import Told, account_notice, contact_notice
from ichimai.settlement.bank.errors import (
    AccountChangeOpen,
    CancelRefused,
    DifferentAccountChange,
    NoContact,
    UnknownAccountChange,
)
from ichimai.storage import ReadTx, WriteTx

_MOST: Final = 1_000


def set_contact(
    tx: WriteTx,
    clock: Clock,
    shop: ShopId,
    *,
    mail: str = "",
    letter: str = "",
    entered_by: UUID,
    issuer: str,
) -> Contact:
    """Tell a shop elsewhere from now on, and tell it so where it was told before.

    Raises InvalidContact, UnknownShop.
    """
    account_rules.check_contact(mail, letter)
    member = merchants.directory.shop(tx, shop)
    before = account_store.contacts(tx, shop)
    if before and (before[0].mail, before[0].letter) == (mail, letter):
        return before[0]
    contact = Contact(
        ContactId(ids.uuid7(clock)), shop, mail, letter, entered_by, entered_at=clock.now()
    )
    account_store.add_contact(tx, contact)
    if before:
        _tell(tx, clock, before[0], contact.id, contact_notice(member, issuer=issuer))
    return contact


def contact_of(tx: ReadTx, shop: ShopId) -> Contact | None:
    """Where a shop is told now."""
    found = account_store.contacts(tx, shop)
    return found[0] if found else None


def ask(
    tx: WriteTx,
    clock: Clock,
    change: AccountChangeId,
    shop: ShopId,
    account: BankAccount,
    *,
    asked_by: UUID,
    is_from_shop: bool,
    reason: str = "",
) -> AccountChange:
    """Ask for another account; the same id again is the same change.

    What an officer asks for, the officer has checked. Raises AccountChangeOpen, AccountRefused,
    DifferentAccountChange, SameAccount, UnknownShop.
    """
    earlier = _same_change(tx, change, shop, account)
    if earlier is not None:
        return earlier
    member = merchants.directory.shop(tx, shop)
    account_rules.check_account(member, account)
    asked = AccountChange(
        id=change,
        shop=shop,
        account=account,
        was=member.account,
        reason=account_rules.reason_of(reason),
        is_from_shop=is_from_shop,
        asked_by=asked_by,
        asked_at=clock.now(),
    )
    if not is_from_shop:
        asked = replace(asked, checked_by=asked_by, checked_at=asked.asked_at)
    if not account_store.add(tx, asked):
        earlier = _same_change(tx, change, shop, account)
        if earlier is None:
            raise AccountChangeOpen
        return earlier
    return asked


def _same_change(
    tx: ReadTx, change: AccountChangeId, shop: ShopId, account: BankAccount
) -> AccountChange | None:
    found = account_store.change(tx, change)
    if found and (found.shop, found.account) != (shop, account):
        raise DifferentAccountChange
    return found


def check(tx: WriteTx, clock: Clock, change: AccountChangeId, *, checked_by: UUID) -> AccountChange:
    """Say that the shop wants this, after asking it. Raises AccountChangeDecided."""
    found = _locked(tx, change)
    if found.checked_by == checked_by:
        return found
    account_rules.check_may_check(found)
    account_store.update_checked(tx, change, checked_by, clock.now())
    return _known(tx, change)


def approve(
    tx: WriteTx,
    clock: Clock,
    change: AccountChangeId,
    *,
    approved_by: UUID,
    delay: timedelta,
    base_url: str,
    issuer: str,
) -> AccountChange:
    """Approve, as another person than the one who asked or checked; the old contacts are told.

    The same person again changes nothing. Raises AccountChangeDecided, AccountRefused, NoContact,
    SecondPersonNeeded, UnknownAccountChange.
    """
    found = _locked(tx, change)
    if found.is_approved and found.decided_by == approved_by:
        return found
    account_rules.check_may_approve(found, approved_by)
    shop = merchants.directory.shop(tx, found.shop)
    account_rules.check_account(shop, found.account)
    now = clock.now()
    contacts = _told_contacts(account_store.contacts(tx, found.shop), now - OLD_CONTACTS)
    if not contacts:
        raise NoContact
    code, waits = account_rules.new_code(), account_rules.delay_of(delay)
    account_store.update_approved(
        tx, change, approved_by, now, delay=waits, code_hash=account_rules.code_hash(code)
    )
    told = account_notice(
        shop, found.account, code=code, delay=waits, base_url=base_url, issuer=issuer
    )
    for contact in contacts:
        _tell(tx, clock, contact, change, told)
    return _known(tx, change)


def _told_contacts(newest_first: list[Contact], since: datetime) -> list[Contact]:
    """The present contact, and those that were replaced since then; each address once."""
    found: dict[tuple[str, str], Contact] = {}
    replaced_at: datetime | None = None
    for contact in newest_first:
        if replaced_at is not None and replaced_at < since:
            break
        found.setdefault((contact.mail, contact.letter), contact)
        replaced_at = contact.entered_at
    return list(found.values())


def _tell(tx: WriteTx, clock: Clock, contact: Contact, about: UUID, told: Told) -> None:
    notices.outbox.put(
        tx,
        clock,
        about=about,
        channel=Channel.MAIL if contact.mail else Channel.LETTER,
        recipient=contact.mail or contact.letter,
        subject=told.subject,
        body=told.body,
    )


def decline(
    tx: WriteTx, clock: Clock, change: AccountChangeId, *, declined_by: UUID
) -> AccountChange:
    """Decline what is not approved yet; anybody may. Raises AccountChangeDecided."""
    found = _locked(tx, change)
    account_rules.check_may_end(found)
    if found.is_approved:
        return cancel(tx, clock, change, cancelled_by=declined_by)
    account_store.update_declined(tx, change, declined_by, clock.now())
    return _known(tx, change)


def cancel(
    tx: WriteTx, clock: Clock, change: AccountChangeId, *, cancelled_by: UUID
) -> AccountChange:
    """End a change that is not applied yet, as a member of staff. Raises AccountChangeDecided."""
    account_rules.check_may_end(_locked(tx, change))
    account_store.update_cancelled(tx, change, cancelled_by, clock.now())
    return _known(tx, change)


def cancel_by_code(tx: WriteTx, clock: Clock, code: str) -> AccountChange:
    """End a change with the code that the old contact was told; the same again is no error.

    Raises CancelRefused, MistypedCancelCode.
    """
    found = account_store.lock_by_code(tx, account_rules.code_hash(code))
    if found is None:
        raise CancelRefused
    if found.cancelled_at is not None:
        return found
    if not found.is_open:
        raise CancelRefused
    account_store.update_cancelled(tx, found.id, ids.NIL, clock.now())
    return _known(tx, found.id)


def apply_due(tx: WriteTx, clock: Clock) -> int:
    """Let the accounts whose time has come be the shops'; how many."""
    account_store.start_delays(tx)
    return account_store.apply_due(tx, clock.now())


def change(tx: ReadTx, id_: AccountChangeId) -> AccountChange:
    """One change. Raises UnknownAccountChange."""
    return _known(tx, id_)


def changes(tx: ReadTx, shop: ShopId | None = None) -> list[AccountChange]:
    """The last changes of a shop (None: of all), the newest first."""
    return account_store.changes(tx, shop, _MOST)


def _locked(tx: WriteTx, id_: AccountChangeId) -> AccountChange:
    found = account_store.lock(tx, id_)
    if found is None:
        raise UnknownAccountChange
    return found


def _known(tx: ReadTx, id_: AccountChangeId) -> AccountChange:
    found = account_store.change(tx, id_)
    if found is None:
        raise UnknownAccountChange
    return found
