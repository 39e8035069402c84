"""Bounds greedy decoding to a lexicon: after every token only what continues an allowed word, name or phrase."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast
from transformers.generation.logits_process import LogitsProcessor

PAUSES = (",", ";", ":")
STOP = "."


@dataclass
class Node:
    """One place in a trie of token sequences; `ends` where a unit is complete."""

    children: dict[int, Node] = field(default_factory=dict)
    ends: bool = False

    def add(self, tokens: Sequence[int]) -> None:
        """Add one unit."""
        node = self
        for token in tokens:
            node = node.children.setdefault(token, Node())
        node.ends = True


@dataclass(frozen=True)
class Bound:
    """What one text may consist of, as tries of tokens.

    Attributes:
        first: Units as they begin a text, capitalised, without a space before.
        opening: Units as they begin a later sentence, capitalised, with a space before.
        inner: Units within a sentence, with a space before.
    """

    first: Node
    opening: Node
    inner: Node


@dataclass(frozen=True)
class _State:
    nodes: tuple[Node, ...]
    may_end: bool  # a sentence was just closed


def bound(tokenizer: PreTrainedTokenizerFast, units: Iterable[str]) -> Bound:
    """Return the tries of words, names and phrases.

    Args:
        tokenizer: The language model's.
        units: Each in the casing in which it stands within a sentence.
    """
    tries = Bound(Node(), Node(), Node())
    for unit in units:
        capital = unit[:1].upper() + unit[1:]
        tries.first.add(tokenizer.encode(capital, add_special_tokens=False))
        tries.opening.add(tokenizer.encode(f" {capital}", add_special_tokens=False))
        tries.inner.add(tokenizer.encode(f" {unit}", add_special_tokens=False))
    return tries


class Bounded(LogitsProcessor):
    """Leaves each row of a batch only the tokens that its bound allows next.

    Args:
        tokenizer: The language model's.
        bounds: One for each row.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, bounds: Sequence[Bound]) -> None:
        self._bounds = bounds
        self._pauses = [_only(tokenizer, mark) for mark in PAUSES]
        self._stop = _only(tokenizer, STOP)
        end, pad = tokenizer.eos_token_id, tokenizer.pad_token_id
        assert isinstance(end, int)
        assert isinstance(pad, int)
        self._end, self._pad = end, pad
        self._states = [_State((one.first,), may_end=False) for one in bounds]
        self._read = 0

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Set the scores of what may not come next to -inf; float, (B, V)."""
        for column in range(self._read, input_ids.shape[1]):
            for row, token in enumerate(input_ids[:, column].tolist()):
                self._states[row] = self._step(row, token)
        self._read = input_ids.shape[1]
        masked = torch.full_like(scores, -torch.inf)
        for row, state in enumerate(self._states):
            allowed = sorted(self._allowed(row, state))
            masked[row, allowed] = scores[row, allowed]
        return masked

    def _allowed(self, row: int, state: _State) -> set[int]:
        allowed = {token for node in state.nodes for token in node.children}
        if any(node.ends for node in state.nodes):
            allowed |= {*self._bounds[row].inner.children, *self._pauses, self._stop}
        if state.may_end:
            allowed.add(self._end)
        return allowed or {self._end}

    def _step(self, row: int, token: int) -> _State:
        bound, state = self._bounds[row], self._states[row]
        if token in (self._end, self._pad):
            return _State((), may_end=True)
        followed = [node.children[token] for node in state.nodes if token in node.children]
        if any(node.ends for node in state.nodes):
            if token in bound.inner.children:
                followed.append(bound.inner.children[token])
            elif not followed and token in self._pauses:
                return _State((bound.inner,), may_end=False)
            elif not followed and token == self._stop:
                return _State((bound.opening,), may_end=True)
        return _State(tuple(followed), may_end=False)


def _only(tokenizer: PreTrainedTokenizerFast, mark: str) -> int:
    """Return the token of a mark that is one token in every byte-level vocabulary."""
    tokens: list[int] = tokenizer.encode(mark, add_special_tokens=False)
    (token,) = tokens
    return token
