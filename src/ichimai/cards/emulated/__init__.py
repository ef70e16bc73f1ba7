"""Cards made of software, on a virtual reader behind a real card service.

For tests, demonstrations and integrators who have no card. What reads them cannot tell them
from plastic: PC/SC, pcscd and Debian's OpenSC are the real ones.
"""

from ichimai.cards.emulated.commands import Card
from ichimai.cards.emulated.felica_card import FelicaCard
from ichimai.cards.emulated.kept import load_authority, load_or_issue, revoke
from ichimai.cards.emulated.my_number_card import MyNumberCard
from ichimai.cards.emulated.private_daemon import SOCKET_SETTING, DaemonNotStarted, PrivateDaemon
from ichimai.cards.emulated.virtual_reader import Inserted, NoVirtualReader, insert

__all__ = [
    "SOCKET_SETTING",
    "Card",
    "DaemonNotStarted",
    "FelicaCard",
    "Inserted",
    "MyNumberCard",
    "NoVirtualReader",
    "PrivateDaemon",
    "insert",
    "load_authority",
    "load_or_issue",
    "revoke",
]
