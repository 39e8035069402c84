from collections.abc import Iterator
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import Browser

from recsys.catalogue import Catalogue
from recsys.data.sequences import Sequences
from recsys.errors import InputError, NotFound
from recsys.recommender import Recommender
from recsys.schema import Item
from tests.pages import CHROMIUM, chromium
from tests.small_world import CATALOGUE, GUIDED, TasteRanker
from ui.case_page import PAGE, render, write_page
from ui.case_plots import TastePath, signed_bar, taste_panel
from ui.case_study import MIN_LENGTH, CaseStudy

HOSTILE = '<script>alert(1)</script>"><img src=https://evil.invalid/x onerror=alert(2)>'
ORNATE, BARE = [4, 9, 3, 4, 9, 3], [7, 8, 1, 7, 8, 1]
BOUGHT = {"c1": [*ORNATE, *BARE, 2], "c2": [5, 6, 10, 5], "c3": [1, 2] * 7, "c4": [3], "c5": [*BARE, *ORNATE, 7]}


def study(bought=BOUGHT) -> CaseStudy:
    items = [Item(**{**one.model_dump(), "title": HOSTILE}) if one.item_id == "i9" else one for one in CATALOGUE.items]
    catalogue = Catalogue(items)
    values = np.array([index for sequence in bought.values() for index in sequence])
    offsets = np.cumsum([0, *(len(sequence) for sequence in bought.values())])
    return CaseStudy(
        Recommender(catalogue, TasteRanker(), GUIDED),
        Recommender(catalogue, TasteRanker(half_life=50.0), GUIDED),
        Sequences(catalogue.ids, tuple(bought), values, offsets),
        lambda client_id: (None,) * len(bought[client_id]),
    )


def page(one: CaseStudy, *client_ids: str) -> str:
    return render([one.tell(client_id) for client_id in client_ids], "A rule.", one.everyone(), "<b>hand</b>")


def addresses(html: str) -> list[str]:
    """Return every address that the page's own markup points to."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.extend(value or "" for name, value in attrs if name in ("src", "href", "srcset", "action", "data"))

    Reader().feed(html)
    return found


def test_clients_are_drawn_by_chance_from_those_with_enough():
    one = study()
    assert set(one.draw(9, 0)) == {"c1", "c3", "c5"}
    assert one.draw(2, 0) == one.draw(2, 0) == one.draw(3, 0)[:2]
    assert {one.draw(1, seed)[0] for seed in range(20)} == {"c1", "c3", "c5"}
    assert study({"c2": [5, 6]}).draw(5, 0) == ()


def test_the_held_out_purchase_is_in_no_figure():
    one, other = study(), study({**BOUGHT, "c1": [*BOUGHT["c1"][:-1], 12]})
    first, second = one.tell("c1"), other.tell("c1")
    assert first.outcome != second.outcome
    assert (first.lede, first.panels, first.suggestions, first.base) == (
        second.lede,
        second.panels,
        second.suggestions,
        second.base,
    )
    assert len(first.earlier) + len(first.latest) == 12


def test_a_turn_is_told_marked_and_drawn():
    told = study().tell("c1")
    lines = [*told.earlier, *told.latest]
    assert [line.number for line in lines if line.turns] == [7]
    assert any(line.bends for line in lines if line.number >= 7)
    assert "At purchase 7 the taste turned" in " ".join(told.lede)
    assert told.panels[0].title == "minimal"
    assert 'class="turn"' in told.panels[0].drawing


def test_the_parts_of_a_score_add_up_to_it():
    for one in study().tell("c1").suggestions:
        parts = [float(bar.value.replace("\u2212", "-")) for bar in (*one.bars, *one.rest)]
        assert sum(parts) == pytest.approx(float(one.score.replace("\u2212", "-")), abs=0.04)


def test_reasons_name_purchases_by_their_number():
    for one in study().tell("c1").suggestions:
        for number, title, effect in one.carried_by:
            assert CATALOGUE.items[BOUGHT["c1"][number - 1] - 1].title in (title, CATALOGUE.item("i9").title)
            assert effect.startswith("+")
        assert all(effect.startswith("\u2212") for _, _, effect in one.despite)


def test_nothing_owned_is_suggested_and_shared_suggestions_are_marked():
    told = study().tell("c1")
    owned = {CATALOGUE.items[index - 1].title for index in BOUGHT["c1"][:-1]}
    shown = {one.title for one in told.suggestions}
    assert not owned & shown
    assert {title for title, _, shared in told.base if shared} == {title for title, _, _ in told.base} & shown


def test_everyone_is_all_who_could_have_been_drawn():
    everyone = study().everyone()
    assert (everyone.min_length, everyone.n_clients) == (MIN_LENGTH, 3)
    # c3 and c5 bought again what they owned, a miss; c1's next purchase is among the six things c1 does not own
    assert (everyone.refined, everyone.base) == (1 / 3, 1 / 3)
    assert study({"c2": [5, 6]}).everyone().n_clients == 0


@pytest.mark.parametrize(
    ("client_id", "error", "message"),
    [("nobody", NotFound, "'nobody' has no purchases"), ("c4", InputError, "'c4' has one purchase")],
)
def test_who_cannot_be_told_is_refused(client_id, error, message):
    with pytest.raises(error, match=message):
        study().tell(client_id)


def test_without_attributes_there_is_no_study():
    plain = Recommender(CATALOGUE, TasteRanker(), None)
    with pytest.raises(InputError, match="has none"):
        CaseStudy(plain, plain, study().sequences, lambda client_id: ())


def test_a_short_sequence_says_so():
    told = study().tell("c2")
    assert "Too few purchases to tell" in " ".join(told.lede)
    assert told.earlier == ()


def test_the_page_is_whole_alone_and_small():
    html = page(study(), "c1", "c2", "c3", "c5")
    assert html.startswith("<!doctype html>")
    assert all(value.startswith("#") for value in addresses(html))
    assert "default-src 'none'" in html
    assert "@import" not in html
    assert "url(" not in html
    assert len(html.encode()) < 300_000
    assert html == page(study(), "c1", "c2", "c3", "c5")


def test_what_the_catalogue_says_is_never_markup():
    html = page(study(), "c1")
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert "&lt;b&gt;hand&lt;/b&gt;" in html


def test_one_client_reads_as_one():
    html = page(study(), "c1")
    assert "One client, read closely" in html
    assert "One story proves nothing" in html
    assert "<nav" not in html


def test_the_page_is_written_or_the_reason_given(tmp_path):
    assert write_page("hello", tmp_path / "new" / "folder").read_text() == "hello"
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write .* --out"):
        write_page("hello", tmp_path / "file")
    assert PAGE.endswith(".html")


def panel(points, **changes):
    values = np.array(points, dtype=np.float32)
    return TastePath(**{"label": 'a "<b>', "points": values, "smooth": values, "spread": values * 0 + 0.3, "turns": ()}
                     | changes)  # fmt: skip


@pytest.mark.parametrize("points", [[0.5], [0.0, 0.0], [-3.0, 3.0, 0.1], list(np.linspace(-1, 1, 204))])
def test_a_panel_keeps_everything_inside_its_frame(points):
    root = ElementTree.fromstring(taste_panel(panel(points)))
    _, _, width, height = (float(one) for one in root.attrib["viewBox"].split())
    dots = [(float(one.attrib["cx"]), float(one.attrib["cy"])) for one in root.iter("circle")]
    assert len(dots) == len(points)
    assert all(0 < x < width and 0 < y < height for x, y in dots)
    assert len([one for one in root.iter("text")]) < 20


def test_a_higher_value_is_higher_and_a_turn_stands_between_two_purchases():
    root = ElementTree.fromstring(taste_panel(panel([-1.0, 1.0], turns=[1])))
    (x1, y1), (x2, y2) = ((float(one.attrib["cx"]), float(one.attrib["cy"])) for one in root.iter("circle"))
    assert y2 < y1
    turn = next(one for one in root.iter("line") if one.attrib["class"] == "turn")
    assert x1 < float(turn.attrib["x1"]) < x2
    assert "turn before purchase 2" in root.attrib["aria-label"]


@pytest.mark.parametrize(
    ("value", "css", "x", "width"), [(0.5, "more", 100, 100), (-0.25, "less", 50, 50), (0, "more", 100, 0)]
)
def test_a_bar_goes_from_zero_to_its_value(value, css, x, width):
    root = ElementTree.fromstring(signed_bar(value, -0.5, 0.5))
    rect = next(root.iter("rect")).attrib
    assert (rect["class"], float(rect["x"]), float(rect["width"])) == (css, x, width)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}")
@pytest.mark.parametrize("width", [320, 390, 1440])
def test_the_page_fits_its_window_and_asks_nobody(browser, tmp_path, width):
    written = write_page(page(study(), "c1", "c3", "c5"), tmp_path)
    with browser.new_context(viewport={"width": width, "height": 844}) as context:
        tab, asked, errors = context.new_page(), [], []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: errors.append(message.text))
        tab.goto(written.as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert asked == [written.as_uri()]
        assert errors == []
