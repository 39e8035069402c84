import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.events import AttributeBar, Card, ClientList, ClientRow, Comparison, MessageDraft
from recsys.schema import Evidence, EvidenceKind, Explanation, Item
from tests.fakes import CARDS, COMPARISON
from ui.cards import card_html, comparison_html, remark_html, sheet_html, slate_html

UI = Path(__file__).parents[1] / "ui"
SECURITY = Path(__file__).parents[2] / "shared" / "data" / "security"
PAYLOADS = SECURITY / "xss_payload_list" / "xss-payload-list.txt"
HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</article></div></details><iframe src=//evil></iframe>",
    "<!--", "-->", "]]>", "{{7*7}}", "${alert(1)}", "{% raw %}", "&lt;b&gt;", "\x00<b>", "<svg/onload=alert(1)>",
    "\ud800", "‮evil", "a\n\n<b>b", "![x](http://evil/?q=1)",
]  # fmt: skip


class Reader(HTMLParser):
    """Reads HTML into its tags with their attributes, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def card(text: str, source: str = "model") -> Card:
    """Make a card that says `text` wherever a catalogue, a model or a client can say something."""
    item = Item.model_construct(
        item_id=text, title=text, brand=text, category=(text,), colour=text, material=text, description=text,
        attributes={text: text}, image=f"https://{text}", available=True, price_minor=1, currency="EUR",
    )  # fmt: skip
    fact = Evidence("h1", "history", text, text, text)
    reason = Explanation(text, (fact,), {text: True, f"{text} ": False}, source)  # type: ignore[arg-type]
    return Card(1, item, text, (AttributeBar(text, 0.5), AttributeBar(text, 7.0)), reason)


def everything(text: str) -> Iterator[str]:
    yield card_html(card(text))
    yield card_html(card(text, "none"))
    yield slate_html((card(text), card(text, "template")))
    yield comparison_html(Comparison((card(text), card(text)), {text: (text, text)}))
    yield remark_html(text)


HARMLESS = [read(html) for html in everything("plain")]


def assert_only_text(payload: str) -> None:
    for html, harmless in zip(everything(payload), HARMLESS, strict=True):
        reader = read(html)
        assert reader.tags == harmless.tags
        assert all(link.startswith("/pictures/") for link in reader.links)
        assert "\n" not in html


def test_a_card_shows_number_facts_bars_reason_and_evidence() -> None:
    html = card_html(CARDS[0])
    said = " ".join(read(html).text.split())
    for part in (
        "1 Cours Vaillant Lisière structured tote, cognac €1,690 available craft classic",
        "The hand-painted edges carry on from the Cordelier loafers you chose in March.",
        "Why we say this Purchase You bought the Cordelier penny loafers in March. tested: without it the score falls",
        "Quality It scores 8 of 9 on craft, and you lean towards craft.",
        "Checked cites a tested cause; is plain text",
        "Written by the language model",
    ):
        assert part in said
    assert 'aria-label="craft: 89 of 100"' in html
    assert 'width="89"' in html


def test_no_strong_reason_is_said_quietly_and_without_evidence() -> None:
    html = card_html(CARDS[2])
    assert "No strong reason" in html
    assert "ct-quiet" in html
    assert "<details" not in html
    assert "not available now" in html
    bare = replace(CARDS[2], reason=Explanation("", (), {}, "none"))
    assert "No strong reason" in card_html(bare)
    assert "ct-reason" not in card_html(replace(CARDS[2], reason=None))


def test_a_check_that_failed_is_not_called_passed() -> None:
    reason = Explanation("Because.", (), {"is plain": True, "cites a cause": False}, "template")
    said = " ".join(read(card_html(replace(CARDS[0], reason=reason))).text.split())
    assert "Checked is plain Not met cites a cause" in said


def test_a_slate_keeps_its_order_and_a_card_without_price_or_brand_is_whole() -> None:
    item = Item(item_id="i9", title="Thing")
    html = slate_html((*CARDS, Card(4, item, "", (), None)))
    assert re.findall(r'ct-number">(\d)<', html) == ["1", "2", "3", "4"]
    assert "ct-brand" not in card_html(Card(4, item, "", (), None))


def test_a_comparison_has_a_column_an_item_and_a_row_a_label() -> None:
    reader = read(comparison_html(COMPARISON))
    assert [tag for tag, _ in reader.tags].count("td") == 1 + 2 * len(COMPARISON.rows)
    assert " ".join(reader.text.split()).endswith("Price €1,690 €540 Craft high middle")


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_stays_text(payload: str) -> None:
    assert_only_text(payload)


@given(st.text(min_size=1))
def test_any_text_stays_text(text: str) -> None:
    assert_only_text(text)


@pytest.mark.skipif(not PAYLOADS.exists(), reason=f"no {PAYLOADS}")
def test_every_known_payload_stays_text() -> None:
    lines = PAYLOADS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    assert len(lines) > 6000
    for start in range(0, len(lines), 12):  # a dozen at once, each in full
        payload = "\n".join(lines[start : start + 12])
        assert read(card_html(card(payload))).tags == HARMLESS[0].tags
        assert read(remark_html(payload)).tags == HARMLESS[-1].tags


def test_html_is_made_in_the_template_alone() -> None:
    for path in UI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                fixed = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
                assert not re.search(r"</?[a-z]+[\s>]", fixed), f"{path}:{node.lineno} formats values into HTML"
    assert "safe" not in re.findall(r"\|\s*(\w+)", (UI / "templates" / "cards.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", get_args(EvidenceKind))
def test_every_kind_of_evidence_is_named_on_the_card(kind: str) -> None:
    fact = Evidence("x1", kind, "subject", "statement", "key")  # type: ignore[arg-type]
    reason = Explanation("Because.", (fact,), {}, "template")
    assert f">{kind}<" not in card_html(replace(CARDS[0], reason=reason))


@pytest.mark.parametrize("source", ["model", "seller", "template"])
def test_every_writer_is_named_on_the_card(source: Literal["model", "seller", "template"]) -> None:
    assert "from these facts only" in card_html(replace(CARDS[0], reason=Explanation("So.", (), {}, source)))


def test_a_client_of_a_list_is_opened_by_their_name_and_a_draft_names_its_language() -> None:
    listed = sheet_html(
        ClientList("Today", (ClientRow("c1", "Ada", "a new tote"), ClientRow("17", "Client 17", "away")))
    )
    assert '<button type="button" class="ct-named" data-open="c1">Ada</button>' in listed
    assert " ".join(read(listed).text.split()) == "Today Ada c1 A new tote Client 17 Away"

    drafted = sheet_html(MessageDraft("d1", "e-mail", "warm", "it", "Per Lei", "Buongiorno", ()))
    assert "e-mail, warm, Italian" in drafted
