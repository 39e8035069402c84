from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.events import Card
from agent.floor import enquiries, memory, reasons
from agent.floor.standing import standing
from agent.floor.trials import Trial, tried
from recsys.faithfulness import places
from recsys.schema import Evidence
from tests.service_world import ASSOCIATE, ServiceWorld, context


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ServiceWorld]:
    world = ServiceWorld(tmp_path / "boutique")
    yield world
    world.close()


def causes_of(card: Card) -> list[Evidence]:
    assert card.reason is not None
    return sorted((fact for fact in card.reason.evidence if fact.is_cause), key=lambda fact: -fact.effect)


def test_a_program_and_a_person_are_told_of_a_test_under_the_remembered_tastes(world: ServiceWorld) -> None:
    memory.remember(world.shop, context(), "likes it much more formal", "t1:1")
    moves, purchases, n_lower = standing(world.shop, context()).moves, world.shop.purchases(context()), 0
    assert moves
    for item in world.shop.catalogue.items:
        card, trial = enquiries.explain(world.shop, ASSOCIATE, "c1", item.item_id)
        assert trial == tried(world.shop, purchases, card, moves)
        said = reasons.explain(world.shop, context(), world.slate(item.item_id), "1", world.emit).spoken
        trial = tried(world.shop, purchases, world.of_type(Card)[-1], moves)
        if trial is not None and trial.lowers:
            assert f"at place {trial.place_without} of 12 instead of {trial.place}" in said
            n_lower += 1
    assert n_lower


def test_the_strongest_cause_that_lowers_the_place_is_told_else_the_strongest(world: ServiceWorld) -> None:
    purchases = world.shop.purchases(context())
    row_of, sequence = world.shop.catalogue.ids.to_internal, world.shop.internal(purchases)
    for item in world.shop.catalogue.items:
        card, trial = enquiries.explain(world.shop, ASSOCIATE, "c1", item.item_id)
        found = [
            Trial(cause, *places(world.shop.recommender, sequence, row_of(item.item_id), cause), 12)
            for cause in causes_of(card)
        ]
        assert trial == next((one for one in found if one.lowers), found[0] if found else None)
