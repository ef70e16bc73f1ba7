"""Long lists in parts: a cursor is the mark of the last item, and says nothing to its bearer."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from msgspec import Meta, Struct

from ichimai.web.api.problems import InvalidQuery

Item = TypeVar("Item")

Cursor = Annotated[
    str, Meta(max_length=64, description="The `next` of the page before; empty for the first.")
]
Limit = Annotated[int, Meta(ge=1, le=200, description="At most so many items.")]


class PageQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which part of a list."""

    cursor: Cursor = ""
    limit: Limit = 50


def part_of(
    items: Sequence[Item], query: PageQuery, mark: Callable[[Item], object]
) -> tuple[Sequence[Item], str | None]:
    """The items after the cursor, and the next cursor. Raises InvalidQuery for a strange one."""
    start = 0
    if query.cursor:
        marks = [str(mark(item)) for item in items]
        if query.cursor not in marks:
            raise InvalidQuery(detail="The cursor is not one of this list")
        start = marks.index(query.cursor) + 1
    part = items[start : start + query.limit]
    is_last = start + query.limit >= len(items)
    return part, None if is_last else str(mark(part[-1]))
