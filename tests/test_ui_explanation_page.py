import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.catalogue import Catalogue
from recsys.errors import InputError
from recsys.recommender import Recommender
from recsys.schema import Explanation, Item
from recsys.seller.explainer import Explainer, Rejected
from recsys.seller.gate_weights import ExpertRole, ExpertWeights
from recsys.seller.trace import Fact, HistoryPoint, Identity, trace_of
from tests.pages import CHROMIUM, chromium
from tests.small_world import CATALOGUE, GUIDED, TasteRanker, bought, recommender
from ui.explanation_drawings import NARROW, WIDE, Timeline, apart, loss, scale, timeline
from ui.explanation_page import counterfactual, order_words, render, verdict, way_there, write_page

HOSTILE = '<script>alert(1)</script>"><img src=https://evil.invalid/x onerror=alert(2)>'
PURCHASES = bought("i4", "i7", "i5", "i1")
EXPERTS = [
    ExpertWeights("client's behaviour", "behaviour", (0.7, 0.2, 0.1)),
    ExpertWeights("purchase 1", "behaviour", (0.0, 0.5, 0.5), 4),
    ExpertWeights("item's meaning", "semantics", (0.25, 0.25, 0.5)),
]


def told(item_id="i10", purchases=PURCHASES, world=None, **more):
    one = world or recommender()
    return trace_of(one, purchases, item_id, Explainer(one).explain(purchases, item_id), client_id="c1", **more)


def full(purchases=PURCHASES, world=None):
    """A trace in which every part of the page has something to show, and every text is hostile."""
    trace = told(
        purchases=purchases,
        world=world,
        drafts=[Rejected(HOSTILE, "seller", (HOSTILE, "dates are right")), Rejected("Love it.", "seller", ("b",))],
        experts=[replace(one, token=one.token + HOSTILE) for one in EXPERTS],
        attention=[1 / len(purchases)] * len(purchases),
        identity=Identity("taste", "ab" * 32, 0, "cd" * 32, HOSTILE, HOSTILE, 0.3),
        roles=[ExpertRole("behaviour", 1, 0.4, (HOSTILE,), (HOSTILE,), (HOSTILE,))],
    )
    return replace(trace, source="seller", scorer=HOSTILE, category=(HOSTILE,))


def hostile_world():
    items = [Item(**{**one.model_dump(), "title": HOSTILE}) if one.item_id == "i7" else one for one in CATALOGUE.items]
    return Recommender(Catalogue(items), TasteRanker(), GUIDED)


class Reader(HTMLParser):
    """Collects the page's own markup."""

    def __init__(self):
        super().__init__()
        self.tags, self.ids, self.links = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name in ("src", "href", "srcset", "action", "data")]


def read(page):
    reader = Reader()
    reader.feed(page)
    return reader


def test_the_page_is_one_file_without_scripts_or_other_hosts():
    page = read(render(full(world=hostile_world())))
    assert not {"script", "img", "iframe", "link", "object", "embed", "form"} & set(page.tags)
    assert all(link.startswith("#") for link in page.links)


def test_every_link_leads_somewhere_and_ids_are_unique():
    page = read(render(full()))
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert any(link.startswith("#fact-") for link in page.links)


def test_all_three_readers_are_answered():
    page = render(full())
    for heading in ("May I say it?", "Is it true?", "What did the model do?"):
        assert heading in page
    assert "Not shown. Failed: \u201c" in page
    assert "ab" * 32 in page
    assert "The behaviour path" in page
    assert "The semantic path" in page
    assert "no. 4, Alba plain tote" in page


def test_every_fact_is_shown_with_its_counterfactual():
    trace = told()
    page = render(trace)
    assert trace.facts
    for fact in trace.facts:
        assert f'id="fact-{fact.evidence_id}"' in page
        assert counterfactual(fact, trace.n_items) in page


def test_without_experts_one_line_says_so():
    page = render(told())
    assert "Written by the template: no soft-prompt tokens, so there are no experts and no attention to show." in page
    assert 'class="heat"' not in page


def test_tables_have_headings_and_drawings_are_told():
    page = render(full())
    tables = re.findall(r"<table.*?</table>", page, re.DOTALL)
    assert len(tables) >= 4
    assert all("<th" in table and "<caption" in table for table in tables)
    assert page.count("<desc") == 2
    assert all(ElementTree.fromstring(drawing) is not None for drawing in re.findall(r"<svg.*?</svg>", page, re.DOTALL))


def test_long_histories_are_folded_but_for_what_the_text_names():
    purchases = bought(*[f"i{1 + number % 9}" for number in range(40)])
    page = render(told(purchases=purchases))
    head, folded = page.split("<details>")
    assert "earlier purchases that the text does not name" in folded
    assert 'class="mark told">in the text' not in folded.split("</details>")[0]
    assert head.count('<td class="number">') >= 12


@pytest.mark.parametrize(
    ("checks", "source", "expected"),
    [
        ({}, "none", ("no", "There is nothing to say of why.")),
        ({"a": True, "b": True}, "model", ("yes", "You may say this as it stands.")),
        ({"a": True, "b": False}, "model", ("no", "Do not say this.")),
    ],
)
def test_the_verdict_follows_the_checks(checks, source, expected):
    trace = trace_of(recommender(), PURCHASES, "i10", Explanation("Text.", (), checks, source))
    assert verdict(trace)[:2] == expected
    assert ("\u201cb\u201d" in verdict(trace)[2]) == (expected[1] == "Do not say this.")


@pytest.mark.parametrize(
    ("source", "n_drafts", "last"),
    [
        ("seller", 0, "Written by SELLER\u2019s local generator and shown; no rejected draft is on record."),
        ("seller", 1, "Mended by SELLER\u2019s local generator, and shown."),
        ("template", 2, "The template wrote what is shown, in place of the drafts."),
        ("template", 0, "The template wrote what is shown; no draft is on record."),
        ("none", 2, "No strong reason was found, so none is claimed. The drafts were dropped."),
    ],
)
def test_the_way_there_ends_with_what_is_shown(source, n_drafts, last):
    drafts = [Rejected("A draft.", "seller", ("dates are right",))] * n_drafts
    trace = trace_of(recommender(), PURCHASES, "i10", Explanation("Text.", (), {}, source), drafts)
    steps = way_there(trace)
    assert [step[0].split(",")[0] for step in steps[:-1]] == ["First draft", "Repaired draft"][:n_drafts]
    assert steps[-1] == (last, "", "")


@pytest.mark.parametrize(
    ("kind", "places", "words"),
    [
        ("history", (3, 11617), "Without this purchase it would stand at place 11,617 of 12,101 instead of 3."),
        ("attribute", (1, 1), "Were it average on this quality it would still stand at place 1 of 12,101."),
        ("house", (2, 9), "Without loyalty to the house it would stand at place 9 of 12,101 instead of 2."),
        ("order", (2, 9), "With the purchases shuffled it would stand at place 9 of 12,101 instead of 2."),
        ("request", (2, 9), "Without this wish it would stand at place 9 of 12,101 instead of 2."),
        ("field", (None, None), "A fact of the catalogue. The ranker does not read it"),
    ],
)
def test_counterfactuals_in_words(kind, places, words):
    assert counterfactual(Fact("x1", kind, "s", "S", 0.5, 0.1, None, True, *places), 12101).startswith(words)


def test_words_of_order_follow_the_order():
    trace = told()
    assert "are earned" in order_words(replace(trace, order=0.4, order_matters=True))
    assert "falls by 0.40" in order_words(replace(trace, order=0.4, order_matters=True))
    assert "may be used" in order_words(replace(trace, order=-0.1, order_matters=False))
    assert "no order to speak of" in order_words(replace(trace, history=()))


def test_nothing_known_is_still_a_page():
    trace = trace_of(Recommender(CATALOGUE, TasteRanker(), None), [], "i3", Explanation("None.", (), {}, "none"))
    page = render(trace)
    assert "No purchases are on record." in page
    assert "have no guided scores" in page
    assert "there was nothing to check" in page


def points(*days, effect=0.1):
    return [HistoryPoint(n, f"i{n}", f"item {n}", day, effect, False, None, False) for n, day in enumerate(days, 1)]


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize(
    ("days", "labels"),
    [
        ((None, None, None), ["1", "2", "3"]),
        (("2025-03-01", None), ["1", "2"]),
        (("2025-03-04", "2025-03-20"), ["4 Mar 2025", "20 Mar 2025"]),
        (("2024-12-17", "2025-02-03"), ["Jan 2025", "Feb 2025"]),
        (("2025-03-04", "2025-03-04"), ["1", "2"]),
        (("1999-12-17", "2025-02-03"), None),
    ],
)
def test_the_axis_shows_days_where_known_else_the_order(width, days, labels):
    drawing = ElementTree.fromstring(timeline(Timeline(points(*days), width, "t")))
    words = [one.text for one in drawing.iter("text")][2:]  # after the two levels
    assert 2 <= len(words) <= 9
    assert labels is None or words == labels


@pytest.mark.parametrize("length", [1, 2, 50, 400])
def test_bars_stay_inside_the_drawing(length):
    shown = points(*[f"2025-01-{1 + n * 27 // length:02d}" for n in range(length)], effect=-0.3)
    drawing = ElementTree.fromstring(timeline(Timeline(shown, NARROW, "t")))
    boxes = [(float(one.get("x")), float(one.get("width"))) for one in drawing.iter("rect")]
    assert len(boxes) == length
    assert all(left >= 0 and left + width <= NARROW for left, width in boxes)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=40), st.floats(0, 2.5))
def test_places_are_apart_and_inside(wished, gap):
    found = apart(sorted(wished), gap, 100.0)
    assert all(later - earlier >= gap - 1e-9 for earlier, later in zip(found, found[1:], strict=False))
    assert -1e-9 <= found[0]
    assert found[-1] <= 100.0


def test_small_drawings_are_well_formed():
    assert ElementTree.fromstring(scale(3.0, -3.0)).get("aria-hidden") == "true"
    assert (loss(-0.001), loss(-0.5), loss(4.857)) == ("0.00", "\u22120.50", "4.86")


def test_a_page_that_cannot_be_written_is_refused(tmp_path):
    assert write_page("page", tmp_path / "new" / "a.html").read_text() == "page"
    with pytest.raises(InputError, match="cannot write .*--out"):
        write_page("page", tmp_path / "new" / "a.html" / "b.html")


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}")
@pytest.mark.parametrize("width", [320, 390, 1440])
def test_the_page_fits_its_window_and_asks_nobody(browser, tmp_path, width):
    many = bought(*[f"i{1 + number % 9}" for number in range(40)])
    written = write_page(render(full(many, hostile_world())), tmp_path / "a.html")
    with browser.new_context(viewport={"width": width, "height": 844}) as context:
        tab, asked, errors = context.new_page(), [], []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: errors.append(message.text))
        tab.goto(written.as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert tab.locator("figure svg[role=img]:visible").count() == 1
        assert asked == [written.as_uri()]
        assert errors == []


_LOW_CONTRAST = """() => {
  const channels = colour => {
    const canvas = document.createElement("canvas").getContext("2d", {colorSpace: "srgb"});
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = rgb => rgb.slice(0, 3).map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, k) => sum + c * [.2126, .7152, .0722][k], 0);
  const behind = one => {
    for (; one; one = one.parentElement) {
      const rgb = channels(getComputedStyle(one).backgroundColor);
      if (rgb[3] === 255) return rgb;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const one of document.querySelectorAll("body *")) {
    if (![...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())) continue;
    if (["title", "desc"].includes(one.tagName)) continue;
    const style = getComputedStyle(one);
    const [a, b] = [channels(one.ownerSVGElement ? style.fill : style.color), behind(one)].map(light);
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) found.push([one.tagName, one.className.toString(), ratio]);
  }
  return found;
}"""


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_has_contrast(browser, tmp_path, scheme):
    written = write_page(render(full()), tmp_path / "a.html")
    with browser.new_context(color_scheme=scheme) as context:
        tab = context.new_page()
        tab.goto(written.as_uri())
        assert tab.evaluate(_LOW_CONTRAST) == []
