"""A look-book as a PDF of A5 pages: cover, greeting, one piece a page, colophon. Text can be selected and searched.

Pictures are rasterised from the same drawings that the page shows, because fpdf2 draws neither their patterns nor
their shadows. The typefaces hold the Latin letters of Europe. A symbol that they lack is left out; a letter that they
lack is not: the PDF is refused, and the HTML file, which the reader's own typefaces complete, serves instead.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources
from io import BytesIO

import resvg_py
from fpdf import FPDF
from fpdf.drawing_primitives import DeviceRGB
from fpdf.enums import Align, MethodReturnValue, XPos, YPos
from PIL import Image

from recsys.errors import InputError
from recsys.schema import Item
from ui.drawings import draw
from ui.look_book_pages import FACES, Sheet, Spread, letters_of

_WIDTH, _HEIGHT = 148.0, 210.0  # mm
_EDGE = 20.0
_INNER = _WIDTH - 2 * _EDGE
_FOOT = _HEIGHT - 16.0
_PAPER, _INK, _SOFT, _LINE = (251, 249, 245), (44, 38, 34), (117, 105, 92), (185, 168, 143)
_PIXELS = 960  # side of a picture: 225 dots per inch at the width of a page's text
_QUALITY = 88  # of JPEG: no block is seen in the flat grounds of the drawings
_POINT = 25.4 / 72  # mm
_ORNAMENTS = ("So", "Sk", "Cf", "Co", "Cn")  # categories of signs that may be left out: no letter, figure or currency


def look_book_pdf(sheet: Sheet, at: dt.datetime) -> bytes:
    """Return the book as a PDF; the same book, the same bytes.

    Args:
        at: The time that the file says it was made.

    Raises:
        InputError: If the typefaces lack a letter of it; see `missing_letters`.
    """
    missing = missing_letters(sheet)
    if missing:
        raise InputError(
            f"the PDF's typefaces have no letters such as {missing[:8]!r}: download the page instead, "
            "and print it from a browser if it must be a PDF"
        )
    pdf = _opened(sheet, at)
    _cover(pdf, sheet)
    if sheet.greeting:
        _greeting(pdf, sheet)
    for spread in sheet.spreads:
        _piece(pdf, spread)
    _colophon(pdf, sheet)
    return bytes(pdf.output())


def missing_letters(sheet: Sheet) -> str:
    """Return the letters of a book that the PDF's typefaces lack, "" where it can be made."""
    text = unicodedata.normalize("NFC", "".join(sheet.texts()))
    lacking = (one for one in dict.fromkeys(text) if ord(one) not in _letters() and not one.isspace())
    return "".join(one for one in lacking if unicodedata.category(one) not in _ORNAMENTS)


@cache
def _letters() -> frozenset[int]:
    """Return the code points that all three typefaces have."""
    return frozenset.intersection(*(letters_of(file) for file in FACES.values()))


def _opened(sheet: Sheet, at: dt.datetime) -> FPDF:
    pdf = FPDF(unit="mm", format=(_WIDTH, _HEIGHT))
    pdf.set_auto_page_break(False)
    pdf.set_margins(_EDGE, _EDGE, _EDGE)
    pdf.c_margin = 0
    for name, file in FACES.items():
        with resources.as_file(resources.files("ui") / "fonts" / file) as path:
            pdf.add_font(name, fname=path)
    pdf.set_title(f"{_plain(sheet.title)} · {_plain(sheet.house)}")
    pdf.set_author(_plain(sheet.house))
    pdf.set_lang("en")
    pdf.set_creation_date(at)
    pdf.set_page_background(DeviceRGB(*(part / 255 for part in _PAPER)))
    return pdf


def _cover(pdf: FPDF, sheet: Sheet) -> None:
    pdf.add_page()
    pdf.start_section(_plain(sheet.title))
    _capitals(pdf, sheet.house, 26, size=10, spacing=3.2)
    y = 56.0
    if sheet.spreads:
        side = 76.0
        x = (_WIDTH - side) / 2
        with pdf.round_clip(x, y, side):
            pdf.image(_picture(sheet.spreads[0].item), x, y, side, side, alt_text=f"Drawing: {sheet.spreads[0].name}")
        y += side + 16
    _words(pdf, "serif", 29, sheet.title, y, room=_FOOT - 14 - y, align=Align.C, leading=1.12)
    foot = f"For {sheet.reader}  ·  {sheet.day}" if sheet.reader else sheet.day
    _capitals(pdf, foot, _FOOT - 4, size=7.2, spacing=1.2, colour=_SOFT)


def _greeting(pdf: FPDF, sheet: Sheet) -> None:
    pdf.add_page()
    pdf.start_section("A word to you")
    text = "\n\n".join(sheet.greeting)
    size = _fitting(pdf, "italic", (16, 14.5, 13, 11.5, 10), text, _INNER - 12, 150, 1.45)
    height = _height(pdf, "italic", size, text, _INNER - 12, 1.45)
    _words(pdf, "italic", size, text, (_HEIGHT - height) / 2 - 6, room=160, align=Align.C, leading=1.45, inset=6)


def _piece(pdf: FPDF, spread: Spread) -> None:
    pdf.add_page()
    pdf.start_section(_plain(spread.name))
    pdf.image(_picture(spread.item), _EDGE, _EDGE, _INNER, _INNER, alt_text=f"Drawing: {_plain(spread.name)}")
    y = _EDGE + _INNER + 11
    if spread.item.brand:
        _small(pdf, spread.item.brand.upper(), y, size=6.9, spacing=1.25)
        y += 6.4
    y = _words(pdf, "serif", 20, spread.name, y, room=26, leading=1.1) + 3.4
    foot = "  ·  ".join(part for part in (spread.price, spread.remark) if part)
    if spread.reason:
        y = _words(pdf, "italic", 12.6, spread.reason, y, room=_FOOT - y - (9 if foot else 0), leading=1.32) + 5.4
    if foot:
        _small(pdf, foot, min(y, _FOOT - 2), size=7.8, spacing=0.5)


def _colophon(pdf: FPDF, sheet: Sheet) -> None:
    pdf.add_page()
    pdf.start_section("Colophon")
    pdf.set_draw_color(*_LINE)
    pdf.set_line_width(0.2)
    pdf.line(_WIDTH / 2 - 7, 84, _WIDTH / 2 + 7, 84)
    _capitals(pdf, sheet.house, 95, size=9, spacing=3)
    y = 108.0
    for line in sheet.colophon:
        _words(pdf, "italic", 11, line, y, room=8, align=Align.C, leading=1.3, colour=_SOFT)
        y += 6.2


def _capitals(
    pdf: FPDF, text: str, y: float, *, size: float, spacing: float, colour: tuple[int, int, int] = _INK
) -> None:
    """Print one line of spaced capitals in the middle, smaller where it would not fit."""
    text = _plain(text).upper()
    for shrink in (1.0, 0.85, 0.7, 0.55, 0.4):
        pdf.set_font("sans", size=size * shrink)
        pdf.set_char_spacing(spacing * shrink)
        if pdf.get_string_width(text) <= _WIDTH - _EDGE:
            break
    pdf.set_text_color(*colour)
    pdf.set_xy((_WIDTH - pdf.get_string_width(text) + spacing * shrink * _POINT) / 2, y)
    pdf.cell(text=text, h=5)
    pdf.set_char_spacing(0)


def _small(pdf: FPDF, text: str, y: float, *, size: float, spacing: float) -> None:
    """Print one quiet line at the left."""
    pdf.set_font("sans", size=size)
    pdf.set_char_spacing(spacing)
    pdf.set_text_color(*_SOFT)
    pdf.set_xy(_EDGE, y)
    pdf.cell(text=_plain(text), h=4)
    pdf.set_char_spacing(0)


def _words(
    pdf: FPDF,
    face: str,
    size: float,
    text: str,
    y: float,
    *,
    room: float,
    leading: float,
    align: Align = Align.L,
    colour: tuple[int, int, int] = _INK,
    inset: float = 0.0,
) -> float:
    """Print lines of words from `y` down, smaller where they need more than `room`; return where they end."""
    text, width = _plain(text), _INNER - 2 * inset
    size = _fitting(pdf, face, tuple(size * part for part in (1, 0.88, 0.76, 0.64, 0.5)), text, width, room, leading)
    height = size * _POINT * leading
    balanced = _balanced(pdf, face, size, text, width, leading)
    pdf.set_font(face, size=size)
    pdf.set_text_color(*colour)
    pdf.set_xy(_EDGE + inset + ((width - balanced) / 2 if align is Align.C else 0), y)
    pdf.multi_cell(balanced, height, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    return float(pdf.get_y())


def _balanced(pdf: FPDF, face: str, size: float, text: str, width: float, leading: float) -> float:
    """Return the narrowest width that takes no more lines, so that no last line holds one lonely word."""
    height, narrow = _height(pdf, face, size, text, width, leading), width
    while narrow > width / 2 and _height(pdf, face, size, text, narrow - 3, leading) <= height:
        narrow -= 3
    return narrow


def _fitting(
    pdf: FPDF, face: str, sizes: tuple[float, ...], text: str, width: float, room: float, leading: float
) -> float:
    """Return the first size at which words fit, else the last."""
    fits = (size for size in sizes if _height(pdf, face, size, text, width, leading) <= room)
    return next(fits, sizes[-1])


def _height(pdf: FPDF, face: str, size: float, text: str, width: float, leading: float) -> float:
    pdf.set_font(face, size=size)
    lines = pdf.multi_cell(width, size * _POINT * leading, _plain(text), dry_run=True, output=MethodReturnValue.LINES)
    assert isinstance(lines, list)
    return len(lines) * size * _POINT * leading


def _plain(text: str) -> str:
    """Return a text in the letters that are printed, without signs that the typefaces lack."""
    return "".join(_kept(unicodedata.normalize("NFC", text)))


def _kept(text: str) -> Iterator[str]:
    for letter in text:
        if letter.isspace():
            yield "\n" if letter == "\n" else " "
        elif ord(letter) in _letters():
            yield letter


def _picture(item: Item) -> BytesIO:
    return BytesIO(_rasterised(draw(item)))


@lru_cache(maxsize=128)
def _rasterised(drawing: str) -> bytes:
    """Return a drawing as a JPEG; 60 kB of it where PNG needs 150."""
    png = resvg_py.svg_to_bytes(svg_string=drawing, width=_PIXELS, skip_system_fonts=True)
    written = BytesIO()
    with Image.open(BytesIO(png)) as picture:
        picture.convert("RGB").save(written, "JPEG", quality=_QUALITY, subsampling=0)
    return written.getvalue()
