"""What ``ichimai card`` refuses before a card is asked anything."""

from dataclasses import dataclass

from ichimai.kernel import errors


@dataclass(eq=False)
class NoCardService(errors.Unavailable):
    """This machine's card service (PC/SC) does not answer."""

    code = "no_card_service"


@dataclass(eq=False)
class NoCardShown(errors.NotFound):
    """No card lies on a reader."""

    code = "no_card_shown"


@dataclass(eq=False)
class SeveralCardsShown(errors.Conflict):
    """Cards lie on several readers; name one with --reader."""

    code = "several_cards_shown"
