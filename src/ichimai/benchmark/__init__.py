"""What Ichimai costs on this machine, each figure beside a peer on the same PostgreSQL."""

from ichimai.benchmark.figures import Figure, as_json, as_table
from ichimai.benchmark.runs import Part, run

__all__ = ["Figure", "Part", "as_json", "as_table", "run"]
