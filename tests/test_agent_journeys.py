from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agent.journeys.file import PACKAGED, Journey, read_journeys
from agent.journeys.gates import GATES
from agent.journeys.grade import EVENTS, grade
from agent.journeys.report import Report, pass_hat
from agent.journeys.stage import cast_of, fill, filled_turn, fillings, suits
from agent.journeys.transcript import ToolCall, Written, find, keep
from agent.journeys.world import belongs
from recsys.errors import InputError
from tests.played import TODAY, WORLD, card, journey_of, played, turn, words
from tests.small_world import ATTRIBUTES, CATALOGUE

# The packaged files


@pytest.mark.parametrize("name", PACKAGED)
def test_a_packaged_file_is_balanced_over_both_splits(name: str) -> None:
    journeys = read_journeys(name)
    halves = Counter(journey.split for journey in journeys)
    assert halves["development"] == halves["held-out"]
    assert {kind for journey in journeys for one in journey.turns for kind in (*one.shows, *one.hides)} <= set(EVENTS)


def test_the_demo_has_enough_journeys_of_every_kind() -> None:
    journeys = read_journeys("maison_orvane")
    kinds = Counter((journey.kind, journey.split) for journey in journeys)
    assert len(journeys) >= 70
    assert sum(len(journey.turns) for journey in journeys) >= 180
    assert all(kinds[kind, "development"] == kinds[kind, "held-out"] for kind, _ in kinds)
    assert Counter(journey.role for journey in journeys)["shopper"] >= 0.55 * len(journeys)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("journeys: [{id: abc}]", "role"),
        ("journeys: [", "not YAML"),
        (
            "journeys: [{id: a-b, role: shopper, kind: k, split: held-out, turns: [{say: x, tool: y}]}]",
            "needs an actor",
        ),
        ("journeys: [{id: a-b, role: manager, actor: m, kind: k, split: held-out, turns: [{say: x, tol: y}]}]", "tool"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_journeys(str(path))


def test_a_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="maison_orvane"):
        read_journeys("nowhere")


def test_holes_are_filled_in_messages_and_expectations() -> None:
    values = fillings(WORLD, "c1")
    assert values["brand"] in CATALOGUE.brands
    assert values["bought"] == "Borea quilted bag"
    filled = filled_turn(turn("show me {category}", slate={"category": "{category}"}), values)
    assert filled.slate is not None
    assert filled.slate.category == (values["category"],)
    assert fill("approve {code} {other}", {"code": "A1"}) == "approve A1 {other}"


def test_a_client_is_drawn_by_the_length_of_their_record() -> None:
    one = Journey.model_validate(
        {"id": "abc", "role": "shopper", "client": "few_purchases", "kind": "k", "split": "held-out",
         "turns": [{"say": "x", "tool": "reply"}]}
    )  # fmt: skip
    actor, client_id = cast_of(one, WORLD)
    assert (actor.actor_id, client_id) == ("c1", "c1")  # c3 brought back all they had
    with pytest.raises(InputError, match="no client 'c9'"):
        cast_of(one.model_copy(update={"client": "c9"}), WORLD)


def test_a_turn_for_a_boutique_without_prices_is_left_out() -> None:
    assert suits(turn(when="prices"), WORLD)
    assert not suits(turn(when="no_prices"), WORLD)


# Grade and report


def graded(*right: bool, name: str = "abc", run: int = 1) -> Any:
    one = Journey.model_validate(
        {"id": name, "role": "shopper", "client": "c1", "kind": "plain", "split": "held-out",
         "turns": [{"say": "x", "tool": "recommend"} for _ in right]}
    )  # fmt: skip
    told = journey_of()
    for number, is_right in enumerate(right):
        calls = [ToolCall(name="recommend" if is_right else "explain", args={})]
        told.turns.append(played(card("i1"), words("Here."), number=number, calls=calls))
    return grade(one, told.model_copy(update={"run": run}), WORLD, TODAY)


def test_shares_and_gates_are_counted_with_their_bounds() -> None:
    report = Report("a model", [graded(True, True), graded(True, False, name="xyz")]).as_dict()
    assert report["shares"]["right_tool"] == 3 / 4
    assert report["shares"]["right_journeys"] == 1 / 2
    assert set(report["gates"]) == set(GATES)
    assert report["gates"]["foreign"] == {"faults": 0, "turns": 0, "of": 4, "upper_bound": 3 / 4}
    assert [(one["journey"], one["turn"]) for one in report["wrong"]] == [("xyz", 2)]


def test_pass_hat_is_the_chance_that_k_runs_are_all_right() -> None:
    runs = [graded(run < 3, run=run) for run in (1, 2, 3)]  # two of three are right
    assert pass_hat(runs) == {"1": 2 / 3, "2": 1 / 3, "3": 0.0}


def test_the_table_names_each_wrong_turn() -> None:
    table = Report("a model", [graded(True, False)], [("other", "no client")]).table()
    assert "abc 2: hello  [explain]" in table
    assert "not played: other (no client)" in table
    assert "below 100.0 % of turns" in table or "so below" in table


@pytest.mark.parametrize(
    ("answer", "text", "right"),
    [
        ("not_carried", "The boutique does not carry skis.", True),
        ("not_carried", "Three finds.", False),
        ("nothing_more", "The boutique has nothing more beside what was shown already.", True),
        ("no_prices", "This catalogue has no prices, so I cannot go by price here.", True),
        ("nothing_to_undo", "There is no earlier slate to go back to.", True),
    ],
)
def test_an_answer_is_known_by_evidence_or_by_the_products_own_sentence(answer: str, text: str, right: bool) -> None:
    one = Journey.model_validate(
        {"id": "abc", "role": "shopper", "client": "c1", "kind": "k", "split": "held-out",
         "turns": [{"say": "x", "tool": "reply", "answers": answer}]}
    )  # fmt: skip
    told = journey_of()
    told.turns.append(played(words(text)))
    assert grade(one, told, WORLD, TODAY).right is right


def test_a_kept_journey_is_found_again_only_by_its_stamp(tmp_path: Path) -> None:
    told = journey_of()
    told.turns.append(played(card("i1"), words("Here."), wrote={"notes": Written(added=[{"text": "x"}])}))
    keep(tmp_path, told)
    assert find(tmp_path, "j", 1, "s") == told
    assert "Alba plain tote, €400" in (tmp_path / "j.1.txt").read_text()
    assert find(tmp_path, "j", 1, "other") is None
    assert find(tmp_path, "j", 2, "s") is None
    (tmp_path / "j.1.json").write_text("{")
    assert find(tmp_path, "j", 1, "s") is None


def test_the_referee_knows_who_may_see_whom_and_what_belongs_where() -> None:
    assert belongs(CATALOGUE.item("i1"), "totes")
    assert belongs(CATALOGUE.item("i9"), "silk scarf")
    assert not belongs(CATALOGUE.item("i5"), "bags")
    assert WORLD.kept("c3") == set()
    assert WORLD.score("i1", ATTRIBUTES.names[0]) == 9.0
