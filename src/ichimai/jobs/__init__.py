"""The work that time brings: lists to post, ends of lots and holds, what is kept elsewhere."""

from ichimai.jobs import erasures, heads, mail, revocations
from ichimai.jobs.rounds import run, run_once

__all__ = ["erasures", "heads", "mail", "revocations", "run", "run_once"]
