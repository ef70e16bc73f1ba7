"""Who is in front of us now: taps, challenges, and links to the numbers that services have.

A tap belongs to one place and ends with the next one there. Nothing here knows a name; a
service's number is sealed for that service.
"""

from ichimai.identity import (
    challenges,
    errors,
    links,
    model,
    sealing,
    spending,
    stops,
    taps,
    terms,
)
from ichimai.identity.model import Place, Trust
from ichimai.identity.reception import Reception

__all__ = [
    "Place",
    "Reception",
    "Trust",
    "challenges",
    "errors",
    "links",
    "model",
    "sealing",
    "spending",
    "stops",
    "taps",
    "terms",
]
