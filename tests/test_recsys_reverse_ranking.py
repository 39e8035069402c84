import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.recommender import Recommender
from recsys.reverse_ranking import Kept, place_without, stand
from recsys.schema import Evidence
from tests.small_world import CATALOGUE, GUIDED, TasteRanker, recommender

RECOMMENDER = recommender()
ids = st.integers(1, len(CATALOGUE))
kept = st.builds(
    Kept,
    st.dictionaries(st.sampled_from(GUIDED.names), st.sampled_from([-1.0, 1.0, 2.0]), max_size=2),
    st.frozensets(ids, max_size=3),
)


def slow_places(ranked_by: Recommender, sequence: list[int], item: int, known: Kept | None) -> tuple[int, int]:
    """One ranking of the whole catalogue for one client; 0 where the item is not in it."""
    names = CATALOGUE.ids
    ranking = ranked_by.rank(
        [names.to_external(one) for one in sequence],
        k=len(CATALOGUE),
        moves=known.moves if known else {},
        exclude=[names.to_external(one) for one in known.refused] if known else [],
    )
    order = [candidate.item_id for candidate in ranking.candidates]
    name = names.to_external(item)
    return (order.index(name) + 1 if name in order else 0), len(order)


@given(
    st.lists(st.tuples(st.lists(ids, max_size=6), st.none() | kept), max_size=6), st.lists(ids, min_size=1, max_size=3)
)
def test_places_are_those_of_ranking_the_catalogue_for_each_client(
    clients: list[tuple[list[int], Kept | None]], items: list[int]
) -> None:
    sequences = [np.array(sequence, dtype=np.int64) for sequence, _ in clients]
    known = {row: one for row, (_, one) in enumerate(clients) if one is not None}
    found = stand(RECOMMENDER, sequences, items, known)
    for row, (sequence, one) in enumerate(clients):
        for column, item in enumerate(items):
            place, n_open = slow_places(RECOMMENDER, sequence, item, one)
            assert (found.place[row, column], found.n_open[row]) == (place, n_open)


def test_gain_is_what_the_clients_own_purchases_add() -> None:
    sequence = np.array([1, 2, 7], dtype=np.int64)
    scores = RECOMMENDER.scores([sequence, np.zeros(0, dtype=np.int64)])
    assert stand(RECOMMENDER, [sequence], [8]).gain[0, 0] == pytest.approx(scores[0, 8] - scores[1, 8])


def test_many_clients_are_scored_in_few_calls() -> None:
    calls: list[int] = []

    class Counting(TasteRanker):
        def score(self, sequences):  # type: ignore[no-untyped-def]
            calls.append(len(sequences))
            return super().score(sequences)

    counting = Recommender(CATALOGUE, Counting(), GUIDED)
    stand(counting, [np.array([1, 2], dtype=np.int64)] * 1000, [8])
    assert len(calls) == 3
    assert sum(calls) == 1001


@pytest.mark.parametrize("taken", ["i1", "i7", "i8"])
def test_a_purchase_is_taken_out_and_stays_owned(taken: str) -> None:
    owned = ["i1", "i7", "i8"]
    cause = Evidence("h1", "history", taken, "", "", effect=0.5, tested=True)
    ranking = RECOMMENDER.rank([one for one in owned if one != taken], k=12, exclude=[taken])
    expected = [candidate.item_id for candidate in ranking.candidates].index("i2") + 1
    assert place_without(RECOMMENDER, RECOMMENDER.internal(owned), 2, cause, None) == expected


def test_another_cause_is_taken_off_the_score() -> None:
    sequence = RECOMMENDER.internal(["i1", "i7"])
    whole = Evidence("a1", "attribute", "minimal", "", "", effect=1e6, tested=True)
    assert place_without(RECOMMENDER, sequence, 8, whole, None) == stand(RECOMMENDER, [sequence], [8]).n_open[0]
