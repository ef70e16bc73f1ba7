"""What a town has that its programs may name, as its database knows it."""

from collections.abc import Iterable, Iterator

from ichimai import merchants
from ichimai.programs import funding, lists
from ichimai.programs.terms import Program, Where, Who
from ichimai.storage import ReadTx
from ichimai.towns.surroundings import Surroundings


def surroundings(tx: ReadTx) -> Surroundings:
    """What the town was founded with, its shops of today, and what its programs name already."""
    profile = lists.profile(tx)
    every = [version.program for version in lists.versions(tx)]
    shops = merchants.directory.shops(tx, limit=None)
    wheres, whos = list(_wheres(every)), list(_whos(every))
    named = {key for each in wheres for key in (*each.categories, *each.excluded_categories)}
    return Surroundings(
        associations={each.number for each in merchants.directory.associations(tx)},
        places={place.number for place in merchants.directory.places(tx)},
        categories=named
        | {shop.category for shop in shops}
        | set(profile.categories if profile else ()),
        districts={name for who in whos for name in who.districts}
        | set(profile.districts if profile else ()),
        services={each.service for each in every if each.service is not None}
        | set(profile.services if profile else ()),
        sponsors=set(funding.parties(every).values()) | set(profile.sponsors if profile else ()),
        shops={shop.number for shop in shops},
    )


def _wheres(programs: Iterable[Program]) -> Iterator[Where]:
    for program in programs:
        yield program.acceptance
        yield from (each.where for each in program.earnings)
        yield from (each.where for each in program.bonuses)


def _whos(programs: Iterable[Program]) -> Iterator[Who]:
    for program in programs:
        yield program.entitled
        yield from (each.who for each in program.earnings)
        yield from (each.who for each in program.bonuses)
        yield from (each.who for each in program.exchanges)
