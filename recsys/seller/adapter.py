"""SELLER's adapter: a Mixture of Experts for each path, from the encoder's inputs to soft-prompt tokens.

SELLER (arXiv 2603.24136), our reading. Each kind of input (the client, the item, a purchase) is brought to one width,
weighed by a noisy gate and mapped by the experts into the language model's embedding space. An expert centres its
input by a learned shift and maps it linearly, in low rank if wished. Tokens are normalised and begin at the root mean
square of the language model's own embeddings: without this the loss rose instead of falling.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from recsys.seller.features import N_GAPS, N_LATEST, Features

WHOLE = ("client's behaviour", "client's taste", "item's behaviour", "item's meaning")
TOKENS = (*WHOLE, *(f"purchase {number}" for number in range(1, N_LATEST + 1)))
N_GAP_COLUMNS = 8
PATHS = ("behaviour", "semantics")


@dataclass(frozen=True)
class AdapterConfig:
    """Shape of the adapter.

    Attributes:
        behaviour: Width D of the sequence model.
        meaning: Width S of the semantic vectors.
        n_attributes: Number A of guided attributes.
        hidden: Width H of the language model.
        width: To which every input is brought.
        n_experts: Experts a path; 1 is one linear map without a gate.
        rank: Of each expert's map; 0 is full rank.
        n_ids: Rows of a table of item vectors that is learned instead of reading the given ones; 0 for none.
        n_opening: Learned tokens before every answer, the same for all cases: they say how to write, not what.
        scale: Root mean square of the language model's token embeddings.
    """

    behaviour: int
    meaning: int
    n_attributes: int
    hidden: int
    width: int = 128
    n_experts: int = 4
    rank: int = 0
    n_opening: int = 16
    n_ids: int = 0
    dropout: float = 0.2
    scale: float = 0.136


class Experts(nn.Module):
    """E experts and their noisy gate. Maps (..., W) to (..., H)."""

    def __init__(self, config: AdapterConfig) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(config.n_experts, config.width))
        inner = config.rank or config.hidden
        self.inward = nn.Parameter(torch.randn(config.n_experts, config.width, inner) * config.width**-0.5)
        outward = torch.randn(config.n_experts, config.rank, config.hidden) * config.rank**-0.5 if config.rank else None
        self.outward = nn.Parameter(outward) if outward is not None else None
        self.gate = nn.Linear(config.width, config.n_experts, bias=False)
        self.noise = nn.Linear(config.width, config.n_experts, bias=False)
        nn.init.zeros_(self.gate.weight)  # all experts weigh the same until the gate has learned something
        nn.init.zeros_(self.noise.weight)
        self.dropout = nn.Dropout(config.dropout)

    def weights(self, x: Tensor) -> Tensor:
        """Return the weight of each expert, float32, (..., E), summing to 1; noisy only in training."""
        logits = self.gate(x)
        if self.training:
            logits = logits + torch.randn_like(logits) * functional.softplus(self.noise(x))
        return torch.softmax(logits, dim=-1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mapped vectors, (..., H), and the experts' weights, (..., E)."""
        weights = self.weights(x)
        centred = self.dropout(x).unsqueeze(-2) - self.shift  # (..., E, W)
        mapped = torch.einsum("...ew,ewr->...er", centred, self.inward)
        if self.outward is not None:
            mapped = torch.einsum("...er,erh->...eh", mapped, self.outward)
        return torch.einsum("...e,...eh->...h", weights, mapped), weights


@dataclass(frozen=True)
class SoftPrompt:
    """Soft-prompt tokens of B cases and what the adapter did to make them.

    Attributes:
        tokens: float32, (B, P, H), in the order of TOKENS.
        opening: Learned tokens that stand before every answer, float32, (O, H).
        present: Which tokens stand for something, bool, (B, P).
        gates: By path, the experts' weights of each token that the path feeds, float32, (B, P, E); zero elsewhere.
        attention: How much the item attends to each of its M latest purchases, float32, (B, M).
    """

    tokens: Tensor
    opening: Tensor
    present: Tensor
    gates: dict[str, Tensor]
    attention: Tensor

    def of(self, row: int) -> SoftPrompt:
        """Return the soft prompt of one case, still as a batch."""
        one = slice(row, row + 1)
        gates = {path: gates[one] for path, gates in self.gates.items()}
        return SoftPrompt(self.tokens[one], self.opening, self.present[one], gates, self.attention[one])


class Adapter(nn.Module):
    """Both paths with their experts."""

    def __init__(self, config: AdapterConfig) -> None:
        super().__init__()
        self.config = config
        d, s, a, w = config.behaviour, config.meaning, config.n_attributes, config.width
        self.gap = nn.Embedding(N_GAPS, N_GAP_COLUMNS, padding_idx=0)
        self.from_user = nn.Linear(d + 2, w)
        self.from_item = nn.Linear(d, w)
        self.from_purchase = nn.Linear(3 * d + 1 + N_GAP_COLUMNS, w)
        self.from_taste = nn.Linear(s, w)
        self.from_meaning = nn.Linear(s + 2 * a, w)
        self.from_bought_meaning = nn.Linear(s + 2 * a, w)
        self.ids = nn.Embedding(config.n_ids, d) if config.n_ids else None
        self.query, self.key = nn.Linear(s, s, bias=False), nn.Linear(s, s, bias=False)
        self.behaviour, self.semantics = Experts(config), Experts(config)
        self.role = nn.Parameter(torch.randn(len(TOKENS), config.hidden))
        self.opening = nn.Parameter(torch.randn(config.n_opening, config.hidden))
        self.norm = nn.LayerNorm(config.hidden)

    def forward(self, x: Features) -> SoftPrompt:
        """Return the soft prompt of B cases."""
        attention = self._attention(x)
        taste = torch.einsum("bm,bms->bs", attention, x.pool)
        behaviour = [
            self.from_user(torch.cat([x.user, x.whole], dim=-1)).unsqueeze(1),
            self.from_item(x.item if self.ids is None else self.ids(x.target)).unsqueeze(1),
            self.from_purchase(self._purchases(x)),
        ]
        semantics = [
            self.from_taste(taste).unsqueeze(1),
            self.from_meaning(torch.cat([x.item_meaning, x.item_guided, x.parts], dim=-1)).unsqueeze(1),
            self.from_bought_meaning(torch.cat([x.bought_meaning, x.bought_guided, _shared(x)], dim=-1)),
        ]
        by_behaviour, behaviour_gates = self.behaviour(functional.gelu(torch.cat(behaviour, dim=1)))
        by_semantics, semantic_gates = self.semantics(functional.gelu(torch.cat(semantics, dim=1)))
        tokens = torch.stack([by_behaviour[:, 0], by_semantics[:, 0], by_behaviour[:, 1], by_semantics[:, 1]], dim=1)
        tokens = torch.cat([tokens, by_behaviour[:, 2:] + by_semantics[:, 2:]], dim=1)
        whole = torch.ones(len(x), len(WHOLE), dtype=torch.bool)
        return SoftPrompt(
            self.norm(tokens + self.role) * self.config.scale,
            functional.layer_norm(self.opening, (self.config.hidden,)) * self.config.scale,
            torch.cat([whole, x.present], dim=1),
            {"behaviour": _placed(behaviour_gates, (0, 2)), "semantics": _placed(semantic_gates, (1, 3))},
            attention,
        )

    def take_tokens(self, other: Adapter) -> None:
        """Begin with the learned tokens of another adapter: its way of wording, not what it makes of a case."""
        with torch.no_grad():
            self.opening.copy_(other.opening)
            self.role.copy_(other.role)

    def _attention(self, x: Features) -> Tensor:
        """Return the item's attention to its pooled purchases, float32, (B, M); zeros where there is none."""
        likeness = torch.einsum("bs,bms->bm", self.query(x.item_meaning), self.key(x.pool)) / x.pool.shape[-1] ** 0.5
        weights = torch.softmax(likeness.masked_fill(~x.pooled, -1e4), dim=-1)
        return weights * x.pooled

    def _purchases(self, x: Features) -> Tensor:
        """Return what the behaviour path reads of each latest purchase, (B, K, 3 D + 1 + gap columns)."""
        match = x.states * x.item.unsqueeze(1)
        return torch.cat([x.states, x.bought, match, x.falls.unsqueeze(-1), self.gap(x.gaps)], dim=-1)


def _shared(x: Features) -> Tensor:
    """Return how far item and purchase lie on the same side of each attribute, weighed by what it adds, (B, K, A)."""
    return x.bought_guided * x.item_guided.unsqueeze(1) * x.parts.unsqueeze(1)


def _placed(gates: Tensor, whole: tuple[int, int]) -> Tensor:
    """Put a path's weights, (B, 2 + K, E), at the tokens that it feeds, (B, P, E)."""
    placed = torch.zeros(gates.shape[0], len(TOKENS), gates.shape[-1])
    placed[:, list(whole)] = gates[:, :2]
    placed[:, len(WHOLE) :] = gates[:, 2:]
    return placed
