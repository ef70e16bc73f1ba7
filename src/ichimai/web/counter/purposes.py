"""What a clerk sees and may do for each purpose, and nothing beyond it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from ichimai.audit import Purpose
from ichimai.web.layout import mark


class Action(StrEnum):
    """Something that a clerk does for the person who is there. The value is its address."""

    DETAILS = "details"
    REGISTER = "register"
    LINK = "links"
    CARDS = "cards"
    PRINT = "print"
    ADD_CARD = "add-card"
    RENEW = "renew"
    PHONE = "phone"
    CLAIM = "claims"
    MEMBERSHIP = "memberships"
    DELEGATE = "delegates"


_EVERYTHING: Final = frozenset(Action)
_OF_CARDS: Final = frozenset(
    {Action.CARDS, Action.PRINT, Action.ADD_CARD, Action.RENEW, Action.PHONE}
)

MAY: Final[Mapping[Purpose, frozenset[Action]]] = {
    Purpose.APPLICATION: _EVERYTHING,
    Purpose.CARD: _OF_CARDS | {Action.DETAILS},
    Purpose.ENQUIRY: frozenset({Action.LINK, Action.CARDS, Action.MEMBERSHIP}),
    Purpose.CORRECTION: _EVERYTHING - _OF_CARDS - {Action.DELEGATE} | {Action.CARDS},
    Purpose.LIST: frozenset({Action.DETAILS, Action.REGISTER}),
    Purpose.INCIDENT: frozenset({Action.LINK, Action.CARDS}),
    Purpose.AUDIT: frozenset({Action.LINK, Action.CARDS, Action.MEMBERSHIP}),
    Purpose.OTHER: frozenset({Action.LINK, Action.CARDS, Action.MEMBERSHIP}),
}
"""What may be done. What is seen of a person follows from it: links with LINK, and so on."""

READS_ONLY: Final = frozenset({Purpose.AUDIT})
FULL_NAME: Final = frozenset({Purpose.APPLICATION, Purpose.CORRECTION, Purpose.LIST})
"""For the others the first character of each name is enough to call somebody by."""

WORDS: Final[Mapping[Purpose, tuple[str, str]]] = {
    Purpose.APPLICATION: (
        mark("Application or notification"),
        mark("Enrol, link numbers, enter facts, name a delegate"),
    ),
    Purpose.CARD: (mark("Cards"), mark("Issue, stop, replace, add a phone")),
    Purpose.ENQUIRY: (mark("Enquiry by the person"), mark("Look at links and cards, stop a card")),
    Purpose.CORRECTION: (mark("Correct a record"), mark("Name, birth date, facts, links")),
    Purpose.LIST: (mark("Check a list"), mark("The number of the resident register")),
    Purpose.INCIDENT: (mark("Failure or accident"), mark("Links and cards; stop a card")),
    Purpose.AUDIT: (mark("Audit"), mark("Look only, change nothing")),
    Purpose.OTHER: (mark("Something else"), mark("Say what; the person can read it")),
}

ACTIONS: Final[Mapping[Action, str]] = {
    Action.DETAILS: mark("Name and contact"),
    Action.REGISTER: mark("Number of the resident register"),
    Action.LINK: mark("Numbers at services"),
    Action.CARDS: mark("Cards: look, stop"),
    Action.PRINT: mark("Issue a printed card"),
    Action.ADD_CARD: mark("Add another card"),
    Action.RENEW: mark("Replace a renewed card"),
    Action.PHONE: mark("Add a phone"),
    Action.CLAIM: mark("Enter a fact"),
    Action.MEMBERSHIP: mark("Memberships"),
    Action.DELEGATE: mark("Somebody acts for this person"),
}
