"""Look-books as files: nothing of the boutique's own, hostile text stays text, a PDF that can be read and searched."""

import datetime as dt
import re

import pytest

from agent.records.look_books import Page, StoredLookBook
from recsys.catalogue import Catalogue
from recsys.errors import InputError
from recsys.schema import Item
from tests.small_world import CATALOGUE, ITEMS
from ui.look_book_pages import FACES, Sheet, file_name, font_bytes, look_book_html, set_out
from ui.look_book_pdf import look_book_pdf, missing_letters

AT = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def sheet(*pages: Page, title: str = "Été", greeting: str = "", reader: str = "Ada Lund") -> Sheet:
    book = StoredLookBook(
        "look-1", "a1", title, pages or (Page("i1", "It is plain.", ("A secret fact.",)),), AT, greeting
    )
    return set_out(CATALOGUE, "Maison Œuvre", reader, book, AT.date())


def test_the_page_needs_no_other_host_and_runs_nothing() -> None:
    html = look_book_html(sheet(greeting="Dear Ada"))
    assert "<script" not in html
    assert set(re.findall(r'(?:src|href)="(.{5})', html)) == {"data:"}
    assert not re.search(r"url\((?!data:)", html)
    assert html.count("@font-face") == len(FACES)
    assert html.startswith("<!doctype html>")
    assert '<html lang="en">' in html


def test_only_what_a_client_may_read_is_on_it() -> None:
    html = look_book_html(sheet())
    assert "It is plain." in html
    assert "For Ada Lund" in html
    assert "2 March 2026" in html
    for hidden in ("A secret fact", "a1", "look-1"):
        assert hidden not in re.sub(r"data:[^)\"]*", "", html)


def test_hostile_text_stays_text() -> None:
    item = Item(item_id="x", title=HOSTILE, brand=HOSTILE)
    book = StoredLookBook("l", "a", HOSTILE, (Page("x", HOSTILE, ()),), AT, HOSTILE)
    html = look_book_html(set_out(Catalogue([item]), HOSTILE, HOSTILE, book, AT.date()))
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_a_piece_that_is_no_longer_carried_is_left_out() -> None:
    assert [one.item.item_id for one in sheet(Page("gone", "", ()), Page("i2", "", ())).spreads] == ["i2"]
    nothing = sheet(Page("gone", "", ()))
    assert nothing.spreads == ()
    assert look_book_pdf(nothing, AT).startswith(b"%PDF")
    assert "<section" not in look_book_html(nothing)


def test_what_cannot_be_had_now_is_said() -> None:
    gone = next(item for item in ITEMS if not item.available)
    assert sheet(Page(gone.item_id, "", ())).spreads[0].remark == "Not in the boutique at present"


def test_a_reason_is_given_whole() -> None:
    two = "In May you chose the tote. This scarf has its calm."
    assert sheet(Page("i1", two, ())).spreads[0].reason == two


def test_the_name_on_the_cover_is_not_said_twice() -> None:
    assert sheet(title="For Ada Lund, 2 March 2026").title == "A few pieces, chosen for you"
    assert sheet(title="For Ada Lund and her sister").title == "For Ada Lund and her sister"


def test_the_pdf_has_title_language_outline_and_text() -> None:
    pdf = look_book_pdf(sheet(Page("i1", "It is plain.", ()), Page("i2", "", ()), greeting="Dear Ada"), AT)
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") == 5  # cover, greeting, two pieces, colophon
    assert b"/Lang (en)" in pdf
    assert b"/Outlines" in pdf
    assert b"/ToUnicode" in pdf  # what is printed can be selected as words
    assert b"/Alt" in pdf


def test_the_same_book_makes_the_same_file() -> None:
    assert look_book_pdf(sheet(), AT) == look_book_pdf(sheet(), AT)


def test_accents_are_printed_and_symbols_left_out() -> None:
    accents = "Ævar Čapek Ørsted Żółć Îles – “€ 1’200” ÉÈÊ"
    assert missing_letters(sheet(title=accents, greeting=accents, reader=accents)) == ""
    assert missing_letters(sheet(title="Spring \U0001f338")) == ""
    assert look_book_pdf(sheet(title="Spring \U0001f338"), AT).startswith(b"%PDF")


def test_letters_that_the_typefaces_lack_are_named_and_the_page_still_shows_them() -> None:
    japanese = sheet(reader="山田 花子")
    assert missing_letters(japanese) == "山田花子"
    with pytest.raises(InputError, match="download the page"):
        look_book_pdf(japanese, AT)
    assert "山田 花子" in look_book_html(japanese)


def test_long_words_still_make_pages() -> None:
    long = sheet(Page("i1", "a long reason with many words " * 40, ()), title="W" * 120, greeting="word " * 120)
    assert look_book_pdf(long, AT).count(b"/Type /Page\n") == 4


def test_file_names_are_plain() -> None:
    assert file_name(sheet(title='../"Été"\r\n'), "pdf") == "maison-uvre-t.pdf"
    assert file_name(sheet(title="山", reader=""), "pdf") == "maison-uvre.pdf"


def test_typefaces_come_with_their_licences() -> None:
    assert sum(len(font_bytes(file)) for file in FACES.values()) < 600_000
    for licence in ("OFL-CormorantGaramond.txt", "OFL-Jost.txt"):
        assert b"SIL Open Font License" in font_bytes(licence)
