"""What can be wrong with a town's files."""

from dataclasses import dataclass

from ichimai.kernel.errors import Invalid, NotFound
from ichimai.towns.problems import Problem
from ichimai.towns.rule_names import Rule

__all__ = ["Problem", "Rule", "TownInvalid", "UnknownTown"]


@dataclass(eq=False)
class TownInvalid(Invalid):
    """A file of the town cannot be used as it is."""

    file: str
    line: int
    """From 1; 0 is the file as a whole."""
    field: str
    """A column, or a path such as ``program[0].reason[2].years``; empty: the line itself."""
    problem: Problem
    rule: Rule | None = None
    """Which rule of programs is broken; None: the value alone is wrong."""
    code = "town_invalid"
    public = ("file", "line", "field", "problem", "rule")

    def __str__(self) -> str:
        said = f"{self.file}:{self.line}: {self.field or 'line'}: "
        return said + (self.problem if self.rule is None else f"{self.rule}: {self.rule.meaning}")


@dataclass(eq=False)
class UnknownTown(NotFound):
    """No town of this name comes with Ichimai, and no folder has this path."""

    name: str
    code = "unknown_town"
    public = ("name",)
