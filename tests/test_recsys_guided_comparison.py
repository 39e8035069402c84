import datetime as dt

import numpy as np
import pytest

from recsys.errors import InputError
from recsys.guided.annotation import Annotation, Provenance
from recsys.guided.attributes import Agreement, AttributeSet, GuidedAttribute
from recsys.guided.comparison import Comparison, compare, sample_ids
from recsys.guided.scores import GuidedScores

SET = AttributeSet(
    domain="test",
    stance="",
    attributes=tuple(
        GuidedAttribute(name=name, anchors={}, agreement=Agreement(mean=0.7, min=0.7))
        for name in ("same", "turned", "flat")
    ),
)
IDS = tuple(f"i{number}" for number in range(20))
ORDER = np.arange(20, dtype=np.float32)


def reference(ids=IDS):
    values = np.stack([ORDER / 4, ORDER / 4, ORDER / 4], axis=1)[: len(ids)]
    return GuidedScores(SET, tuple(ids), values, "reference")


def annotation():
    raw = np.stack([ORDER**3, -ORDER, np.ones(20, dtype=np.float32)], axis=1)
    source = Provenance("a scorer", "0" * 16, "", "relative", 2, SET.scoring_hash, dt.datetime.now(dt.UTC))
    return Annotation(SET, IDS, raw, source)


def test_order_is_all_that_counts():
    row = compare("sentence", annotation(), reference(), 0.25)

    assert row.rho == {"same": 1, "turned": -1, "flat": 0}
    assert row.mean_rho == 0
    assert row.agreement == {"same": 0.7, "turned": 0.7, "flat": 0.7}


def test_items_are_matched_by_id():
    turned = GuidedScores(SET, IDS[::-1], reference().values[::-1], "reference")

    assert compare("sentence", annotation(), turned, None).rho["same"] == 1


def test_the_table_says_how_it_was_made():
    rows = (compare("sentence", annotation(), reference(), 0.25), compare("chat", annotation(), reference(), None))
    comparison = Comparison(20, 3, rows)

    lines = comparison.table().splitlines()

    assert "20 items, seed 3" in lines[0]
    assert lines[1].split() == ["sentence", "chat"]
    assert lines[2].split() == ["same", "1.00", "(0.70)", "1.00", "(0.70)"]
    assert lines[6].split() == ["seconds", "per", "item", "0.250", "cached"]
    assert lines[7] == "sentence: a scorer"
    assert comparison.as_dict()["scorers"][0]["mean_rho"] == 0


def test_a_sample_is_fixed_by_its_seed_and_holds_scored_items_alone():
    scored = reference(IDS[:15])

    chosen = sample_ids(IDS, scored, 12, seed=1)

    assert len(set(chosen)) == 12
    assert set(chosen) <= set(IDS[:15])
    assert chosen == sample_ids(IDS, scored, 12, seed=1)
    assert chosen == sample_ids(IDS, scored, 500, seed=1)[:12]
    assert chosen != sample_ids(IDS, scored, 12, seed=2)
    assert sorted(sample_ids(IDS, scored, 500, seed=0)) == sorted(IDS[:15])


def test_too_few_items_to_compare_on():
    with pytest.raises(InputError, match="5 items to compare on"):
        sample_ids(IDS, reference(IDS[:5]), 500, seed=0)
