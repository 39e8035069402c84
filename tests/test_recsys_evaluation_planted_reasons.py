import numpy as np
import pytest

from recsys.errors import InputError
from recsys.evaluation.planted_reasons import ASKED_FOR, audit, catch_rate, kinds, plant, plant_many
from recsys.seller.evidence import gather
from recsys.seller.explainer import Explainer
from tests.small_world import ATTRIBUTES, CATALOGUE, bought, recommender

CLIENTS = (bought("i1", "i7", "i2"), bought("i4", "i9", "i11"), bought("i5", "i6", "i10", "i3"))


def _cases() -> list[tuple[str, object]]:
    explainer, found = Explainer(recommender()), []
    for client in CLIENTS:
        for item in CATALOGUE.items:
            evidence = gather(recommender(), client, item.item_id)
            if evidence.of_kind("history") and item.item_id not in {one.item_id for one in client}:
                found.append((explainer.explain(client, item.item_id).text, evidence))
    return found


def test_planted_reasons_are_reproducible_and_nearly_all_caught() -> None:
    cases = _cases()
    planted = plant_many(cases, recommender(), 60, 0)  # type: ignore[arg-type]
    assert planted == plant_many(cases, recommender(), 60, 0)  # type: ignore[arg-type]
    rate = catch_rate(planted, ATTRIBUTES)
    caught, total = rate.totals()
    assert total >= 50
    assert caught >= 0.95 * total, [one.text for one in rate.missed]
    assert set(rate.planted) <= set(kinds())
    assert set(ASKED_FOR) <= set(kinds())


def test_an_honest_reason_is_counted_as_missed_when_it_passes() -> None:
    honest, evidence = _cases()[0]
    one = plant(honest, evidence, recommender(), np.random.default_rng(0), kind="wrong attribute")  # type: ignore[arg-type]
    assert one is not None
    rate = catch_rate([type(one)("honest", honest, one.evidence)], ATTRIBUTES)
    assert rate.totals() == (0, 1)
    assert rate.as_dict()["missed"] == [{"kind": "honest", "text": honest}]


def test_an_unknown_kind_is_refused() -> None:
    honest, evidence = _cases()[0]
    with pytest.raises(InputError, match="choose from wrong item"):
        plant(honest, evidence, recommender(), np.random.default_rng(0), kind="x")  # type: ignore[arg-type]


def test_the_audit_counts_by_source() -> None:
    report = audit(Explainer(recommender()), [*CLIENTS, []], k=2)
    assert sum(report.shown.values()) == 8
    assert report.shown["none"] >= 2
    assert report.share == 1.0, report.failed
