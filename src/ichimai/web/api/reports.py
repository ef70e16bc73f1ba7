"""Reports recomputed from the journal, for staff's programs."""

from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from starlette.responses import Response

from ichimai import reporting
from ichimai.kernel import Asset
from ichimai.programs.errors import UnknownProgram
from ichimai.reporting.errors import (
    DayOutOfReach,
    NoTerms,
    NotWholeMonths,
    PeriodBackwards,
    ReportDiffers,
)
from ichimai.web.api.door import EVERYBODY, VERIFIERS, Call, endpoint
from ichimai.web.api.endpoint import Endpoint, Operation, Reply, answer
from ichimai.web.api.report_types import (
    DayQuery,
    ExpiredAnswer,
    LiabilityAnswer,
    MonthsQuery,
    PeriodQuery,
    ShareAnswer,
    UnusedAnswer,
)
from ichimai.web.services import Services

Answer = TypeVar("Answer", bound=Struct)


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints of the reports."""
    return [
        endpoint(services, "GET", "/reports/unused", unused, _UNUSED),
        endpoint(services, "GET", "/reports/expired", expired, _EXPIRED),
        endpoint(services, "GET", "/reports/liability", liability, _LIABILITY),
        endpoint(services, "GET", "/reports/share", share, _SHARE),
    ]


def unused(call: Call) -> Response:
    """Unused balances for the Payment Services Act, by default on the last base day."""
    query = call.query
    with call.snapshot() as tx:
        found = reporting.unused(tx, call.clock, on=query.at, program=_asset(query.program))
    return _told(found, UnusedAnswer)


def expired(call: Call) -> Response:
    """Value that ended in a period, of which program, and from whose money."""
    query = call.query
    with call.snapshot() as tx:
        found = reporting.expired(
            tx,
            call.clock,
            from_on=query.from_on,
            to_on=query.to_on,
            program=_asset(query.program),
        )
    return _told(found, ExpiredAnswer)


def liability(call: Call) -> Response:
    """What is outstanding: how old, until when, and from whose money; by default now."""
    query = call.query
    with call.snapshot() as tx:
        found = reporting.liability(tx, call.clock, on=query.at, program=_asset(query.program))
    return _told(found, LiabilityAnswer)


def share(call: Call) -> Response:
    """Where a program was spent, by association and size of shop, in whole months."""
    query = call.query
    with call.snapshot() as tx:
        found = reporting.share(
            tx, call.clock, Asset(query.program), from_on=query.from_on, to_on=query.to_on
        )
    return _told(found, ShareAnswer)


def _asset(program: str | None) -> Asset | None:
    return None if program is None else Asset(program)


def _told(report: object, type_: type[Answer]) -> Response:
    return answer(msgspec.convert(report, type_, from_attributes=True))


_UNUSED: Final = Operation(
    name="unusedReport",
    tag="reports",
    callers=VERIFIERS,
    query=DayQuery,
    replies={200: Reply("The unused balances.", UnusedAnswer)},
    errors=(UnknownProgram, DayOutOfReach, NoTerms, ReportDiffers),
)
_EXPIRED: Final = Operation(
    name="expiredReport",
    tag="reports",
    callers=VERIFIERS,
    query=PeriodQuery,
    replies={200: Reply("What ended.", ExpiredAnswer)},
    errors=(UnknownProgram, DayOutOfReach, PeriodBackwards, NoTerms),
)
_LIABILITY: Final = Operation(
    name="liabilityReport",
    tag="reports",
    callers=VERIFIERS,
    query=DayQuery,
    replies={200: Reply("What is outstanding.", LiabilityAnswer)},
    errors=(UnknownProgram, DayOutOfReach, NoTerms, ReportDiffers),
)
_SHARE: Final = Operation(
    name="shareReport",
    tag="reports",
    callers=EVERYBODY,
    query=MonthsQuery,
    replies={200: Reply("Who got the value.", ShareAnswer)},
    errors=(UnknownProgram, NotWholeMonths),
)
