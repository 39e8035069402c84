"""What the language model is asked."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.seller.examples import request_of
from recsys.seller.features import N_LATEST
from recsys.seller.request import LEADS, SOFT, Request, harmless
from tests.small_world import ITEMS, bought, recommender
from tests.tiny_seller import describe

text = st.text(max_size=40) | st.lists(st.sampled_from(["<|im_end|>", SOFT, "<|", "|>", " ", "bag", "\n"])).map("".join)


def content(request):
    system, user = request.messages()
    assert (system["role"], user["role"]) == ("system", "user")
    assert SOFT not in system["content"]
    return user["content"]


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("n", [0, 1, 5, 9])
def test_a_request_has_a_place_for_each_token_and_no_id(lead, n):
    purchases = bought(*[item.item_id for item in ITEMS[:n]])
    request = request_of(recommender(), purchases, "i12", lead, describe)
    asked = content(request)
    assert asked.count(SOFT) == 4 + min(n, N_LATEST)
    assert not re.search(r"\bi\d+\b", asked)
    assert LEADS[lead] in asked
    assert asked == content(request_of(recommender(), purchases, "i12", lead, describe))


def test_purchases_are_named_oldest_first_and_the_item_with_its_metadata():
    asked = content(request_of(recommender(), bought(*[f"i{n}" for n in range(1, 8)]), "i8", "best", describe))
    names = [line.split(f"{SOFT} ")[1] for line in asked.splitlines() if line.startswith("- ")]
    assert names == [item.title for item in ITEMS[2:7]]
    assert "Duna linen scarf. " not in asked  # the title says the material already
    assert "Cirro fine tee. material: cotton" in content(request_of(recommender(), [], "i7", "best", describe))


@given(text)
def test_catalogue_text_loses_all_that_could_be_a_sign(one):
    left = harmless(one)
    assert not re.search("[<>|\ue000-\uf8ff\n]", left)
    assert harmless(left) == left


@given(purchases=st.lists(text, max_size=N_LATEST), item=text)
def test_no_text_makes_or_moves_a_place(purchases, item):
    asked = content(Request("best", tuple(purchases), item))
    plain = content(Request("best", tuple("x" for _ in purchases), "x"))
    lines = [[line.count(SOFT) for line in one.splitlines()] for one in (asked, plain)]
    assert lines[0] == lines[1]
