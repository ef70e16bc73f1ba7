"""Structured logs, one JSON object a line, on standard error. No personal data goes in.

What could be a My Number is masked in every line all the same, also in those of libraries.
"""

import io
import logging
import sys
import traceback
from contextlib import suppress
from typing import Any

import structlog

from ichimai.kernel.check_digits import contains_my_number, redacted


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
    logging.setLogRecordFactory(_masked_record)
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
            lambda _, __, event: _masked(event),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),  # type: ignore[arg-type]  # can write: enough
        cache_logger_on_first_use=True,
    )


def _masked(value: Any) -> Any:  # noqa: ANN401 - whatever is logged
    """``value`` with every text in it masked."""
    if isinstance(value, str):
        return redacted(value) if contains_my_number(value) else value
    if isinstance(value, dict):
        return {_masked(key): _masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(inner) for inner in value]
    return value if value is None or isinstance(value, int | float) else _masked(repr(value))


def _masked_record(*args: Any, **options: Any) -> logging.LogRecord:  # noqa: ANN401 - logging's own
    """A record of the standard library's logging, whose handlers are not all ours."""
    record = logging.LogRecord(*args, **options)
    message = record.getMessage()
    if contains_my_number(message):
        record.msg, record.args = redacted(message), ()
    if record.exc_info and record.exc_info[0]:
        told = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        # Formatters take this text, where it is there, instead of making their own.
        record.exc_text = redacted(told)
    return record
