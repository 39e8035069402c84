"""Bounds greedy decoding to a set of texts: after every token only what some text of the set goes on with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast
from transformers.generation.logits_process import LogitsProcessor


@dataclass
class Node:
    """One place in a trie of token sequences: the beginning that a set of texts has in common."""

    children: dict[int, Node] = field(default_factory=dict)

    def add(self, tokens: Sequence[int]) -> None:
        """Add one text."""
        node = self
        for token in tokens:
            node = node.children.setdefault(token, Node())


class Bounded(LogitsProcessor):
    """Leaves each row of a batch only the tokens with which one of its texts goes on.

    Args:
        tokenizer: The language model's.
        texts: What each row may say, at least one text each.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, texts: Sequence[Iterable[str]]) -> None:
        end = tokenizer.eos_token_id
        assert isinstance(end, int)
        self._end = end
        self._nodes = [Node() for _ in texts]
        for node, allowed in zip(self._nodes, texts, strict=True):
            for text in allowed:
                node.add([*tokenizer.encode(text, add_special_tokens=False), end])
        if not all(node.children for node in self._nodes):
            raise ValueError("every row needs at least one text that it may say")
        self._read = 0

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Set the scores of what may not come next to -inf; float, (B, V)."""
        for column in range(self._read, input_ids.shape[1]):
            for row, token in enumerate(input_ids[:, column].tolist()):
                self._nodes[row] = self._nodes[row].children.get(token, Node())
        self._read = input_ids.shape[1]
        masked = torch.full_like(scores, -torch.inf)
        for row, node in enumerate(self._nodes):
            allowed = list(node.children) or [self._end]  # a text that has ended is padded
            masked[row, allowed] = scores[row, allowed]
        return masked
