"""SELLER as one network: soft-prompt tokens put into the input of a frozen language model.

SELLER (arXiv 2603.24136), our reading: placeholder positions of the chat prompt are overwritten at input level, the
language model stays frozen, the loss is that of the answer's tokens alone. Two auxiliary losses, a tenth each: the
pooled answer must find the item's vector among those of the batch (InfoNCE), and from the soft prompt it must be told
whether the history was shuffled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from recsys.seller.adapter import WHOLE, Adapter, AdapterConfig, SoftPrompt
from recsys.seller.features import Features
from recsys.seller.request import SOFT, Request

AUXILIARY = 0.1  # weight of each auxiliary loss
_PLACE = -1  # stands for a soft-prompt token in a list of token ids
_TEMPERATURE = 0.1


@dataclass(frozen=True)
class Losses:
    """Losses of a batch in nats: of the answer's tokens, of finding the item, of telling the order."""

    answer: Tensor
    item: Tensor
    order: Tensor

    @property
    def total(self) -> Tensor:
        """What is minimised."""
        return self.answer + AUXILIARY * (self.item + self.order)

    def line(self) -> str:
        """Return the three losses in words."""
        answer, item, order = (float(one.detach()) for one in (self.answer, self.item, self.order))
        return f"answer {answer:.3f}, item {item:.3f}, order {order:.3f}"


class SellerNetwork(nn.Module):
    """An adapter before a frozen language model.

    Args:
        adapter: Trained.
        language_model: Frozen; never moved to the training state.
        tokenizer: Its tokenizer, with a chat template.
    """

    def __init__(self, adapter: Adapter, language_model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast) -> None:
        super().__init__()
        self.adapter = adapter
        config: AdapterConfig = adapter.config
        self.find_item = nn.Linear(config.hidden, config.behaviour)
        self.tell_order = nn.Linear(config.hidden, 1)
        self._frozen = (language_model,)  # a tuple, so that the parameters are not this module's
        self.tokenizer = tokenizer

    @property
    def language_model(self) -> LlamaForCausalLM:
        """The frozen language model."""
        return self._frozen[0]

    def prompt_ids(self, request: Request) -> list[int]:
        """Return the token ids of a request up to the answer's start, _PLACE for each soft-prompt token."""
        text = self.tokenizer.apply_chat_template(request.messages(), tokenize=False, add_generation_prompt=True)
        assert isinstance(text, str)
        pieces = text.split(SOFT)
        ids: list[int] = []
        for number, piece in enumerate(pieces):
            ids += [_PLACE] * (number > 0) + self.tokenizer.encode(piece, add_special_tokens=False)
        return ids + [_PLACE] * self.adapter.config.n_opening

    def plain_ids(self, request: Request) -> list[int]:
        """Return the token ids of a request without any soft-prompt token."""
        text = self.tokenizer.apply_chat_template(request.messages(), tokenize=False, add_generation_prompt=True)
        assert isinstance(text, str)
        return list(self.tokenizer.encode(text.replace(SOFT, ""), add_special_tokens=False))

    def answer_ids(self, text: str) -> list[int]:
        """Return the token ids of an answer and its end."""
        end = self.tokenizer.eos_token_id
        assert isinstance(end, int)
        return [*self.tokenizer.encode(text, add_special_tokens=False), end]

    def embed(self, prompts: Sequence[Sequence[int]], soft: SoftPrompt | None, *, left: bool) -> tuple[Tensor, Tensor]:
        """Return input embeddings with the soft prompt in its places, (B, T, H), and the attention mask, (B, T).

        Args:
            prompts: Token ids, _PLACE where a soft-prompt token goes: in order the four whole ones (client's
                behaviour and taste, item's behaviour and meaning follow the purchases), see `_places`.
            soft: Of the same B cases; None where the prompts have no place for it.
            left: Whether padding is put on the left, as generation needs it.
        """
        width = max(len(ids) for ids in prompts)
        pad = self.tokenizer.pad_token_id
        assert isinstance(pad, int)
        rows, mask = torch.full((len(prompts), width), pad), torch.zeros(len(prompts), width, dtype=torch.int64)
        for row, ids in enumerate(prompts):
            span = slice(width - len(ids), width) if left else slice(0, len(ids))
            rows[row, span] = torch.tensor(ids)
            mask[row, span] = 1
        places = rows == _PLACE
        table = self.language_model.get_input_embeddings()
        embedded: Tensor = table(rows.clamp(min=0))
        if soft is None:
            return embedded, mask
        n_of_case = places.sum(dim=1) - len(soft.opening)
        chosen = torch.cat(
            [torch.cat([soft.tokens[row, _places(int(n_of_case[row]))], soft.opening]) for row in range(len(prompts))]
        )
        return embedded.masked_scatter(places.unsqueeze(-1), chosen.to(embedded.dtype)), mask

    def forward(
        self, features: Features, shuffled: Features, prompts: Sequence[Sequence[int]], answers: Sequence[Sequence[int]]
    ) -> Losses:
        """Return the losses of a batch.

        Args:
            features: Of B cases.
            shuffled: Of the same cases with their history in another order.
            prompts: Their prompts' token ids.
            answers: Their answers' token ids.
        """
        soft = self.adapter(features)
        whole = [[*prompt, *answer] for prompt, answer in zip(prompts, answers, strict=True)]
        embedded, mask = self.embed(whole, soft, left=False)
        hidden = self.language_model.model(inputs_embeds=embedded, attention_mask=mask).last_hidden_state
        losses, pooled = [], []
        for row, (prompt, answer) in enumerate(zip(prompts, answers, strict=True)):
            span = hidden[row, len(prompt) - 1 : len(prompt) + len(answer) - 1]
            losses.append(span)
            pooled.append(span.float().mean(dim=0))
        logits = self.language_model.lm_head(torch.cat(losses)).float()
        labels = torch.tensor([token for answer in answers for token in answer])
        return Losses(
            functional.cross_entropy(logits, labels),
            self._find_loss(torch.stack(pooled), features.item),
            self._order_loss(soft, self.adapter(shuffled), features),
        )

    def _find_loss(self, pooled: Tensor, items: Tensor) -> Tensor:
        found = functional.normalize(self.find_item(pooled), dim=-1)
        logits = found @ functional.normalize(items, dim=-1).t() / _TEMPERATURE
        return functional.cross_entropy(logits, torch.arange(len(items)))

    def _order_loss(self, soft: SoftPrompt, shuffled: SoftPrompt, features: Features) -> Tensor:
        """Return how badly true and shuffled histories are told apart; cases of one purchase have no order."""
        ordered = features.present.sum(dim=1) > 1
        if not bool(ordered.any()):
            return torch.zeros(())
        logits = torch.cat([self.tell_order(_pooled(one))[ordered] for one in (soft, shuffled)]).squeeze(-1)
        n = int(ordered.sum())
        return functional.binary_cross_entropy_with_logits(logits, torch.cat([torch.zeros(n), torch.ones(n)]))


def _places(n: int) -> list[int]:
    """Return which soft-prompt tokens stand in a prompt of n places: client, purchases in order, item."""
    n_purchases = n - len(WHOLE)
    return [0, 1, *range(len(WHOLE), len(WHOLE) + n_purchases), 2, 3]


def _pooled(soft: SoftPrompt) -> Tensor:
    """Return the mean of the tokens that stand for something, (B, H); later purchases are told apart by their role."""
    weights = soft.present.unsqueeze(-1).float()
    return (soft.tokens * weights).sum(dim=1) / weights.sum(dim=1)
