"""A look-book as a client reads it: what goes on its pages, and the pages as one HTML file that needs nothing else.

Nothing of the boutique's own reaches a page: no note, no score, no evidence, no word of who is told what.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from io import BytesIO

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from agent.floor.phrasing import price_of
from agent.intent.dates_said import spoken_day
from agent.records.look_books import Page, StoredLookBook
from recsys.catalogue import Catalogue
from recsys.schema import Item
from recsys.seller.titles import short_title
from ui.drawings import data_uri
from ui.paper import render_page

FACES: Mapping[str, str] = {
    "serif": "CormorantGaramond-Medium.ttf",
    "italic": "CormorantGaramond-MediumItalic.ttf",
    "sans": "Jost-Regular.ttf",
}
"""The typefaces of a look-book: files of ui/fonts, their licences beside them."""

_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()


@dataclass(frozen=True)
class Spread:
    """One piece on its page.

    Attributes:
        reason: Why it is in the book, whole, because half of it may be half a thought; "" for none.
        remark: What the client should know before they ask for it, "" for nothing.
    """

    number: int
    item: Item
    name: str
    price: str
    reason: str
    remark: str


@dataclass(frozen=True)
class Sheet:
    """A look-book, set out for a client.

    Attributes:
        house: The boutique's name.
        reader: Whom it is for, "" where no name is known.
        greeting: Paragraphs.
        day: When it was made, in words.
        colophon: What the last page says, line by line.
    """

    house: str
    title: str
    reader: str
    greeting: tuple[str, ...]
    spreads: tuple[Spread, ...]
    day: str
    colophon: tuple[str, ...]

    def texts(self) -> tuple[str, ...]:
        """Return every text of the book."""
        pieces = [(one.name, one.item.brand or "", one.price, one.reason, one.remark) for one in self.spreads]
        words = (self.house, self.title, self.reader, self.day, *self.greeting, *self.colophon)
        return (*words, *(text for one in pieces for text in one))


def set_out(catalogue: Catalogue, house: str, reader: str, book: StoredLookBook, today: dt.date) -> Sheet:
    """Set a look-book out for its client; a piece that the catalogue no longer has is left out.

    Args:
        today: The day whose prices it shows.
    """
    pages = [page for page in book.pages if page.item_id in catalogue.ids]
    day = spoken_day(book.at.date())
    spreads = [_spread(number, catalogue.item(page.item_id), page) for number, page in enumerate(pages, start=1)]
    greeting = tuple(line for line in book.greeting.splitlines() if line.strip())
    colophon = _colophon(spreads, day, spoken_day(today))
    return Sheet(house, _title(book.title, reader, day), reader, greeting, tuple(spreads), day, colophon)


def look_book_html(sheet: Sheet) -> str:
    """Return the book as one HTML file: pictures, typefaces and style within it, no script, no other host."""
    pictures = {one.item.item_id: data_uri(one.item) for one in sheet.spreads}
    letters = frozenset("".join(sheet.texts()).upper()) | frozenset("".join(sheet.texts())) | _PRINTABLE
    faces = {name: _face_uri(file, letters) for name, file in FACES.items()}
    return render_page("look_book.html", sheet=sheet, pictures=pictures, faces=faces)


def file_name(sheet: Sheet, ending: str) -> str:
    """Return a plain name for the file that a client is sent."""
    plain = re.sub(r"[^\w]+", "-", f"{sheet.house} {sheet.title}", flags=re.ASCII).strip("-").casefold()
    return f"{plain or 'look-book'}.{ending}"


def letters_of(file: str) -> frozenset[int]:
    """Return the code points that a typeface has letters for."""
    return frozenset(TTFont(BytesIO(font_bytes(file)), lazy=True).getBestCmap())


def font_bytes(file: str) -> bytes:
    """Return a file of ui/fonts."""
    return (resources.files("ui") / "fonts" / file).read_bytes()


_PRINTABLE = frozenset(map(chr, range(0x20, 0x7F)))


def _spread(number: int, item: Item, page: Page) -> Spread:
    remark = "" if item.available else "Not in the boutique at present"
    return Spread(number, item, short_title(item), price_of(item), page.reason.strip(), remark)


def _colophon(spreads: Sequence[Spread], made: str, today: str) -> tuple[str, ...]:
    n = len(spreads)
    count = f"{_NUMBERS[n - 1] if 0 < n <= len(_NUMBERS) else n} {'piece' if n == 1 else 'pieces'}"
    prices = (f"Prices are those of {today}.",) if any(one.price for one in spreads) else ()
    return (
        f"{count[:1].upper()}{count[1:]}, chosen on {made}.",
        *prices,
        "The pictures are drawings, not photographs.",
    )


def _title(title: str, reader: str, day: str) -> str:
    """Return the title without what the cover says anyway: the reader's name and the day."""
    return "A few pieces, chosen for you" if reader and title == f"For {reader}, {day}" else title


def _face_uri(file: str, letters: Iterable[str]) -> str:
    """Return a typeface with the letters that are used, as an address that holds it."""
    font = TTFont(BytesIO(font_bytes(file)))
    options = subset.Options()
    options.layout_features = ["kern", "liga"]  # letters with accents are whole: nothing is to be put together
    options.notdef_outline = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(letters)))
    subsetter.subset(font)
    font.flavor = "woff"
    written = BytesIO()
    font.save(written)
    return "data:font/woff;base64," + base64.b64encode(written.getvalue()).decode()
