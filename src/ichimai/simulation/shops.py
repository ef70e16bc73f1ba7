"""Shops for the streets of a town: as many as their associations have members."""

import random
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time
from functools import cache
from typing import Final, NamedTuple

import jaconv

from ichimai.kernel import ids
from ichimai.merchants import BankAccount, Shop, ShopId, ShopSize
from ichimai.simulation.model import Sex, Storefront
from ichimai.simulation.names import family_name, person_name
from ichimai.simulation.tables import BankBranch, ShopName, Trade, Urn, Word, table
from ichimai.towns import District, Street, Town

_SIZES: Final = Urn(
    ((ShopSize.SMALL, 90.0), (ShopSize.MEDIUM, 8.0), (ShopSize.LARGE, 2.0)), lambda one: one[1]
)
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_RESTS_WITH_STREET: Final = 0.7
"""How many shops rest on the day of their street; most others on that of their trade."""

_NEVER_RESTS: Final = 0.1
_COMPANY_SHARE: Final = 0.45
"""How many small shops are companies; larger ones all are."""

_TRIES: Final = 20
_HOLDER_BYTES: Final = 30
"""The room for a payee's name in a bank's file."""

_BRACES: Final = re.compile(r"\{(\w+)\}")
_FULL_KANA: Final = str.maketrans("ｧｨｩｪｫｬｭｮｯｰ", "ｱｲｳｴｵﾔﾕﾖﾂ-")


def storefronts(town: Town, *, seed: int, at: datetime) -> tuple[Storefront, ...]:
    """A made-up shop for each member of each association; the same for the same arguments.

    ``at`` is the instant that their ids are of. Nine in ten are small; supermarkets and other
    large ones are one in fifty. Accounts are at banks that do not exist, their holders' names
    written as banks write them.
    """
    rng = random.Random(f"{seed}/storefronts")
    districts = {district.name: district for district in town.districts}
    known = {category.key for category in town.categories}
    return tuple(
        shop
        for street in town.streets
        for shop in _street(rng, street, districts[street.district], known, at)
    )


def _street(
    rng: random.Random, street: Street, district: District, known: set[str], at: datetime
) -> Iterator[Storefront]:
    names: set[str] = set()
    for member in range(1, street.association.members + 1):
        size, _ = _SIZES.draw(rng)
        trade = _trades(size, district.kind, frozenset(known)).draw(rng)
        name = _unused_name(rng, trade.category, district, names)
        shop = Shop(
            id=ShopId(ids.uuid7_at(at, rng.randbytes(10))),
            number=f"{street.association.number:02}-{member:03}",
            association=street.association.number,
            name=name.text,
            kana=name.kana,
            size=size,
            category=trade.category,
            account=_account(rng, size, name.kana),
        )
        yield Storefront(
            shop=shop,
            street=street,
            closed_weekdays=_rest_days(rng, street, size, trade),
            opens=time.fromisoformat(trade.opens),
            closes=time.fromisoformat(trade.closes),
        )


@cache
def _trades(size: ShopSize, kind: str, known: frozenset[str]) -> Urn[Trade]:
    """The trades of shops of a size, of those that the town knows; any of these if none is."""
    column = f"small_{kind}" if size is ShopSize.SMALL else size.value
    trades = [trade for trade in table("trades.csv", Trade) if trade.category in known]
    usual = Urn(trades, lambda trade: float(getattr(trade, column)))
    return usual if usual.items else Urn(trades, lambda _: 1.0)


class _Name(NamedTuple):
    text: str
    kana: str


def _unused_name(rng: random.Random, category: str, district: District, used: set[str]) -> _Name:
    """A name for a shop that no other of its street has; of two branches the second says so."""
    name = _shop_name(rng, category, district)
    for _ in range(_TRIES):
        if name.text not in used:
            break
        name = _shop_name(rng, category, district)
    branch, unused = 1, name
    while unused.text in used:
        branch += 1
        unused = _Name(f"{name.text}{branch}", f"{name.kana}{branch}")
    used.add(unused.text)
    return unused


def _shop_name(rng: random.Random, category: str, district: District) -> _Name:
    pattern = rng.choice(_patterns()[category])
    texts, kanas = {"place": district.name.split("・")[0]}, {"place": district.kana}
    for brace in _BRACES.findall(pattern.name):
        if brace == "surname":
            family = family_name(rng)
            texts[brace], kanas[brace] = family.plain, family.kana
        elif brace != "place":
            word = rng.choice(_words()[brace])
            texts[brace], kanas[brace] = word.text, word.kana
    return _Name(pattern.name.format_map(texts), pattern.kana.format_map(kanas))


@cache
def _patterns() -> Mapping[str, list[ShopName]]:
    patterns: dict[str, list[ShopName]] = {}
    for pattern in table("shop_names.csv", ShopName):
        patterns.setdefault(pattern.category, []).append(pattern)
    return patterns


@cache
def _words() -> Mapping[str, list[Word]]:
    words: dict[str, list[Word]] = {}
    for word in table("words.csv", Word):
        words.setdefault(word.kind, []).append(word)
    return words


def _account(rng: random.Random, size: ShopSize, shop_kana: str) -> BankAccount:
    branch = _branches().draw(rng)
    is_company = size is not ShopSize.SMALL or rng.random() < _COMPANY_SHARE
    return BankAccount(
        bank_code=branch.bank_code,
        bank_name=branch.bank_name,
        branch_code=branch.branch_code,
        branch_name=branch.branch_name,
        kind=2 if is_company and rng.random() < 0.3 else 1,
        number=f"{rng.randrange(1, 10**7):07}",
        holder_kana=_company(rng, shop_kana) if is_company else _owner(rng, shop_kana),
    )


@cache
def _branches() -> Urn[BankBranch]:
    return Urn(table("banks.csv", BankBranch), lambda branch: branch.weight)


def _company(rng: random.Random, shop_kana: str) -> str:
    """株式会社 or 有限会社, before or after the name, as banks shorten them."""
    form = rng.choice(("ｶ){}", "{}(ｶ", "ﾕ){}"))
    holder = form.format(_bank_kana(shop_kana))
    if len(holder) <= _HOLDER_BYTES:
        return holder
    # Banks cut no name; a company with a long shop sign has a short name of its own.
    return form.format(_bank_kana(f"{family_name(rng).kana}ショウカイ"))


def _owner(rng: random.Random, shop_kana: str) -> str:
    """The shop's name and its owner's, or the owner's alone where both have no room."""
    sex = rng.choice(tuple(Sex))
    kana = person_name(rng, family_name(rng), sex, rng.randint(1945, 1990)).kana
    owner = _bank_kana(kana)
    both = f"{_bank_kana(shop_kana)} {owner.split()[0]}"
    return both if len(both) <= _HOLDER_BYTES else owner


def _bank_kana(kana: str) -> str:
    """Katakana as banks write it: half-width, no small letters, a hyphen for a long vowel."""
    narrow: str = jaconv.z2h(kana, kana=True, ascii=True, digit=True)
    return narrow.translate(_FULL_KANA).replace("　", " ").replace("･", "")


def _rest_days(rng: random.Random, street: Street, size: ShopSize, trade: Trade) -> frozenset[int]:
    if size is ShopSize.LARGE or not trade.rests_on or rng.random() < _NEVER_RESTS:
        return frozenset()
    if street.closed_weekdays and rng.random() < _RESTS_WITH_STREET:
        return street.closed_weekdays
    return frozenset({_WEEKDAYS.index(trade.rests_on)})
