"""The work that time brings: lists to post, ends of lots and holds, the day's published head."""

from ichimai.jobs import heads
from ichimai.jobs.rounds import run, run_once

__all__ = ["heads", "run", "run_once"]
