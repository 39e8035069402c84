"""Greedy texts from soft prompts."""

import torch

from recsys.seller.constraint import Bounded
from recsys.seller.fitting import prepare
from recsys.seller.generator import MAX_TOKENS, generate, generate_plain
from tests.tiny_seller import frozen_paths, phrasebook_lessons, tiny_network

PATHS = frozen_paths()
NETWORK = tiny_network(PATHS)
EXAMPLES = phrasebook_lessons(6)
REQUESTS = [one.request for one in EXAMPLES]
FEATURES = PATHS.features([one.case for one in EXAMPLES])


def test_a_batch_writes_what_one_by_one_writes():
    together, soft = generate(NETWORK, FEATURES, REQUESTS)
    alone = [generate(NETWORK, FEATURES.take([row]), REQUESTS[row : row + 1])[0][0] for row in range(len(REQUESTS))]
    assert together == alone
    assert together == generate(NETWORK, FEATURES, REQUESTS)[0]
    assert soft.tokens.shape[0] == len(REQUESTS)


def test_texts_are_plain_lines_of_bounded_length():
    longest = max(len(token) for token in NETWORK.tokenizer.get_vocab())
    for text in generate(NETWORK, FEATURES, REQUESTS)[0]:
        assert text == " ".join(text.split())
        assert not any(special in text for special in NETWORK.tokenizer.all_special_tokens)
        assert len(text) <= MAX_TOKENS * longest


def test_the_soft_prompt_changes_what_is_written_and_the_network_is_left_in_evaluation():
    network = tiny_network(PATHS, seed=5).train()
    assert generate(network, FEATURES, REQUESTS)[0] != generate(NETWORK, FEATURES, REQUESTS)[0]
    assert not network.training


def test_without_a_soft_prompt_the_adapter_does_not_matter():
    assert generate_plain(NETWORK, REQUESTS) == generate_plain(tiny_network(PATHS, seed=5), REQUESTS)
    assert generate_plain(NETWORK, REQUESTS[:1]) == generate_plain(NETWORK, REQUESTS)[:1]


def test_bounds_hold_row_by_row_and_no_text_is_cut_off():
    long = "Red, " * MAX_TOKENS + "and no more."
    allowed = [["Navy is yours.", long] if row % 2 else [f"{row} of red."] for row in range(len(REQUESTS))]
    texts = generate(NETWORK, FEATURES, REQUESTS, Bounded(NETWORK.tokenizer, allowed))[0]
    for text, own in zip(texts, allowed, strict=True):
        assert text in own
    only_long = Bounded(NETWORK.tokenizer, [[long]] * len(REQUESTS))
    assert generate(NETWORK, FEATURES, REQUESTS, only_long)[0] == [long] * len(REQUESTS)


def test_what_was_trained_is_what_is_used():
    """The answer's first token, learned at its place in training, comes first when writing."""
    network = tiny_network(PATHS, dropout=0.0, n_opening=16)
    prepared = prepare(network, PATHS, EXAMPLES[:1])
    answers = [network.tokenizer.encode(" bag", add_special_tokens=False)[:1]]
    word = network.tokenizer.decode(answers[0]).strip()
    assert not generate(network, FEATURES.take([0]), REQUESTS[:1])[0][0].startswith(word)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.03)
    for _ in range(40):
        losses = network(prepared.features, prepared.shuffled, prepared.prompts, answers)
        optimizer.zero_grad()
        losses.answer.backward()
        optimizer.step()
    assert generate(network, FEATURES.take([0]), REQUESTS[:1])[0][0].startswith(word)
