import csv
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.schema import Item
from ui.drawings import SILHOUETTES, Specification, data_uri, draw, draw_specification, specify
from ui.drawings.ornaments import ANCHORS, MOTIFS
from ui.drawings.palette import WORDS, lightness, mix, tones
from ui.drawings.patterns import PATTERNS
from ui.drawings.pen import symmetric
from ui.drawings.words import DETAILS

BEAUTY = Path(__file__).parents[2] / "shared" / "data" / "amazon-beauty" / "items.csv"
ASKED_FOR = (
    "tote shoulder-bag clutch backpack weekender wallet card-case belt pump sandal loafer boot sneaker dress-slip "
    "dress-wrap dress-gown shirt blouse tee sweater cardigan blazer coat trench parka trousers jeans skirt scarf hat "
    "gloves sunglasses ring necklace earrings bracelet watch perfume lipstick compact nail-polish jar pump-bottle tube "
    "dropper soap candle brush umbrella pouch swimsuit jumpsuit"
).split()
TAGS = {
    "svg", "defs", "linearGradient", "radialGradient", "stop", "filter", "feDropShadow", "pattern", "clipPath", "g",
    "path", "circle", "ellipse", "rect",
}  # fmt: skip


def item(**facts: object) -> Item:
    return Item.model_validate({"item_id": "x1", "title": "A thing", **facts})


def check(svg: str) -> ElementTree.Element:
    """Parse a drawing and see that it can neither run nor fetch anything."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        assert element.tag.removeprefix("{http://www.w3.org/2000/svg}") in TAGS
        for name, value in element.attrib.items():
            assert "href" not in name
            assert not name.startswith("on")
            assert "url(" not in value or re.fullmatch(r"url\(#[a-z]+\)", value)
    assert root.get("viewBox") == "0 0 320 320"
    return root


@pytest.mark.parametrize("pattern", ["plain", *PATTERNS])
def test_every_silhouette_draws_in_every_pattern(pattern: str) -> None:
    for name in SILHOUETTES:
        svg = draw_specification(Specification(name, "#9e572b", "#d9b27c", pattern))
        used = [element for element in check(svg).iter() if element.get("fill") == "url(#pattern)"]
        assert not used or pattern != "plain"


def test_every_silhouette_that_catalogues_may_name_exists() -> None:
    assert set(ASKED_FOR) <= set(SILHOUETTES)


def test_no_two_silhouettes_are_the_same_drawing() -> None:
    drawn = {draw_specification(Specification(name, "#2b3a5c")) for name in SILHOUETTES}
    assert len(drawn) == len(SILHOUETTES)


def test_known_details_change_a_drawing_and_unknown_ones_do_not() -> None:
    plain = draw_specification(Specification("tote", "#2b3a5c"))
    assert draw_specification(Specification("tote", "#2b3a5c", details=frozenset({"jetpack"}))) == plain
    pairs = [(name, detail) for name, rows in DETAILS.items() for detail in rows]
    pairs += [(name, motif) for name in ANCHORS for motif in MOTIFS]
    for name, detail in pairs:
        svg = draw_specification(Specification(name, "#2b3a5c", details=frozenset({detail})))
        check(svg)
        assert svg != draw_specification(Specification(name, "#2b3a5c")), (name, detail)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (
            "drawing:tote?colour=%239e572b&accent=%23d9b27c&pattern=stripe&detail=bow",
            Specification("tote", "#9e572b", "#d9b27c", "stripe", frozenset({"bow"})),
        ),
        ("drawing:tote?colour=%239e572b&pattern=plaid", Specification("tote", "#9e572b")),
        ("drawing:tote?colour=red;}&accent=javascript:1", Specification("tote", "#b8323a")),
        ("drawing:spaceship?colour=%23101010", Specification("box", "#101010")),
        ("drawing:?", Specification("box", "#b8323a")),
    ],
)
def test_a_specification_is_read_and_what_is_not_valid_falls_back(image: str, expected: Specification) -> None:
    assert specify(item(image=image, colour="cherry red")) == expected


@pytest.mark.parametrize(
    ("category", "title", "silhouette"),
    [
        ("Makeup > Nails > Nail Polish", "OPI Nail Lacquer, Simmer and Shimmer", "nail-polish"),
        ("Makeup > Nails > Nail Polish Remover", "Zoya Remove Plus", "bottle"),
        ("Hair Care > Shampoos", "Daily shampoo 12 oz pump", "bottle"),
        ("Tools & Accessories > Makeup Brushes & Tools > Brushes & Applicators", "Kabuki", "brush"),
        ("Hair Care > Styling Tools > Brushes", "Paddle", "hair-brush"),
        ("Hair Care > Styling Tools > Irons > Flattening Irons", "Turbo", "hair-iron"),
        ("Fragrance > Women's > Eau de Parfum", "Nuit", "perfume"),
        ("Skin Care > Face > Oils & Serums", "C", "dropper"),
        ("Skin Care > Face", "Something new", "jar"),
        ("Shoes > Pumps", "Lame", "pump"),
        ("Scarves", "Carré", "scarf"),
        ("Home", "Lamp", "box"),
        ("", "Leather tote bag", "tote"),
        ("", "Zyx", "box"),
    ],
)
def test_an_item_without_a_drawing_gets_one_from_its_words(category: str, title: str, silhouette: str) -> None:
    path = [name for name in category.split(" > ") if name]
    assert specify(item(category=path, title=title)).silhouette == silhouette


def test_colours_come_from_words_else_from_the_title_and_stay_the_same() -> None:
    assert specify(item(colour="bottle green")).colour == WORDS["green"]
    assert specify(item(title="Red Shatter nail polish")).colour == WORDS["red"]
    assert specify(item(title="Zyx")).colour == specify(item(title="zyx", item_id="x2")).colour == "#4e7d6a"


def test_a_jewel_is_its_metal_and_its_colour_is_the_stone() -> None:
    image = "drawing:ring?colour=%233d62b0&accent=%23d9e0ea"
    ring = item(title="Ring in platinum with sapphire", colour="sapphire blue", image=image)
    assert (specify(ring).colour, specify(ring).accent) == ("#c2c7cc", "#3d62b0")
    golden = item(title="Ring in yellow gold", colour="gold", image=image)
    assert (specify(golden).colour, specify(golden).accent) == ("#3d62b0", "#d9e0ea")


@given(
    st.text(min_size=1, max_size=60),
    st.text(max_size=60),
    st.text(alphabet=st.characters(categories=["L", "N", "P", "S"]), max_size=80),
)
def test_nothing_an_item_says_reaches_its_picture(title: str, colour: str, image: str) -> None:
    one = Item.model_construct(item_id="x", title=title, colour=colour, image=f"drawing:{image}", category=(title,))
    svg = draw(one)
    check(svg)
    assert svg == draw(one)


def test_a_remote_image_is_never_part_of_a_picture() -> None:
    remote = item(image="https://example.com/track.png", category=("Bags", "Tote bags"))
    assert "example.com" not in draw(remote)
    assert specify(remote).silhouette == "tote"
    assert data_uri(remote).startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize("colour", sorted({*WORDS.values(), "#000000", "#ffffff"}))
def test_a_thing_stands_out_from_its_ground_and_its_pattern_from_it(colour: str) -> None:
    shades = tones(colour, None)
    assert abs(lightness(shades.base) - lightness(shades.disc)) > 0.05 or lightness(shades.line) < 0.55
    assert abs(lightness(shades.mark) - lightness(shades.base)) > 0.12
    assert tones(colour, colour).mark != colour


def test_colour_arithmetic() -> None:
    assert mix("#000000", "#ffffff", 0.2) == "#333333"
    assert lightness("#ffffff") == pytest.approx(1)
    assert lightness("#ff0000") == pytest.approx(0.299)


def test_a_half_outline_is_mirrored() -> None:
    whole = symmetric("M160 10 L200 20 Q210 30 200 40 L160 50")
    assert whole == "M160 10 L200 20 Q210 30 200 40 L160 50 L160 50 L120 40 Q110 30 120 20 L160 10 Z"


@pytest.mark.skipif(not BEAUTY.exists(), reason=f"no {BEAUTY}")
def test_nearly_every_item_of_a_real_catalogue_has_a_telling_picture() -> None:
    with BEAUTY.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["title"]]
    drawn = [specify(item(title=row["title"][:500], category=row["categories"].split(" > "))) for row in rows]
    boxes = sum(one.silhouette == "box" for one in drawn)
    assert boxes / len(drawn) < 0.02
