"""Figures for Prometheus: how many, how long, how full. Nothing about any person or shop."""

import collections
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ichimai import ledger
from ichimai.kernel import errors
from ichimai.programs.model import PaymentRequest, RefundRequest
from ichimai.programs.model import Request as TillRequest
from ichimai.web.services import Services

_log = structlog.get_logger("ichimai.web.metrics")

MULTIPROCESS: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where several server processes keep their figures, so that any of them can tell all."""

_ANSWERS: Final = Counter("ichimai_till_answers", "Answers to tills.", ["kind", "outcome"])
_BATCH_SIZE: Final = Histogram(
    "ichimai_commit_batch_size",
    "Requests in a batch of group commit.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
)
_BATCH_SECONDS: Final = Histogram(
    "ichimai_commit_seconds",
    "From taking a batch to its commit.",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)

Answer = ledger.Posted | errors.DomainError
Serve = Callable[[Sequence[TillRequest]], list[Answer]]


def measured(serve: Serve) -> Serve:
    """``serve``, counted and timed."""

    def counting(requests: Sequence[TillRequest]) -> list[Answer]:
        started = time.perf_counter()
        try:
            answers = serve(requests)
        except Exception as error:
            # Group commit does it again in halves: nobody but us would ever hear of it.
            _log.warning("batch_failed", error=type(error).__name__, size=len(requests))
            raise
        count(requests, answers, len(requests), time.perf_counter() - started)
        return answers

    return counting


def count(
    requests: Sequence[TillRequest], outcomes: Sequence[object], size: int, seconds: float
) -> None:
    """Count answers, and the batch of ``size`` that they are of; 0: it was counted before."""
    if size:
        _BATCH_SECONDS.observe(seconds)
        _BATCH_SIZE.observe(size)
    told = (
        (_kind(request), outcome.code if isinstance(outcome, errors.DomainError) else "posted")
        for request, outcome in zip(requests, outcomes, strict=True)
        if isinstance(outcome, Answer)
    )
    for labels, number in collections.Counter(told).items():
        _ANSWERS.labels(*labels).inc(number)


def _kind(request: TillRequest) -> str:
    if isinstance(request, PaymentRequest):
        return "payment" if request.hold_until is None else "hold"
    return "refund" if isinstance(request, RefundRequest) else "release"


def route(services: Services) -> Route:
    """``/metrics``: the figures of this process, or of all where they are shared."""

    async def metrics(_: Request) -> Response:
        figures = _gathered() if services.shares_figures else REGISTRY
        return Response(generate_latest(figures), media_type=CONTENT_TYPE_LATEST)

    return Route("/metrics", metrics)


def _gathered() -> CollectorRegistry:
    gathered = CollectorRegistry()
    multiprocess.MultiProcessCollector(gathered)  # type: ignore[no-untyped-call]  # the library has no types here
    return gathered
