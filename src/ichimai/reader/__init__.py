"""The bridge on a counter PC, kiosk or till: from cards on PC/SC readers to the town's page."""

from ichimai.reader.model import Tap
from ichimai.reader.pcsc import PcscReaders
from ichimai.reader.serving import Options, serve

__all__ = ["Options", "PcscReaders", "Tap", "serve"]
