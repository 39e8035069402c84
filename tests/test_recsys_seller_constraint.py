"""Bounded decoding: whatever the network wants, it says one of the texts that it may say."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.seller.constraint import Bounded
from tests.tiny_language_model import tiny_tokenizer

TOKENIZER = tiny_tokenizer()
V, END = len(TOKENIZER), TOKENIZER.eos_token_id
texts = st.text("abcdeABZ.,'-19 é", min_size=1, max_size=20).filter(str.strip)
choices = st.lists(texts, min_size=1, max_size=6, unique=True)


def write(allowed, seed, wish=()):
    """Decode a batch greedily from random scores, the wished tokens liked more, until every row has ended."""
    draw = torch.Generator().manual_seed(seed)
    bounded = Bounded(TOKENIZER, allowed)
    written = torch.zeros(len(allowed), 0, dtype=torch.int64)
    finished = torch.zeros(len(allowed), dtype=torch.bool)
    while not finished.all():
        scores = torch.randn(len(allowed), V, generator=draw)
        scores[:, list(wish)] += 5.0
        left = bounded(written, scores)
        assert ((left == scores) | torch.isneginf(left)).all()
        chosen = left.argmax(dim=1).masked_fill(finished, TOKENIZER.pad_token_id)
        written = torch.cat([written, chosen[:, None]], dim=1)
        finished |= chosen == END
    assert written.shape[1] <= bounded.longest
    return [bounded.said(row, tokens) for row, tokens in enumerate(written.tolist())]


@settings(max_examples=60, deadline=None)
@given(batch=st.lists(choices, min_size=1, max_size=4), seed=st.integers(0, 2**32))
def test_every_row_says_one_of_its_own_texts_whole(batch, seed):
    for text, allowed in zip(write(batch, seed), batch, strict=True):
        assert text in allowed


def test_a_text_that_begins_another_can_be_said():
    said = {write([["a tote", "a tote and a scarf"]], seed)[0] for seed in range(20)}
    assert said == {"a tote", "a tote and a scarf"}


def test_among_what_it_may_say_the_network_chooses():
    wished = TOKENIZER.encode("scarf", add_special_tokens=False)
    assert write([["tote", "scarf"]], 0, wish=wished) == ["scarf"]


def test_a_row_that_has_ended_stays_ended():
    bounded = Bounded(TOKENIZER, [["a"]])
    left = bounded(torch.tensor([[*TOKENIZER.encode("a"), END, TOKENIZER.pad_token_id]]), torch.zeros(1, V))
    assert torch.isfinite(left[0]).nonzero().flatten().tolist() == [END]


def test_a_row_without_a_text_is_refused():
    with pytest.raises(ValueError, match="at least one text"):
        Bounded(TOKENIZER, [["a"], []])
