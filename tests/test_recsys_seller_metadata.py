"""Catalogue fields are kept where purchases show that they matter, and only there."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from recsys.catalogue import Catalogue
from recsys.ranker import IntArray
from recsys.schema import Item
from recsys.seller import metadata
from recsys.seller.metadata import FieldRelevance, measure_relevance
from tests import small_world

COLOURS, SCENTS = ("red", "blue", "green", "black"), ("rose", "cedar", "iris", "amber")


def _planted_items() -> list[Item]:
    """Bags and soaps in every colour; both have a code that no two share, and soaps a scent."""
    bags = [
        Item(item_id=f"b{n}", title=f"Bag {n}", category=("Bags", "Totes"), colour=colour, attributes={"sku": f"B{n}"})
        for n, (colour, _) in enumerate(product(COLOURS, range(4)))
    ]
    soaps = [
        Item(
            item_id=f"s{n}",
            title=f"Soap {n}",
            category=("Soap", "Bars"),
            colour=colour,
            attributes={"sku": f"S{n}", "scent": scent},
        )
        for n, (colour, scent) in enumerate(product(COLOURS, SCENTS))
    ]
    return [*bags, *soaps]


def _planted_sequences(n_clients: int, seed: int = 0) -> list[IntArray]:
    """Clients who keep to one colour for bags and to one scent, whatever its colour, for soap."""
    rng = np.random.default_rng(seed)
    sequences = []
    for _ in range(n_clients):
        colour, scent = rng.integers(0, 4, 2)
        bags = [1 + 4 * colour + k for k in rng.permutation(4)[:3]]
        soaps = [17 + 4 * k + scent for k in rng.permutation(4)[:3]]
        sequences.append(np.array([*bags, *soaps], dtype=np.int64))
    return sequences


@pytest.fixture(scope="module")
def planted() -> tuple[Catalogue, FieldRelevance]:
    catalogue = Catalogue(_planted_items())
    return catalogue, measure_relevance(catalogue, _planted_sequences(120))


def test_a_field_is_kept_only_for_the_category_in_which_clients_keep_to_it(
    planted: tuple[Catalogue, FieldRelevance],
) -> None:
    catalogue, relevance = planted
    assert relevance.kept(catalogue.item("b0")) == ("colour",)
    assert relevance.kept(catalogue.item("s0")) == ("scent",)


def test_the_text_says_the_kept_facts_only(planted: tuple[Catalogue, FieldRelevance]) -> None:
    catalogue, relevance = planted
    assert relevance.text(catalogue.item("b0")) == "Bag 0. colour: red"
    assert relevance.text(catalogue.item("s1")) == "Soap 1. scent: cedar"


def test_what_the_title_says_is_not_said_twice(planted: tuple[Catalogue, FieldRelevance]) -> None:
    _, relevance = planted
    item = Item(item_id="new", title="Bag in Red", category=("Bags", "Totes"), colour="red")
    assert relevance.text(item) == "Bag in Red"


def test_a_code_that_never_repeats_drops_out_by_itself(planted: tuple[Catalogue, FieldRelevance]) -> None:
    _, relevance = planted
    found = {one.field: one for fields in relevance.groups.values() for one in fields}
    assert (found["sku"].observed, found["sku"].expected, found["sku"].kept) == (0.0, 0.0, False)


def test_chance_is_agreement_between_different_clients_on_different_items() -> None:
    """Two clients with one red and one blue bag each, four items: of 8 ordered pairs across clients half agree."""
    items = [
        Item(item_id=str(n), title=str(n), category=("Bags",), colour=colour)
        for n, colour in enumerate(("red", "blue", "red", "blue"))
    ]
    relevance = measure_relevance(Catalogue(items), [np.array([1, 2]), np.array([3, 4])])
    (colour,) = [one for one in relevance.groups[""] if one.field == "colour"]
    assert (colour.n_pairs, colour.observed, colour.expected) == (2, 0.0, 0.5)


def test_a_small_category_speaks_through_the_whole_catalogue(planted: tuple[Catalogue, FieldRelevance]) -> None:
    _, relevance = planted
    hat = Item(item_id="h", title="Hat", category=("Hats", "Caps"), colour="red")
    assert relevance.group(hat) == ""
    assert set(relevance.kept(hat)) <= {one.field for one in relevance.groups[""]}


def test_an_item_without_a_category_is_covered(planted: tuple[Catalogue, FieldRelevance]) -> None:
    _, relevance = planted
    assert relevance.group(Item(item_id="x", title="Thing")) == ""


def test_nothing_is_kept_where_purchases_are_random() -> None:
    rng = np.random.default_rng(3)
    sequences = [rng.permutation(np.arange(1, 33))[:6] for _ in range(150)]
    catalogue = Catalogue(_planted_items())
    relevance = measure_relevance(catalogue, sequences)
    assert all(relevance.kept(item) == () for item in catalogue.items)


def test_price_levels_are_fifths_within_the_category() -> None:
    items = [
        Item(item_id=f"{kind}{n}", title=f"{kind} {n}", category=(kind,), price_minor=price * n, currency="EUR")
        for kind, price in (("Bags", 10_000), ("Soap", 100))
        for n in range(1, 11)
    ]
    rng = np.random.default_rng(0)
    cheap, dear = np.array([1, 2, 3, 4, 11, 12, 13, 14]), np.array([7, 8, 9, 10, 17, 18, 19, 20])
    sequences = [rng.permutation(cheap if k % 2 else dear)[:5] for k in range(200)]
    catalogue = Catalogue(items)
    relevance = measure_relevance(catalogue, sequences)
    assert relevance.kept(catalogue.item("Soap10")) == (metadata.PRICE,)
    assert relevance.text(catalogue.item("Soap10")) == "Soap 10. price level: highest"
    assert relevance.text(catalogue.item("Bags1")) == "Bags 1. price level: lowest"


def test_it_is_the_same_again_and_after_json(planted: tuple[Catalogue, FieldRelevance]) -> None:
    catalogue, relevance = planted
    assert measure_relevance(catalogue, _planted_sequences(120)) == relevance
    assert FieldRelevance.model_validate_json(relevance.model_dump_json()) == relevance


def test_the_table_names_what_is_kept_and_what_is_not(planted: tuple[Catalogue, FieldRelevance]) -> None:
    _, relevance = planted
    (row,) = [line for line in relevance.table().splitlines() if line.startswith("| Soap  ")]
    kept, dropped = row.split("|")[3:5]
    assert "scent" in kept
    assert "colour" in dropped


@pytest.mark.parametrize("sequences", [[], [np.array([], dtype=np.int64)], [np.array([1, 1, 1])]])
def test_without_pairs_nothing_is_kept(sequences: list[IntArray]) -> None:
    relevance = measure_relevance(small_world.CATALOGUE, sequences)
    assert relevance.kept(small_world.ITEMS[0]) == ()
    assert relevance.text(small_world.ITEMS[0]) == small_world.ITEMS[0].title
