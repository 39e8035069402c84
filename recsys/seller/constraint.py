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
    """One place in a trie of token sequences: the beginning that a set of texts has in common.

    Attributes:
        text: The text that ends here, None where none does.
    """

    children: dict[int, Node] = field(default_factory=dict)
    text: str | None = None

    def add(self, tokens: Sequence[int], text: str) -> None:
        """Add one text."""
        node = self
        for token in tokens:
            node = node.children.setdefault(token, Node())
        node.text = text


class Bounded(LogitsProcessor):
    """Leaves each row of a batch only the tokens with which one of its texts goes on.

    Args:
        tokenizer: The language model's.
        texts: What each row may say, at least one text each.

    Attributes:
        longest: Number of tokens of the longest text, its end included.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, texts: Sequence[Iterable[str]]) -> None:
        end = tokenizer.eos_token_id
        assert isinstance(end, int)
        self._end = end
        self._roots = [Node() for _ in texts]
        self.longest = 0
        for node, allowed in zip(self._roots, texts, strict=True):
            for text in allowed:
                tokens = [*tokenizer.encode(text, add_special_tokens=False), end]
                self.longest = max(self.longest, len(tokens))
                node.add(tokens, text)
        if not all(node.children for node in self._roots):
            raise ValueError("every row needs at least one text that it may say")
        self._nodes = list(self._roots)
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

    def said(self, row: int, tokens: Sequence[int]) -> str:
        """Return the text that a row's tokens are; what follows its end is padding."""
        node = self._roots[row]
        for token in tokens:
            if node.text is not None:
                break
            node = node.children[token]
        if node.text is None:
            raise ValueError("the tokens end before any text does")
        return node.text
