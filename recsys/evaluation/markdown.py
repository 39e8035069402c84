"""Tables that read as Markdown and as plain text."""

from __future__ import annotations

from collections.abc import Sequence


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table, columns padded to one width."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    rule = ["-" * width for width in widths]
    return ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in [header, rule, *rows]]
