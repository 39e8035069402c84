"""Places on the map of attributes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsys.catalogue import Catalogue
from recsys.guided.embedding import GuidedEmbeddings
from recsys.guided.scores import GuidedScores
from recsys.schema import Item
from tests.small_world import ATTRIBUTES, CATALOGUE, GUIDED
from ui.attribute_map import HEIGHT, MAX_DOTS, WIDTH, draw_map

NOTHING = np.zeros(0, dtype=np.int64), np.zeros((0, 3), dtype=np.float32)
scores = st.lists(st.lists(st.sampled_from([0.0, 4.0, 4.5, 9.0]), min_size=3, max_size=3), min_size=1, max_size=40)


def scored(values: list[list[float]]) -> tuple[Catalogue, GuidedEmbeddings]:
    catalogue = Catalogue(Item(item_id=f"i{n}", title=f"Piece {n}") for n in range(len(values)))
    raw = np.array(values, dtype=np.float32)
    return catalogue, GuidedEmbeddings.from_scores(
        GuidedScores(ATTRIBUTES, tuple(catalogue.ids.external), raw, "hand"), catalogue.ids
    )


@given(scores)
def test_every_dot_is_on_the_map_and_none_hides_another(values: list[list[float]]) -> None:
    drawn = draw_map(*scored(values), (0, 1), "", *NOTHING)

    assert len(drawn.dots) == len(values)
    assert all(0 <= dot.x <= WIDTH and 0 <= dot.y <= HEIGHT for dot in drawn.dots)
    assert len({(dot.x, dot.y) for dot in drawn.dots}) == len(values)


def test_more_to_the_right_and_up_is_more_of_the_attribute() -> None:
    drawn = draw_map(CATALOGUE, GUIDED, (0, 2), "", *NOTHING)
    by_across = sorted(drawn.dots, key=lambda dot: dot.across)

    assert by_across[0].x < drawn.middle[0] < by_across[-1].x
    top = max(drawn.dots, key=lambda dot: dot.up)
    assert top.y < drawn.middle[1]


def test_corners_lean_both_ways_that_they_say() -> None:
    for corner in draw_map(CATALOGUE, GUIDED, (0, 1), "", *NOTHING).corners:
        assert all(corner.across * dot.across > 0 and corner.up * dot.up > 0 for dot in corner.dots)


def test_the_taste_ends_where_the_client_stands_now() -> None:
    bought = np.array([1, 5], dtype=np.int64)
    path = np.array([[0, 0, 0], GUIDED.taste(bought)], dtype=np.float32)

    drawn = draw_map(CATALOGUE, GUIDED, (0, 1), "", bought, path)

    assert drawn.path[0] == drawn.middle
    assert [dot.item_id for dot in drawn.dots if dot.owned] == ["i1", "i5"]


def test_a_large_catalogue_is_sampled_evenly() -> None:
    n = MAX_DOTS + 500
    drawn = draw_map(*scored([[float(k % 10), float(k % 7), 0.0] for k in range(n)]), (0, 1), "", *NOTHING)

    assert drawn.n_items == n
    assert len(drawn.dots) == MAX_DOTS
    assert drawn.dots[0].item_id == "i0"
    assert drawn.dots[-1].item_id == f"i{n - 1}"


def test_a_category_without_pieces_is_an_empty_map() -> None:
    assert draw_map(CATALOGUE, GUIDED, (0, 1), "Hats", *NOTHING).dots == ()
