import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.steering import MAX_MOVE
from recsys.what_if import Contest, price_bound, smallest_move, smallest_pair


def contest(seed: int, n_rivals: int, n_attributes: int = 4, in_force: dict[str, float] | None = None) -> Contest:
    rng = np.random.default_rng(seed)
    standard = np.clip(rng.normal(size=(n_rivals + 1, n_attributes)), -3, 3).astype(np.float32)
    scores = rng.normal(size=n_rivals + 1).astype(np.float32)
    names = tuple(f"a{number}" for number in range(n_attributes))
    return Contest(scores[1:] - scores[0], standard[0] - standard[1:], names, in_force or {})


def test_one_rival_is_passed_by_the_exact_move() -> None:
    # the item is 1.0 behind and has 2.0 more of "a": +0.5 draws level, the next tenth wins
    level = Contest(np.array([1.0], np.float32), np.array([[2.0]], np.float32), ("a",), {})
    assert smallest_move(level) == pytest.approx({"a": 0.6})
    assert level.wins({"a": 0.6})
    assert not level.wins({"a": 0.4})


def test_no_small_change_is_said_to_be_none() -> None:
    hopeless = Contest(np.array([9.0], np.float32), np.array([[1.0, 1.0]], np.float32), ("a", "b"), {})
    assert smallest_move(hopeless) is None
    assert smallest_pair(hopeless) is None


def test_two_rivals_that_pull_apart_need_two_attributes() -> None:
    gaps, leads = np.array([1.0, 1.0], np.float32), np.array([[2.0, -2.0], [-1.0, 2.0]], np.float32)
    pulled = Contest(gaps, leads, ("a", "b"), {})
    assert smallest_move(pulled) is None
    pair = smallest_pair(pulled)
    assert pair is not None
    assert set(pair) == {"a", "b"}
    assert pulled.wins(pair)


@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_the_move_wins_and_no_shorter_tenth_does(seed: int, n_rivals: int) -> None:
    found = contest(seed, n_rivals)
    moves = smallest_move(found)
    winning = [
        {name: step / 10}
        for name in found.names
        for step in range(int(-10 * MAX_MOVE), int(10 * MAX_MOVE) + 1)
        if found.wins({name: step / 10})
    ]
    if moves is None:
        assert not winning
        return
    assert found.wins(moves)
    assert all(abs(next(iter(moves.values()))) <= abs(next(iter(one.values()))) + 1e-6 for one in winning)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 300), st.floats(-2, 2, width=16))
def test_a_pair_wins_within_the_limit(seed: int, n_rivals: int, already: float) -> None:
    found = contest(seed, n_rivals, in_force={"a0": already})
    pair = smallest_pair(found)
    if pair is not None:
        assert found.wins(pair)
        assert len(pair) <= 2
        assert all(abs(found.in_force.get(name, 0.0) + move) <= MAX_MOVE + 1e-6 for name, move in pair.items())


@pytest.mark.parametrize(
    ("price", "above", "expected"),
    [
        (100, [200, 300], ("max", 100)),
        (300, [200, 100], ("min", 300)),
        (200, [100, 300], None),
        (100, [None, 200], ("max", 100)),
        (100, [100], None),
    ],
)
def test_a_price_bound_removes_what_is_above(
    price: int, above: list[int | None], expected: tuple[str, int] | None
) -> None:
    assert price_bound(price, above) == expected
