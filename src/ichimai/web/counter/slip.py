"""The slip: what was done, for the person to take home. No name, no secret, no whole number."""

from starlette.responses import Response
from starlette.routing import Route

from ichimai.web.counter import purposes
from ichimai.web.counter.door import DOOR, Person, for_person
from ichimai.web.layout import Pages


def routes(pages: Pages) -> list[Route]:
    """The page to print."""
    return [pages.page("/counter/slip", DOOR, for_person(None, _show))]


def _show(person: Person) -> Response:
    """What was done for the person who is there, to be printed."""
    here = person.here
    with here.write() as tx:
        person.still(tx)
    return person.render(
        "counter/slip.html",
        deeds=here.begun.deeds,
        now=here.clock.now(),
        purpose=purposes.WORDS[here.purpose][0],
    )
