"""Differences between groups are found where they are planted and explained away where the ranking explains them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from agent.settings import Settings
from recsys.data.boutique import Boutique
from recsys.data.sequences import leave_one_out
from recsys.evaluation.bias_audit import EXPLAINED, MERGED, BiasReport, ExplainedSuggestion, audit_bias
from recsys.evaluation.bias_groups import explain_suggestions, groups_of
from recsys.models.popularity import PopularityRanker
from recsys.models.weights import save_ranker
from recsys.schema import Client, Evidence, Explanation, Interaction
from recsys.seller.evidence import EvidenceSet, Owned
from recsys.seller.explainer import Explainer
from tests import small_world
from ui.audit_commands import bias

ITEM = small_world.ITEMS[0]


def _cause(key: str, number: int = 1) -> Evidence:
    return Evidence(f"a{number}", "attribute", key, f"It is {key}", key, 0.5, 0.0, None, True)


def _suggestion(
    client: int, rank: int, *, explained: bool, said: tuple[str, ...] = ("warm",), could: tuple[str, ...] = ("warm",)
) -> ExplainedSuggestion:
    facts = tuple(_cause(key, number) for number, key in enumerate(could, start=1))
    evidence = EvidenceSet(ITEM, facts if explained else (), {}, False, (Owned(small_world.ITEMS[1], None),))
    cited = tuple(fact for fact in facts if fact.key in said)
    text = f"It is {' and '.join(said)}, as is much of what you have chosen."
    shown = Explanation(text, cited, {}, "template") if explained else Explanation("No strong reason.", (), {}, "none")
    return ExplainedSuggestion(f"client-{client:03}", rank, 3.0 - rank, shown, evidence)


def _of(report: BiasReport, group: str, outcome: str = EXPLAINED) -> tuple[float, float | None, bool]:
    (one,) = [one for one in report.differences if (one.group, one.outcome) == (group, outcome)]
    return one.rate, one.adjusted, one.flagged


def test_a_planted_difference_is_flagged() -> None:
    """Big houses always get a reason, small ones for every other client."""
    found = [_suggestion(k, rank, explained=bool(k % 2) or k % 4 == 0) for k in range(80) for rank in (1, 2)]
    groups = {"house size": ["big" if k % 2 else "small" for k in range(80) for _ in (1, 2)]}
    report = audit_bias(found, groups, small_world.ATTRIBUTES)
    assert _of(report, "big") == (1.0, 1 / 2, True)
    assert "differs" in report.table()


def test_a_difference_that_the_rank_explains_is_not_flagged() -> None:
    """First suggestions always have a reason, third ones never; big houses come first more often."""
    found, sizes = [], []
    for client in range(80):
        for rank in (1, 3):
            found.append(_suggestion(client, rank, explained=rank == 1))
            sizes.append("big" if (client % 4 == 0) != (rank == 1) else "small")
    report = audit_bias(found, {"house size": sizes}, small_world.ATTRIBUTES)
    rate, adjusted, flagged = _of(report, "big")
    assert rate == 3 / 4
    assert adjusted == 0.0
    assert not flagged


def test_equal_groups_are_seldom_flagged() -> None:
    rng = np.random.default_rng(5)
    found = [_suggestion(k, 1, explained=rng.random() < 0.7) for k in range(200)]
    groups = {"contact": [str(rng.integers(0, 4)) for _ in found]}
    assert audit_bias(found, groups, small_world.ATTRIBUTES).flagged == ()


def test_an_attribute_is_compared_only_where_it_could_have_been_said() -> None:
    """Knitwear says "warm" always, dresses never: dresses are not warm, so there is nothing to compare."""
    found = [_suggestion(k, 1, explained=True, could=("warm",)) for k in range(40)]
    found += [_suggestion(40 + k, 1, explained=True, could=("light",), said=("light",)) for k in range(40)]
    groups = {"preferred category": ["Knitwear"] * 40 + ["Dresses"] * 40}
    report = audit_bias(found, groups, small_world.ATTRIBUTES)
    assert report.flagged == ()
    assert not [one for one in report.differences if one.outcome.startswith("says")]


def test_hiding_a_quality_that_could_be_said_is_flagged() -> None:
    found = [_suggestion(k, 1, explained=True, could=("warm", "light"), said=("warm",)) for k in range(60)]
    found += [_suggestion(60 + k, 1, explained=True, could=("warm", "light"), said=("light",)) for k in range(60)]
    groups = {"house size": ["big"] * 60 + ["small"] * 60}
    report = audit_bias(found, groups, small_world.ATTRIBUTES)
    assert "has a strong reason: 100.0% in every group, nothing to compare" in report.table()
    assert _of(report, "big", "says 'warm' where it could") == (1.0, 1.0, True)
    assert _of(report, "big", "share of high-end phrases") == (
        1.0,
        1.0,
        True,
    )  # "warm" is a high end, "light" a low one


def test_small_groups_are_merged_or_left_out_with_a_note() -> None:
    found = [_suggestion(k, 1, explained=True) for k in range(100)]
    sizes = ["a"] * 40 + ["b"] * 30 + [f"rare {k}" for k in range(25)] + [None] * 5
    report = audit_bias(found, {"house": sizes}, None)
    assert {one.group for one in report.differences} == {"a", "b", MERGED}
    assert report.notes == ("house: 25 of 27 groups have fewer than 20 explanations or 5 clients and are merged",)
    few = audit_bias(found, {"house": ["a"] * 40 + ["b"] * 30 + ["c"] * 10 + [None] * 20}, None)
    assert {one.group for one in few.differences} == {"a"}  # of two groups the second is the first's mirror image
    assert few.notes[0].endswith("and are left out")


def test_many_explanations_of_few_clients_make_no_group() -> None:
    found = [_suggestion(k % 4, 1, explained=True) for k in range(40)] + [
        _suggestion(10 + k, 1, explained=True) for k in range(60)
    ]
    report = audit_bias(found, {"language": ["rare"] * 40 + ["common"] * 60}, None)
    assert report.differences == ()


def test_no_client_is_named_and_the_seed_decides() -> None:
    rng = np.random.default_rng(2)
    found = [_suggestion(k, 1, explained=rng.random() < 0.5) for k in range(80)]
    groups = {"house size": ["big" if k % 2 else "small" for k in range(80)]}
    report = audit_bias(found, groups, small_world.ATTRIBUTES, seed=4)
    assert "client-" not in report.table() + str(report.as_dict())
    assert audit_bias(found, groups, small_world.ATTRIBUTES, seed=4) == report


@pytest.fixture
def boutique(tmp_path: Path) -> Iterator[Boutique]:
    """Forty clients of the small world: the even ones buy two bags, the odd ones a sweater, a cardigan and a scarf."""
    opened = Boutique.create(tmp_path / "boutique")
    with opened.writer() as writer:
        writer.upsert_items(small_world.ITEMS)
        writer.put_guided_scores(small_world.SCORES)
        languages = ("French", "English")
        writer.upsert_clients(
            [
                Client(client_id=f"client-{k:03}", preferences={"language": languages[k % 2], "motto": f"motto {k}"})
                for k in range(40)
            ]
        )
        bought = [(k, item) for k in range(40) for item in (("i5", "i6", "i8") if k % 2 else ("i1", "i2"))]
        writer.add_interactions(
            [
                Interaction(client_id=f"client-{k:03}", item_id=item, position=place)
                for place, (k, item) in enumerate(bought)
            ]
        )
    yield opened
    opened.close()


def test_groups_come_from_the_boutique_and_free_text_makes_none(boutique: Boutique) -> None:
    explainer = Explainer(small_world.recommender())
    found = explain_suggestions(explainer, boutique, n_clients=40, seed=0)
    groups = groups_of(found, small_world.CATALOGUE, boutique)
    assert len(found) == 120
    assert set(groups) == {"house size", "house", "price tier", "purchases", "preferred category", "language"}
    for k, one in enumerate(found):
        odd = int(one.client_id[-3:]) % 2
        assert groups["purchases"][k] == ("3 or more" if odd else "up to 2")
        assert groups["preferred category"][k] == ("Knitwear" if odd else "Bags")
        assert groups["language"][k] == ("English" if odd else "French")
        assert groups["house size"][k] == ("big" if one.evidence.item.brand in ("Alba", "Cirro") else "small")


def test_the_command_prints_groups_and_no_clients(boutique: Boutique) -> None:
    settings = Settings(boutique=boutique.path)
    ranker = PopularityRanker.fit(leave_one_out(boutique.sequences()).train, len(small_world.ITEMS))
    folder = boutique.path / "weights" / "popularity"
    save_ranker(ranker, folder, catalogue_fingerprint=boutique.fingerprint(), info={})
    table, document = (CliRunner().invoke(bias, ["--clients", "40", *more], obj=settings) for more in ([], ["--json"]))
    assert table.exit_code == document.exit_code == 0
    assert "120 explanations for 40 clients, seed 0" in table.stdout
    assert json.loads(document.stdout)["n_clients"] == 40
    assert "client-" not in table.stdout + document.stdout
