"""What somebody must look at now: told to the log and to the figures once it is committed.

The auditor finds the same in the operator's own table; nothing here says anything of a person.
"""

from typing import Final

import structlog
from prometheus_client import Counter

from ichimai.identity.model import Link

_log = structlog.get_logger("ichimai.web.alarms")

_FROZEN: Final = Counter(
    "ichimai_links_frozen", "Numbers that turned up on two people.", ["service"]
)


def link_frozen(link: Link) -> None:
    """A service's number turned up on two people."""
    _FROZEN.labels(link.service).inc()
    _log.error("link_frozen", service=link.service, link=str(link.id))
