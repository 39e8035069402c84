"""Bounded decoding: whatever the network wants, it says only what the lexicon holds."""

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.seller.constraint import Bounded, bound
from tests.small_world import ITEMS
from tests.tiny_language_model import tiny_tokenizer

TOKENIZER = tiny_tokenizer()
V, END = len(TOKENIZER), TOKENIZER.eos_token_id
NAMES = [item.title for item in ITEMS]
LIMIT = 40
words = st.text("abcdeABZ.,'-19", min_size=1, max_size=6).filter(lambda one: not set(one) <= set(".,"))
units = st.lists(words, min_size=1, max_size=3).map(" ".join)
lexicons = st.lists(units, min_size=1, max_size=8, unique=True)


def write(lexicons, seed, wish=()):
    """Decode greedily a batch from random scores, END liked, and the wished tokens liked more; at most LIMIT tokens."""
    draw = torch.Generator().manual_seed(seed)
    bounded = Bounded(TOKENIZER, [bound(TOKENIZER, one) for one in lexicons])
    written = torch.zeros(len(lexicons), 0, dtype=torch.int64)
    finished = torch.zeros(len(lexicons), dtype=torch.bool)
    for _ in range(LIMIT):
        scores = torch.randn(len(lexicons), V, generator=draw)
        scores[:, [*wish, TOKENIZER.encode(".")[0]]] += 2.0
        allowed = bounded(written, scores)
        assert ((allowed == scores) | torch.isneginf(allowed)).all()
        chosen = allowed.argmax(dim=1).masked_fill(finished, TOKENIZER.pad_token_id)
        written = torch.cat([written, chosen[:, None]], dim=1)
        finished |= chosen == END
        if finished.all():
            break
    return [
        (TOKENIZER.decode(row, skip_special_tokens=True), bool(done))
        for row, done in zip(written, finished, strict=True)
    ]


def is_made_of(text, lexicon, whole):
    """Whether a text is sentences of units with pauses between them; not `whole`: or the beginning of such a one."""
    capitals = [one[:1].upper() + one[1:] for one in lexicon]
    at, seen = [(0, "first")], set()
    while at:
        place, state = at.pop()
        if (place, state) in seen:
            continue
        seen.add((place, state))
        rest = text[place:]
        if not rest and (state == "stop" or not whole):
            return True
        options = []
        if state in ("unit", "pause", "stop"):
            options += [(f" {one}", "unit") for one in (capitals if state == "stop" else lexicon)]
        if state == "first":
            options += [(one, "unit") for one in capitals]
        if state == "unit":
            options += [(mark, "pause") for mark in ",;:"] + [(".", "stop")]
        for said, then in options:
            if rest.startswith(said):
                at.append((place + len(said), then))
            elif not whole and said.startswith(rest):
                return True
    return False


@settings(max_examples=60, deadline=None)
@given(batch=st.lists(lexicons, min_size=1, max_size=3), seed=st.integers(0, 2**32))
def test_all_is_made_of_units_and_ends_with_a_full_stop_or_at_the_limit(batch, seed):
    for (text, is_finished), lexicon in zip(write(batch, seed), batch, strict=True):
        assert is_made_of(text, lexicon, whole=is_finished), text
        assert text.endswith(".") or not is_finished


@pytest.mark.parametrize("seed", range(20))
def test_two_names_are_never_mixed(seed):
    ((text, _),) = write([NAMES], seed)
    rest = text
    for name in sorted(NAMES, key=len, reverse=True):
        rest = re.sub(re.escape(name), "", rest)
    left = re.sub(r"[.,;:]", " ", rest).split()
    assert not left or any(name.startswith(" ".join(left)) for name in NAMES)  # the last one, cut off at the limit


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_rows_bound_is_its_own(seed):
    lexicons = [["navy tote"], ["red scarf"], ["gold"]]
    together, alone = write(lexicons, seed), [write([one], seed)[0] for one in lexicons]
    for (text, _), own, (single, _) in zip(together, lexicons, alone, strict=True):
        letters = set("".join(own).casefold())
        for said in (text, single):
            assert set(re.sub(r"[.,;: ]", "", said.casefold())) <= letters


def test_what_it_may_not_say_is_not_said_even_if_wanted():
    wanted = TOKENIZER.encode(" sweater", add_special_tokens=False)
    ((text, _),) = write([["tote"]], 0, wish=wanted)
    assert set(re.findall(r"\w+", text.casefold())) == {"tote"}


def test_a_row_that_has_ended_stays_ended():
    bounded = Bounded(TOKENIZER, [bound(TOKENIZER, ["a"])])
    said = [*TOKENIZER.encode("A"), *TOKENIZER.encode("."), END, TOKENIZER.pad_token_id]
    left = bounded(torch.tensor([said]), torch.zeros(1, V))
    assert torch.isfinite(left[0]).nonzero().flatten().tolist() == [END]


@pytest.mark.parametrize("empty", [[], [""], [" "]])
def test_of_nothing_nothing_can_be_said(empty):
    assert write([empty], 0) == [("", True)]


def test_an_empty_unit_opens_no_way_to_begin_with_a_mark():
    for seed in range(10):
        assert write([["", "tote"]], seed)[0][0].startswith("Tote")
