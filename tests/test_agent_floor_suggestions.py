from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.floor.search import carries, read_search
from agent.floor.shop import Shop
from tests.floor_talk import ASSOCIATE, FloorTalk, open_desk
from tests.small_world import CATALOGUE


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    desk = open_desk(Path(tmp_path_factory.mktemp("suggestions")))
    yield desk.shop
    desk.close()


@pytest.fixture
def talk(shop: Shop) -> FloorTalk:
    return FloorTalk(shop)


def test_a_named_thing_comes_before_what_the_client_likes(talk: FloorTalk) -> None:
    result = talk.search("printed silk scarf")
    assert talk.slate[0] == "i9"
    assert result.outcome == "shown"
    assert result.references == talk.slate


def test_only_what_has_all_that_is_named_is_shown(talk: FloorTalk) -> None:
    talk.search("silk scarf")
    assert talk.slate == ["i9"]
    talk.search("navy scarf")
    assert talk.slate == ["i10"]


def test_what_is_not_carried_is_said_and_nothing_is_shown_for_it(talk: FloorTalk) -> None:
    result = talk.search("surfboard")
    assert result.outcome == "not carried"
    assert 'does not carry anything for "surfboard"' in result.spoken
    assert result.spoken.endswith("?")
    assert not talk.cards
    assert "view" not in talk.state


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"brand": "Gucci"}, "nothing by the brand Gucci"),
        ({"colour": "turquoise"}, "nothing in the colour turquoise"),
        ({"material": "titanium"}, "nothing made of titanium"),
    ],
)
def test_a_value_that_the_catalogue_does_not_have_is_named(talk: FloorTalk, wanted: dict[str, str], said: str) -> None:
    result = talk.search("scarf", **wanted)
    assert result.outcome == "not carried"
    assert said in result.spoken
    assert "Shall I show scarves" in result.spoken
    assert not talk.cards


def test_the_nearest_colour_that_is_offered_exists(talk: FloorTalk) -> None:
    talk.search("scarf", colour="turquoise")
    offered = talk.chips[0].removeprefix("Show me scarves in ")
    assert offered in {item.colour for item in CATALOGUE.items if "Scarves" in item.category}


def test_what_nobody_can_go_by_is_left_out_and_said(talk: FloorTalk) -> None:
    result = talk.search("scarf", season="winter", size="38")
    assert result.outcome == "shown"
    assert "does not give season or size" in result.spoken


@pytest.mark.parametrize(
    ("query", "superlative", "first", "said"),
    [
        ("cheapest bag", "", "i2", "ordered by price, lowest first"),
        ("bags", "most expensive", "i4", "ordered by price, highest first"),
        ("warmest", "", "i6", "ordered by warmth over everything that fits, most first"),
        ("the most expensive thing you have", "", "i11", "highest first"),
        ("scarf", "plainest", "i8", "ordered by minimal"),
    ],
)
def test_a_superlative_orders_the_whole_catalogue(
    shop: Shop, query: str, superlative: str, first: str, said: str
) -> None:
    talk = FloorTalk(shop, ASSOCIATE, "c3")  # owns nothing, so nothing is left out
    result = talk.search(query, superlative)
    assert talk.slate[0] == first
    assert said in result.spoken
    more = talk.refine("show me more")
    assert first not in more.references


def test_an_order_that_nobody_knows_is_refused(talk: FloorTalk) -> None:
    result = talk.search("bag", "finest")
    assert result.outcome == "not possible"
    assert 'cannot put things in order by "finest"' in result.spoken


def test_a_taste_without_a_thing_moves_the_ranking(talk: FloorTalk) -> None:
    result = talk.search("something warmer")
    assert talk.state["view"]["moves"] == {"warmth": 1.0}
    assert talk.state["view"]["query"] == ""
    assert "warmer" in result.spoken


def test_a_price_in_the_words_is_a_limit(talk: FloorTalk) -> None:
    talk.search("scarf under 200")
    assert talk.slate
    assert all((CATALOGUE.item(one).price_minor or 0) <= 20_000 for one in talk.slate)


def test_a_limit_that_leaves_none_is_named_and_the_nearest_offered(talk: FloorTalk) -> None:
    result = talk.search("scarf", max_price=50)
    assert result.outcome == "nothing more"
    assert '"up to €50" that leaves none' in result.spoken
    assert "Duna linen scarf at €120" in result.spoken
    assert not talk.cards


@pytest.mark.parametrize("query", ['"', "'; DROP", "AND OR NOT", "((", "*", "ß€ł", "x" * 300])
def test_no_query_breaks_the_search(talk: FloorTalk, query: str) -> None:
    assert talk.search(query).outcome in ("shown", "not carried", "nothing more")


def test_a_search_for_nothing_in_particular_is_a_recommendation(talk: FloorTalk) -> None:
    assert talk.search("").outcome == "shown"
    assert len(talk.slate) == 3


def test_the_thing_is_what_stands_before_its_qualities(shop: Shop) -> None:
    read = read_search(shop, "silk scarf for my mother")
    assert read.thing == "silk scarf"
    assert (read.implied.category, read.implied.material) == ("Scarves", "silk")


def test_a_gift_names_no_thing_and_so_is_never_not_carried(shop: Shop) -> None:
    assert carries(shop, "a gift for my mother")
    assert carries(shop, "something warmer")
    assert not carries(shop, "lawn mower")
