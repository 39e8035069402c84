"""SELLER's local generator: texts from soft prompts by the frozen language model, greedy, batched, optionally bounded.

Bounded decoding lets the model choose, token by token, only among texts that the evidence holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import LogitsProcessorList

from recsys.seller.adapter import SoftPrompt
from recsys.seller.constraint import Bounded
from recsys.seller.features import Features
from recsys.seller.network import SellerNetwork
from recsys.seller.request import Request

MAX_TOKENS = 60  # after so many an unbounded text is cut off
BATCH = 16


def generate(
    network: SellerNetwork,
    features: Features,
    requests: Sequence[Request],
    bounds: Bounded | None = None,
) -> tuple[list[str], SoftPrompt]:
    """Write one text for each of B cases.

    Args:
        network: In evaluation mode.
        features: Of the B cases.
        requests: What is asked about each.
        bounds: Leaves each row only what it may say; None: anything.

    Returns:
        The texts and the soft prompt that they were written from.
    """
    network.eval()
    with torch.inference_mode():
        soft = network.adapter(features)
        embedded, mask = network.embed([network.prompt_ids(one) for one in requests], soft, left=True)
        written = _greedy(network, embedded, mask, bounds)
    if bounds is not None:
        return [bounds.said(row, tokens) for row, tokens in enumerate(written)], soft
    return _decoded(network, written), soft


def generate_plain(network: SellerNetwork, requests: Sequence[Request]) -> list[str]:
    """Write one text for each request with the language model as it came, without a soft prompt."""
    prompts = [network.plain_ids(request) for request in requests]
    with torch.inference_mode():
        embedded, mask = network.embed(prompts, None, left=True)
        written = _greedy(network, embedded, mask, None)
    return _decoded(network, written)


def _decoded(network: SellerNetwork, written: list[list[int]]) -> list[str]:
    return [" ".join(text.split()) for text in network.tokenizer.batch_decode(written, skip_special_tokens=True)]


def _greedy(network: SellerNetwork, embedded: Tensor, mask: Tensor, bounds: Bounded | None) -> list[list[int]]:
    """Return the token ids that the language model continues B embedded prompts with; unbounded, at most MAX_TOKENS."""
    model: Any = network.language_model  # its generate is typed for another class of the library
    written: Tensor = model.generate(
        inputs_embeds=embedded,
        attention_mask=mask,
        max_new_tokens=MAX_TOKENS if bounds is None else bounds.longest,
        do_sample=False,
        logits_processor=LogitsProcessorList([bounds] if bounds is not None else []),
        pad_token_id=network.tokenizer.pad_token_id,
        eos_token_id=network.tokenizer.eos_token_id,
    )
    rows: list[list[int]] = written.tolist()
    return rows
