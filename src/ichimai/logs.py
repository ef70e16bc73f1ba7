"""Structured logs, one JSON object a line, on standard error. No personal data goes in."""

import io
import logging
import sys
from contextlib import suppress

import structlog


class _StandardError(io.TextIOBase):
    """Standard error, but a line is lost rather than that a full disk stops what logs it."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


def configure() -> None:
    """Log as JSON, with the time in UTC."""
    stream = _StandardError()
    # A refusal ends its transaction by rolling it back: that is no news.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    logging.basicConfig(stream=stream, level=logging.WARNING, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),  # type: ignore[arg-type]  # can write: enough
        cache_logger_on_first_use=True,
    )
