"""What accounts and units are called where only ASCII is understood, and in Japanese. Pure."""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.ledger.model import Role
from ichimai.programs import funding
from ichimai.programs.terms import Program
from ichimai.reporting.journal_model import Side
from ichimai.reporting.rules import OTHER, Terms


class AccountName(NamedTuple):
    """An account of the export: ``Liabilities:Payable:Shop-08-017``, and in Japanese."""

    name: str
    name_ja: str


ROLES: Final[Mapping[Role, tuple[str, str]]] = {
    Role.WALLET: ("Liabilities:Wallets", "利用者の残高"),
    Role.ISSUED: ("Assets:Issued", "発行"),
    Role.EXPIRED: ("Income:Expired", "失効"),
    Role.CLEARING: ("Liabilities:Clearing", "保留"),
    Role.RECEIVABLE: ("Liabilities:Receivable", "未締めの売上"),
    Role.PAYABLE: ("Liabilities:Payable", "未払金"),
    Role.SETTLED: ("Assets:Settled", "支払済み"),
    Role.REDEEMED: ("Income:Redeemed", "交換済み"),
    Role.DUE: ("Assets:Due", "負担金の未収"),
    Role.CHARGED: ("Income:Charged", "負担金"),
    Role.STOCK: ("Equity:Stock", "在庫"),
    Role.HANDED: ("Equity:Handed", "引渡し済み"),
}
"""As the town sees them: what is on a card, or owed to a shop, is a liability of the programs."""

_OF_PROGRAMS: Final = frozenset({Role.WALLET, Role.EXPIRED, Role.REDEEMED})
_COMMODITY: Final = re.compile(r"[A-Z][A-Z0-9'._-]{0,22}[A-Z0-9]")


class Names:
    """What every account and unit of an operator is called."""

    def __init__(
        self,
        terms: Terms,
        shops: Mapping[UUID, tuple[str, str]],
        associations: Mapping[int, str],
    ) -> None:
        self._terms = terms
        self._shops = shops
        self._associations = associations
        self._known: dict[Side, AccountName] = {}

    def account(self, side: Side) -> AccountName:
        """The name of an account; budgets of one party have the party's."""
        found = self._known.get(side)
        if found is None:
            role, role_ja = ROLES[side.role]
            if side.role in _OF_PROGRAMS:
                found = AccountName(role, role_ja)
            else:
                party, party_ja = self._party(side.owner)
                found = AccountName(f"{role}:{party}", f"{role_ja} {party_ja}")
            self._known[side] = found
        return found

    def program(self, asset: Asset) -> Program | None:
        """The program whose unit ``asset`` is; things in stock have none."""
        return self._terms.latest.get(asset)

    def _party(self, owner: UUID) -> tuple[str, str]:
        shop = self._shops.get(owner)
        if shop is not None:
            return f"Shop-{shop[0]}", shop[1]
        party = self._terms.party(owner, len(self._terms.starts))
        if party == OTHER:
            return f"Other-{owner.hex}", "その他"
        return party_name(party), party_ja(party, self._associations)


def party_name(party: str) -> str:
    """``Operator``, ``Association-04``, ``Sponsor-cinema``."""
    kind, _, number = party.partition(":")
    if kind == "association":
        return f"Association-{int(number):02}"
    return "Operator" if party == "operator" else f"Sponsor-{party}"


def party_ja(party: str, associations: Mapping[int, str]) -> str:
    """What a party is called in Japanese; a sponsor by its key."""
    kind, _, number = party.partition(":")
    if kind == "association":
        return associations.get(int(number), f"商店会{number}")
    return {"operator": "発行者（自治体）", funding.SHOP: "店舗", OTHER: "その他"}.get(party, party)


def commodity(asset: Asset) -> str:
    """The unit as beancount writes it; one that it could not write is called by its hash."""
    written = asset.upper()
    # Two keys that differ in case only would be one: keys have no capitals.
    if _COMMODITY.fullmatch(written) and asset == asset.lower():
        return written
    return f"U-{sha256(asset.encode()).hexdigest()[:20].upper()}"


def commodities(assets: Iterable[Asset]) -> dict[Asset, str]:
    """The units of all programs, by key."""
    return {asset: commodity(asset) for asset in sorted(set(assets))}
