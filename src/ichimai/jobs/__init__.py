"""The work that time brings: lists to post, ends of lots and holds, what is kept elsewhere."""

from ichimai.jobs import erasures, heads, revocations
from ichimai.jobs.rounds import run, run_once

__all__ = ["erasures", "heads", "revocations", "run", "run_once"]
