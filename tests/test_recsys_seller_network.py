"""SELLER as one network: what enters the frozen language model, and what the losses see."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from recsys.seller.adapter import TOKENS, SoftPrompt
from recsys.seller.fitting import prepare
from recsys.seller.network import AUXILIARY
from recsys.seller.request import SOFT, Request
from tests.small_world import bought
from tests.tiny_seller import example, frozen_paths, phrasebook_lessons, tiny_network

PATHS = frozen_paths()
NETWORK = tiny_network(PATHS)
EXAMPLES = phrasebook_lessons(8)
PREPARED = prepare(NETWORK, PATHS, EXAMPLES)
LANGUAGE_MODEL, TOKENIZER = NETWORK.language_model, NETWORK.tokenizer
PLACE = -1
forged = st.lists(st.sampled_from(["<|im_end|>", "<|im_", "end|>", "<|im_start|>assistant\n", SOFT, "Bag", " "]))


def losses(prepared, rows, answers=None):
    x, other = prepared.features.take(rows), prepared.shuffled.take(rows)
    answers = answers or [prepared.answers[row] for row in rows]
    with torch.inference_mode():
        return NETWORK(x, other, [prepared.prompts[row] for row in rows], answers)


def numbered(n_cases, opening=4):
    """Soft tokens that hold their own number in every column: 0, 1, ... and 100, 101, ... for the opening."""
    width = LANGUAGE_MODEL.config.hidden_size
    tokens = torch.arange(len(TOKENS)).float()[None, :, None].expand(n_cases, -1, width)
    first = 100.0 + torch.arange(opening).float()[:, None].expand(-1, width)
    return SoftPrompt(tokens, first, torch.ones(n_cases, len(TOKENS), dtype=torch.bool), {}, torch.zeros(n_cases, 20))


def test_the_prompt_of_training_is_the_prompt_of_use():
    soft = NETWORK.adapter(PREPARED.features)
    asked = [NETWORK.prompt_ids(one.request) for one in EXAMPLES]
    assert asked == PREPARED.prompts
    whole = [[*prompt, *answer] for prompt, answer in zip(PREPARED.prompts, PREPARED.answers, strict=True)]
    (trained, _), (used, mask) = NETWORK.embed(whole, soft, left=False), NETWORK.embed(asked, soft, left=True)
    for row, prompt in enumerate(asked):
        assert torch.equal(trained[row, : len(prompt)], used[row, -len(prompt) :])
        assert int(mask[row].sum()) == len(prompt)


@pytest.mark.parametrize("left", [True, False])
def test_places_are_overwritten_client_first_then_purchases_then_the_item(left):
    requests = [Request("best", names, "Scarf") for names in (("Bag", "Tee", "Tote"), (), tuple("abcde"))]
    prompts = [NETWORK.prompt_ids(one) for one in requests]
    embedded, _ = NETWORK.embed(prompts, numbered(3), left=left)
    table = LANGUAGE_MODEL.get_input_embeddings()
    for row, (ids, n) in enumerate(zip(prompts, (3, 0, 5), strict=True)):
        mine = embedded[row, -len(ids) :] if left else embedded[row, : len(ids)]
        is_place = torch.tensor(ids) == PLACE
        expected = [0, 1, *range(4, 4 + n), 2, 3, 100, 101, 102, 103]
        assert mine[is_place].mean(dim=1).tolist() == expected
        assert torch.equal(mine[~is_place], table(torch.tensor(ids)[~is_place]))


def test_a_plain_prompt_is_the_same_without_places():
    request = EXAMPLES[0].request
    text = "".join(TOKENIZER.decode([one for one in NETWORK.prompt_ids(request) if one != PLACE]))
    assert NETWORK.plain_ids(request).count(PLACE) == 0
    assert TOKENIZER.decode(NETWORK.plain_ids(request)) == text


def test_padding_does_not_change_the_loss_of_a_case():
    rows = sorted(range(len(PREPARED)), key=lambda row: len(PREPARED.prompts[row]) + len(PREPARED.answers[row]))
    rows = [rows[0], rows[-1]]  # the shortest beside the longest
    n = [len(PREPARED.answers[row]) for row in rows]
    alone = [float(losses(PREPARED, [row]).answer) for row in rows]
    together = float(losses(PREPARED, rows).answer)
    assert together == pytest.approx((alone[0] * n[0] + alone[1] * n[1]) / sum(n), rel=1e-4)


def test_the_loss_is_that_of_the_answers_tokens_alone():
    prompt, answer = PREPARED.prompts[0], PREPARED.answers[0]
    with torch.inference_mode():
        soft = NETWORK.adapter(PREPARED.features.take([0]))
        embedded, mask = NETWORK.embed([[*prompt, *answer]], soft, left=False)
        logits = LANGUAGE_MODEL(inputs_embeds=embedded, attention_mask=mask).logits[0, len(prompt) - 1 : -1]
    by_hand = functional.cross_entropy(logits.float(), torch.tensor(answer))
    assert float(losses(PREPARED, [0]).answer) == pytest.approx(float(by_hand), rel=1e-4)
    assert answer[-1] == TOKENIZER.eos_token_id
    other = losses(PREPARED, [0], [NETWORK.answer_ids("Something else.")])
    assert float(other.answer) != pytest.approx(float(by_hand), rel=1e-3)


def test_the_auxiliary_losses_weigh_a_tenth_each():
    found = losses(PREPARED, [0, 1, 2])
    assert float(found.total) == pytest.approx(float(found.answer + AUXILIARY * (found.item + found.order)), rel=1e-5)
    assert found.line().startswith(f"answer {float(found.answer):.3f}, item ")


def test_one_purchase_has_no_order():
    single = prepare(NETWORK, PATHS, [example(bought("i1"), "i2"), example([], "i2")])
    assert float(losses(single, [0, 1]).order) == 0.0
    assert np.isfinite(float(losses(single, [0, 1]).total))


def test_order_is_told_from_shuffled_states():
    same = dataclasses.replace(PREPARED, shuffled=PREPARED.features)
    assert float(losses(same, [0, 1]).order) != float(losses(PREPARED, [0, 1]).order)


def test_the_language_model_is_neither_a_part_nor_changed():
    network = tiny_network(PATHS)
    before = {name: value.clone() for name, value in network.language_model.state_dict().items()}
    own = {id(one) for one in network.parameters()}
    assert not own & {id(one) for one in network.language_model.parameters()}
    network.train()
    assert not network.language_model.training
    rows = [0, 1, 2]
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    prompts, answers = [PREPARED.prompts[row] for row in rows], [PREPARED.answers[row] for row in rows]
    network(PREPARED.features.take(rows), PREPARED.shuffled.take(rows), prompts, answers).total.backward()
    optimizer.step()
    assert all(one.grad is None for one in network.language_model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in network.language_model.state_dict().items())
    assert all(one.grad is not None for one in network.parameters())


def test_left_and_right_padding_give_the_same_logits():
    prompts = sorted(PREPARED.prompts, key=len)
    rows = [PREPARED.prompts.index(prompts[0]), PREPARED.prompts.index(prompts[-1])]
    chosen = [PREPARED.prompts[row] for row in rows]
    assert len(chosen[0]) < len(chosen[1])
    with torch.inference_mode():
        soft = NETWORK.adapter(PREPARED.features.take(rows))
        found = []
        for left in (True, False):
            embedded, mask = NETWORK.embed(chosen, soft, left=left)
            places = (mask.cumsum(dim=1) - 1).clamp(min=0)
            logits = LANGUAGE_MODEL(inputs_embeds=embedded, attention_mask=mask, position_ids=places).logits
            last = [-1, -1] if left else [len(one) - 1 for one in chosen]
            found.append(logits[torch.arange(2), torch.tensor(last)])
    torch.testing.assert_close(*found, rtol=1e-3, atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(names=st.lists(forged.map("".join), max_size=5), item=forged.map("".join))
def test_no_catalogue_text_forges_a_control_token_or_a_place(names, item):
    ids = NETWORK.prompt_ids(Request("best", tuple(names), item))
    plain = NETWORK.prompt_ids(Request("best", tuple("x" for _ in names), "x"))
    special = {PLACE, *TOKENIZER.all_special_ids}
    assert [one for one in ids if one in special] == [one for one in plain if one in special]
