"""The work that time brings: ends of lots and holds, approved lists to be posted."""

from ichimai.jobs.rounds import run, run_once

__all__ = ["run", "run_once"]
