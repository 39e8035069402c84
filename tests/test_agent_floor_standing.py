import pytest

from agent.floor.standing import items_held
from agent.records.facts import Fact
from recsys.catalogue import Catalogue
from tests.service_world import START
from tests.small_world import CATALOGUE, ITEMS


def avoid(subject: str, field: str) -> Fact:
    return Fact("avoid", subject, field, None, "s", "a1", START)


@pytest.mark.parametrize(
    ("subject", "field", "held"),
    [
        ("wool", "material", ["i6", "i10"]),
        ("red", "colour", ["i3", "i9"]),
        ("duna", "brand", ["i8", "i9", "i10"]),
        ("Scarves", "category", ["i8", "i9", "i10"]),
        ("jewelled", "anything", ["i4"]),
        ("wool", "anything", ["i6", "i10"]),
        ("wool", "no field", []),
        ("", "anything", []),
    ],
)
def test_what_is_avoided_is_looked_for_in_its_field(subject: str, field: str, held: list[str]) -> None:
    assert items_held(CATALOGUE, avoid(subject, field)) == held


def test_a_description_tells_also_what_an_item_is_without() -> None:
    free = ITEMS[0].model_copy(
        update={"description": "The clasp is free of nickel.", "attributes": {"lining": "nickel"}}
    )
    plain = ITEMS[1].model_copy(update={"description": "The clasp is free of nickel."})
    assert items_held(Catalogue([free, plain]), avoid("nickel", "anything")) == ["i1"]
