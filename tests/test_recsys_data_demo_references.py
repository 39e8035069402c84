"""Reference explanations of the demo boutique: true to the simulator, in order, varied, split by client."""

import csv
import datetime as dt
import json
import re
from collections import Counter, defaultdict

import numpy as np
import pytest

from recsys.data.demo import load_references, load_truth, open_source
from recsys.data.demo.authored import load_yaml
from recsys.data.demo.build import N_CLIENTS, SEED
from recsys.data.demo.build_catalogue import build_catalogue
from recsys.data.demo.choice_causes import MAX_HISTORY, MIN_HISTORY, N_TRAITS
from recsys.data.demo.choice_model import ChoiceModel
from recsys.data.demo.personas import make_people
from recsys.data.demo.references import ANGLE_OF, MAX_WORDS, MIN_WORDS, make_references
from recsys.data.demo.simulator import simulate
from recsys.data.sequences import kept_purchases
from recsys.seller.order_claims import ORDER_WORDS
from recsys.seller.references import ANGLES, reference_lines
from recsys.seller.titles import short_title

REFERENCES = load_references()
TRUTH = {truth.client_id: truth for truth in load_truth()}
CATALOGUE = build_catalogue(SEED)
ROW = {item.item_id: row for row, item in enumerate(CATALOGUE.items)}
NAMES = CATALOGUE.attribute_set.names
STANDARD = (CATALOGUE.scores - CATALOGUE.scores.mean(axis=0)) / CATALOGUE.scores.std(axis=0)
VOICES = load_yaml("reference_voices")
FAMILIES = np.array([item.category[0] for item in CATALOGUE.items])
IN_ORDER = [one for one in REFERENCES if one.order]


def read_events():
    events = defaultdict(list)
    with (open_source() / "interactions.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            events[row["client_id"]].append(row)
    return events


EVENTS = read_events()


def bought(client_id, item_id):
    """Return the days on which the client bought an item."""
    rows = EVENTS[client_id]
    return [
        dt.date.fromisoformat(row["at"][:10]) for row in rows if row["kind"] == "purchase" and row["item_id"] == item_id
    ]


def day_of(reference):
    """Return the day of the explained purchase: the last of that item before the two held out."""
    return bought(reference.user, reference.target)[-1]


def name(item_id):
    return short_title(CATALOGUE.items[ROW[item_id]])


def test_a_rebuild_gives_the_committed_bytes():
    model = ChoiceModel(CATALOGUE, SEED)
    people = make_people(N_CLIENTS, NAMES, SEED)
    ids = [item.item_id for item in CATALOGUE.items]
    courses = [simulate(person, model, ids, SEED) for person in people]

    made = reference_lines(make_references(CATALOGUE, model, people, courses, SEED))

    assert made.encode() == (open_source() / "explanations.jsonl").read_bytes()


def test_history_and_target_are_the_training_part_of_the_kept_purchases():
    for one in REFERENCES:
        kept = kept_purchases((row["item_id"], row["kind"], int(row["quantity"])) for row in EVENTS[one.user])
        train = kept[:-2]
        assert one.target == train[-1]
        assert list(one.history) == train[:-1][-MAX_HISTORY:]
        assert len(one.history) >= MIN_HISTORY


def test_nearly_every_client_has_one_and_the_splits_share_no_client():
    splits = defaultdict(set)
    for one in REFERENCES:
        splits[one.split].add(one.user)

    assert len(REFERENCES) > 0.9 * N_CLIENTS
    assert len({one.user for one in REFERENCES}) == len(REFERENCES)
    assert not splits["train"] & splits["valid"] | splits["train"] & splits["test"] | splits["valid"] & splits["test"]
    shares = [len(splits[split]) / len(REFERENCES) for split in ("train", "valid", "test")]
    assert shares == pytest.approx([0.7, 0.15, 0.15], abs=0.01)


def test_what_is_cited_is_named_and_what_is_named_is_cited():
    for one in REFERENCES:
        assert name(one.target) in one.text
        assert one.cites
        for cited in one.cites:
            assert cited in one.history
            assert name(cited) in one.text
        said = one.text.replace(name(one.target), "")
        for cited in one.cites:
            said = said.replace(name(cited), "")
        assert not [item for item in one.history if item not in one.cites and name(item) in said], one.text


def test_named_attributes_are_among_the_strongest_of_the_true_taste():
    for one in REFERENCES:
        taste = [span for span in TRUTH[one.user].tastes if span.start <= day_of(one)][-1].weights
        gains = np.array([taste[attribute] for attribute in NAMES]) * STANDARD[ROW[one.target]]
        strongest = {NAMES[int(column)] for column in np.argsort(-gains)[:N_TRAITS]}
        assert set(one.attributes) <= strongest, one.text
        assert all(gains[NAMES.index(attribute)] > 0.3 for attribute in one.attributes)


def test_a_style_that_shifted_follows_a_drift_that_happened():
    drifted = [one for one in IN_ORDER if one.angle == "style"]
    for one in drifted:
        (attribute,) = one.attributes
        before, after = one.cites
        drift = next(drift for drift in TRUTH[one.user].drifts if attribute in drift.moves)
        assert min(bought(one.user, before)) < drift.at <= max(bought(one.user, after))
        assert drift.at <= day_of(one)
        side = drift.moves[attribute]
        column = NAMES.index(attribute)
        assert STANDARD[ROW[before], column] * side < 0 < STANDARD[ROW[after], column] * side
        assert STANDARD[ROW[one.target], column] * side > 0

    assert len(drifted) >= 30


def test_texts_on_order_name_purchases_as_they_came():
    for one in IN_ORDER:
        if one.angle != "style":
            assert one.cites == one.history[-1:]
        places = [max(place for place, item in enumerate(one.history) if item == cited) for cited in one.cites]
        assert places == sorted(places)

    assert len(IN_ORDER) >= 60


def test_words_of_order_stand_where_the_order_counts_and_only_there():
    for one in REFERENCES:
        said = one.text
        for item_id in (one.target, *one.cites):
            said = said.replace(name(item_id), "")
        said = re.sub(r"\b(?:for|than|at) once\b", "", said)  # no word on the order of purchases
        speaks = bool(set(re.findall(r"[a-z]+", said.casefold())) & ORDER_WORDS) or "used to choose" in said
        speaks |= any(words in said for words in ("So soon after", "just taken", "by the", "it was the"))
        assert speaks == one.order, one.text


def test_dates_are_those_of_the_purchases():
    for one in REFERENCES:
        months = {f"{day:%B %Y}" for cited in one.cites for day in bought(one.user, cited)}
        assert set(re.findall(r"[A-Z][a-z]+ 20\d\d", one.text)) <= months, one.text


def test_a_repeat_is_of_what_is_used_up_and_something_new_is_new():
    for one in REFERENCES:
        row = ROW[one.target]
        owned = [ROW[item["item_id"]] for item in EVENTS[one.user] if item["kind"] == "purchase"]
        if one.angle == "repeat":
            assert CATALOGUE.lasts_days[row] > 0
            assert all(CATALOGUE.types[ROW[cited]] == CATALOGUE.types[row] for cited in one.cites)
        if one.angle == "brand":
            assert all(CATALOGUE.items[ROW[cited]].brand == CATALOGUE.items[row].brand for cited in one.cites)
        if one.angle == "novelty":
            before = [ROW[item] for item in one.history]
            assert FAMILIES[row] not in FAMILIES[before]
            assert row in owned


def test_texts_are_varied_finished_and_of_a_good_length():
    texts = [one.text for one in REFERENCES]

    # the same words twice only to two clients whom the same purchase led to the same thing
    assert len({(one.text, one.user) for one in REFERENCES}) == len(texts)
    assert len({(one.text, one.target, one.cites) for one in REFERENCES}) == len(set(texts)) >= 0.99 * len(texts)
    for text in texts:
        assert MIN_WORDS <= len(text.split()) <= MAX_WORDS
        assert text[0].isupper()
        assert text[-1] in ".?"
        assert not re.search(r"[{}]|\.\.| ,|  |€|\$|\bEUR\b", text), text
    assert Counter(one.angle for one in REFERENCES).keys() == set(ANGLES)
    assert max(Counter(one.angle for one in REFERENCES).values()) < 0.4 * len(REFERENCES)


def test_every_pattern_names_something_the_client_has():
    for form, patterns in VOICES["forms"].items():
        for pattern in patterns:
            assert "{own}" in pattern or "{other}" in pattern or form == "repeat_same", pattern


def test_every_angle_has_at_least_twelve_patterns():
    n_patterns = Counter()
    for form, patterns in VOICES["forms"].items():
        assert len(set(patterns)) == len(patterns)
        n_patterns[ANGLE_OF[form]] += len(patterns)

    assert set(n_patterns) == set(ANGLES)
    assert min(n_patterns.values()) >= 12


def test_every_word_for_an_attribute_belongs_to_one_there_is():
    for table in ("qualities", "likes"):
        assert set(VOICES[table]) == set(NAMES)
        assert all(set(sides) <= {"1", "-1"} for sides in VOICES[table].values())
    assert {name: set(sides) for name, sides in VOICES["qualities"].items()} == {
        name: set(sides) for name, sides in VOICES["likes"].items()
    }
    assert set(VOICES["unsaid"]) <= set(VOICES["families"]) == set(FAMILIES)


def test_the_file_is_json_lines():
    lines = (open_source() / "explanations.jsonl").read_text(encoding="utf-8").splitlines()

    assert all(isinstance(json.loads(line), dict) for line in lines)
