"""Tables of figures as CSV files that a spreadsheet opens without running anything in them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from agent.floor.figure_tables import Cell, FigureTable, Money, Share, Words
from agent.translatable import _
from recsys.money import exponent

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula, in full width too."""
_LATER = re.compile(rf"([;|\t\r\n]\s*)(?=[{re.escape(''.join(FORMULA_SIGNS))}])")
"""Where a spreadsheet would begin a cell that goes by another separator, as those of many countries do."""
_DECIMALS = 4

Written = str | int | float | Decimal


def to_csv(table: FigureTable, translate: Callable[[str], str] = str) -> bytes:
    """Return a table as UTF-8 with a mark of its encoding, by which spreadsheets know it, and a header row.

    A share takes five columns (n, of, share, and its interval), which are empty where there are too few to speak of
    one; money takes two. A text that a spreadsheet would take for a formula gets an apostrophe; numbers stay numbers.

    Args:
        table: What to write.
        translate: From our English words to the reader's language; data is left as it is.
    """
    kinds = [_kind_of([row[k] for row in table.rows]) for k in range(len(table.columns))]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    heads = zip(table.columns, kinds, strict=True)
    writer.writerow([safe(one) for name, kind in heads for one in _heads(translate(name), kind, translate)])
    for row in table.rows:
        cells = zip(row, kinds, strict=True)
        writer.writerow([one for cell, kind in cells for one in _cells(cell, kind, translate)])
    return out.getvalue().encode("utf-8-sig", errors="replace")


def safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, also if it trims spaces first or parts at semicolons."""
    begins = text.startswith(FORMULA_SIGNS) or text.strip().startswith(FORMULA_SIGNS)
    return ("'" if begins else "") + _LATER.sub(r"\1'", text)


def _kind_of(cells: Sequence[Cell | Words]) -> type[Share] | type[Money] | None:
    if any(isinstance(cell, Share) for cell in cells):
        return Share
    return Money if any(isinstance(cell, Money) for cell in cells) else None


def _heads(name: str, kind: type[Share] | type[Money] | None, translate: Callable[[str], str]) -> list[str]:
    if kind is Share:
        return [name, *(f"{name}: {translate(part)}" for part in (_("of"), _("share"), _("from"), _("to")))]
    return [name, f"{name}: {translate(_('currency'))}"] if kind is Money else [name]


def _cells(
    cell: Cell | Words, kind: type[Share] | type[Money] | None, translate: Callable[[str], str]
) -> list[Written]:
    match cell:
        case None:
            return [""] * (5 if kind is Share else 2 if kind is Money else 1)
        case Share():
            told = (cell.value, *cell.interval) if cell.tells else ()
            return [cell.n, cell.base, *(round(one, _DECIMALS) for one in told), *[""] * (3 - len(told))]
        case Money():
            return [Decimal(cell.minor).scaleb(-exponent(cell.currency)), safe(cell.currency)]
        case Words():
            return [safe(translate(cell.text))]
        case str():
            return [safe(cell)]
        case int() | float():
            return [cell]
        case _:
            return [cell.isoformat()]
