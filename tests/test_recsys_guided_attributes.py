import pytest
import yaml

from recsys.errors import InputError
from recsys.guided.attributes import (
    Agreement,
    AttributeSet,
    GuidedAttribute,
    Poles,
    parse_attribute_set,
    read_attribute_set,
    with_poles,
)

PACKAGED = ["beauty", "boutique"]


@pytest.mark.parametrize("domain", PACKAGED)
def test_packaged_poles_are_distinct_and_say_what_items_are(domain):
    for attribute in read_attribute_set(domain).attributes:
        assert len(attribute.poles.low) == len(attribute.poles.high) == 4
        phrases = (*attribute.poles.low, *attribute.poles.high)
        assert len({phrase.split()[0] for phrase in phrases}) == 8, attribute.name  # a telling word each
        assert not any(word in ("no", "not", "never", "nothing") for phrase in phrases for word in phrase.split())


def test_the_scoring_hash_changes_with_what_changes_scores_and_nothing_else():
    beauty = read_attribute_set("beauty")
    first, *rest = beauty.attributes

    def changed(**update):
        attributes = (first.model_copy(update=update), *rest)
        return beauty.model_copy(update={"attributes": attributes}).scoring_hash

    assert changed(low="cheap", more=(), agreement=None) == beauty.scoring_hash
    assert changed(poles=Poles(low=("cheap", "poor"), high=("rich", "dear"))) != beauty.scoring_hash
    assert changed(anchors={"0": "none"}) != beauty.scoring_hash
    assert beauty.model_copy(update={"version": 2}).scoring_hash != beauty.scoring_hash
    assert beauty.model_copy(update={"stance": "Guess."}).scoring_hash != beauty.scoring_hash
    assert beauty.model_copy(update={"attributes": (*rest, first)}).scoring_hash != beauty.scoring_hash


@pytest.mark.parametrize(("mean", "statable"), [(0.59, False), (0.6, True)])
def test_measured_agreement_decides_what_may_be_stated(mean, statable):
    attributes = (GuidedAttribute(name="shine", anchors={}), GuidedAttribute(name="weight", anchors={}))
    measured = AttributeSet(domain="test", stance="", attributes=attributes).with_agreement(
        {"shine": Agreement(mean=mean, min=mean)}
    )

    assert [one.statable for one in measured.attributes] == [statable, True]


def test_a_set_stored_before_there_were_poles_gets_the_packaged_ones():
    beauty = read_attribute_set("beauty")
    bare = beauty.model_copy(
        update={"attributes": tuple(one.model_copy(update={"poles": None}) for one in beauty.attributes)}
    )

    assert with_poles(bare) == beauty
    for other in ({"version": 7}, {"domain": "../beauty"}, {"attributes": bare.attributes[1:]}):
        assert with_poles(bare.model_copy(update=other)).attributes[0].poles is None


def test_a_set_is_read_by_name_or_from_a_file(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(read_attribute_set("boutique").model_dump(mode="json")), encoding="utf-8")

    assert read_attribute_set(str(path)) == read_attribute_set("boutique")


@pytest.mark.parametrize("name", ["nothing", "../beauty", "", "Beauty"])
def test_unknown_packaged_sets_are_refused(name):
    with pytest.raises(InputError, match="no packaged attribute set"):
        read_attribute_set(name)


@pytest.mark.parametrize("poles", [{"low": ["one"], "high": ["a one", "two"]}, {"low": ["a one", "two"]}])
def test_poles_need_two_phrases_at_each_end(poles):
    text = yaml.safe_dump(
        {"domain": "test", "stance": "", "attributes": [{"name": "shine", "anchors": {}, "poles": poles}]}
    )

    with pytest.raises(InputError, match="own.yaml: attributes.0.poles"):
        parse_attribute_set(text, "own.yaml")
