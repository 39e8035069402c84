"""The client's guided embedding from a language model: it reads the last purchases and answers with digits.

Guided embedding refinement (arXiv 2504.11658), our reading of its full form: the same kind of scores that items have,
given to the client by a language model that low-rank adapters tune. All attributes are read in one pass: the answer is
written out with a neutral digit in every place, and before each place stands the distribution over what digit would
come next. As the places are always filled with the same digit, no score depends on another score.

Knows nothing of training; `recsys.guided.client_training` does that.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence, Sized
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.nn import functional
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

import prompts
from recsys.errors import ModelFileError, NotReady, StaleArtifact
from recsys.guided.attributes import AttributeSet
from recsys.guided.client_prompts import TEMPLATE, client_request
from recsys.ranker import FloatArray

CONFIG, WEIGHTS = "config.json", "adapters.safetensors"
N_DIGITS = 10
NEUTRAL_DIGIT = 5
_TRAIN = "run 'clienteller client-scorer train'"


@dataclass(frozen=True)
class AdapterConfig:
    """Which projections of the language model are adapted, and how.

    Attributes:
        rank: Of each adapter.
        strength: Its output is multiplied by strength / rank.
        n_layers: Layers that are adapted, counted from the last. The others are read once a prompt.
        projections: Names of the adapted projections in each layer.
    """

    rank: int = 16
    strength: float = 32.0
    n_layers: int = 8
    projections: tuple[str, ...] = ("q_proj", "v_proj", "o_proj")


class LoRALinear(nn.Module):
    """A frozen projection with a trainable low-rank one beside it (LoRA, arXiv 2106.09685); starts as the frozen one.

    The adapter is kept in float32 and computes in the dtype of its input.
    """

    def __init__(self, frozen: nn.Linear, config: AdapterConfig, generator: torch.Generator) -> None:
        super().__init__()
        self.frozen = frozen
        self.scale = config.strength / config.rank
        bound = frozen.in_features**-0.5
        start = torch.empty(config.rank, frozen.in_features).uniform_(-bound, bound, generator=generator)
        self.down = nn.Parameter(start)
        self.up = nn.Parameter(torch.zeros(frozen.out_features, config.rank))

    def forward(self, inputs: Tensor) -> Tensor:
        """Project (..., in) to (..., out)."""
        low = functional.linear(inputs, (self.down * self.scale).to(inputs.dtype))
        result: Tensor = self.frozen(inputs) + functional.linear(low, self.up.to(inputs.dtype))
        return result


class ClientScorer(nn.Module):
    """Scores clients on the guided attributes.

    `centre` and `spread` bring scores to z-scores, as the catalogue does for items; they are measured once, over
    training clients with the untuned model (`calibrate`), and stay as they are while the adapters learn.

    Args:
        language_model: Frozen; adapted in place.
        tokenizer: Its tokenizer, with a chat template; every digit must be one token.
        attributes: The qualities to score, in column order.
        config: The adapters.
        language_model_version: Name and hash of the language model, to which adapters belong.
        seed: Of the adapters' start.
    """

    centre: Tensor
    spread: Tensor

    def __init__(
        self,
        language_model: LlamaForCausalLM,
        tokenizer: PreTrainedTokenizerFast,
        attributes: AttributeSet,
        config: AdapterConfig,
        *,
        language_model_version: str,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.language_model = language_model
        self.config = config
        self.version = language_model_version
        self.attributes = attributes
        self._tokenizer = tokenizer
        _adapt(language_model, config, seed)
        n_attributes = len(attributes.names)
        self.register_buffer("centre", torch.full((n_attributes,), (N_DIGITS - 1) / 2))
        self.register_buffer("spread", torch.ones(n_attributes))
        self.log_scale = nn.Parameter(torch.tensor(5.0).log())  # of the scores in the recommendation loss
        self._digits = [_single_token(tokenizer, str(digit)) for digit in range(N_DIGITS)]
        self._answer, self._places = _answer_tokens(tokenizer, attributes)

    def prompt(self, titles: Sequence[str]) -> list[int]:
        """Return the tokens of one client's prompt, the answer's skeleton included.

        Args:
            titles: What the client bought, oldest first.
        """
        # An empty system message: without one the template introduces the model by its maker's name.
        request = client_request(self.attributes.domain, titles)
        messages = [{"role": "system", "content": ""}, {"role": "user", "content": request}]
        text = self._tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        return [*self._tokenizer.encode(text, add_special_tokens=False), *self._answer]

    @torch.no_grad()
    def read(self, prompts_: Sequence[Sequence[int]]) -> list[Tensor]:
        """Run prompts through the layers that are never adapted; what comes out can be kept while adapters learn.

        Args:
            prompts_: B token lists from `prompt`.

        Returns:
            Hidden states below the adapted layers, one (T, H) for each prompt, in the model's dtype.
        """
        padded = nn.utils.rnn.pad_sequence([torch.tensor(one) for one in prompts_], True, 0, "left")
        lengths = [len(one) for one in prompts_]
        model = self.language_model.model
        hidden = self._pass(model.layers[: -self.config.n_layers], model.embed_tokens(padded), lengths)
        return [row[len(row) - length :].clone() for row, length in zip(hidden, lengths, strict=True)]

    def forward(self, read: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Read scores off prompts.

        Args:
            read: B hidden states from `read`.

        Returns:
            Expected digit at each attribute's place, float32, (B, A), each in [0, 9]; and the natural logarithm of
            the probability that there is a digit at all, float32, (B, A), at most 0.
        """
        model = self.language_model.model
        padded = nn.utils.rnn.pad_sequence(list(read), True, 0.0, "left")  # the answers stand one below the other
        hidden = self._pass(model.layers[-self.config.n_layers :], padded, [len(one) for one in read])
        places = torch.tensor(self._places) + padded.shape[1] - len(self._answer)
        logits = self.language_model.lm_head(model.norm(hidden[:, places])).float()  # (B, A, vocabulary)
        digits = logits[..., self._digits]
        expected = functional.softmax(digits, dim=-1) @ torch.arange(N_DIGITS, dtype=torch.float32)
        return expected, digits.logsumexp(dim=-1) - logits.logsumexp(dim=-1)

    def _pass(self, layers: nn.ModuleList, hidden: Tensor, lengths: Sequence[int]) -> Tensor:
        """Run (B, T, H), padded on the left, through some layers; what comes out at padding means nothing."""
        place = torch.arange(hidden.shape[1])
        starts = (hidden.shape[1] - torch.tensor(lengths))[:, None]
        allowed = (place[:, None] >= place) & (place >= starts)[:, None]
        # Padding sees itself, because a softmax over nothing is not a number; nothing else sees padding.
        mask = allowed | torch.eye(len(place), dtype=torch.bool)
        # Counted from the first real token, so that in bfloat16 too a score does not depend on its neighbours.
        rotation = self.language_model.model.rotary_emb(hidden, (place - starts).clamp(min=0))
        for layer in layers:
            hidden = layer(hidden, attention_mask=mask[:, None], position_embeddings=rotation)
        return hidden

    def directions(self, expected: Tensor) -> Tensor:
        """Bring expected digits to client guided embeddings: z-scores of length 1, float32, (B, A)."""
        return functional.normalize((expected - self.centre) / self.spread, dim=-1)

    @torch.no_grad()
    def scores(self, read: Sequence[Tensor], batch: int = 16) -> FloatArray:
        """Return the scores of clients as expected digits.

        Args:
            read: B hidden states from `read`.
            batch: Clients in one pass.

        Returns:
            float32, (B, A), each in [0, 9].
        """
        result = np.zeros((len(read), len(self.attributes.names)), dtype=np.float32)
        for chosen in length_batches(read, batch):
            result[chosen] = self([read[index] for index in chosen])[0].numpy()
        return result

    def guided_embeddings(self, histories: Sequence[Sequence[str]]) -> FloatArray:
        """Return the client guided embeddings, float32, (B, A), each of length 1.

        Args:
            histories: For each of B clients, the titles of what they bought, oldest first.
        """
        read = [self.read([self.prompt(titles)])[0] for titles in histories]
        result: FloatArray = self.directions(torch.from_numpy(self.scores(read))).numpy()
        return result

    def calibrate(self, read: Sequence[Tensor]) -> None:
        """Measure `centre` and `spread` over the hidden states of two or more clients, with the model as it is now."""
        scores = torch.from_numpy(self.scores(read))
        self.centre.copy_(scores.mean(dim=0))
        self.spread.copy_(scores.std(dim=0).clamp(min=1e-3))

    @contextmanager
    def untuned(self) -> Iterator[None]:
        """Leave the adapters out inside the block."""
        adapters = [module for module in self.modules() if isinstance(module, LoRALinear)]
        scales = [adapter.scale for adapter in adapters]
        try:
            for adapter in adapters:
                adapter.scale = 0.0
            yield
        finally:
            for adapter, scale in zip(adapters, scales, strict=True):
                adapter.scale = scale

    def trainable(self) -> dict[str, nn.Parameter]:
        """Return the parameters that learn, by name: the adapters and the scale."""
        return {name: value for name, value in self.named_parameters() if value.requires_grad}

    def arrays(self) -> dict[str, Tensor]:
        """Return everything that training makes: `trainable`, `centre` and `spread`."""
        learned = {name: value.detach().clone().contiguous() for name, value in self.trainable().items()}
        return learned | {"centre": self.centre.clone(), "spread": self.spread.clone()}

    def put(self, arrays: dict[str, Tensor]) -> None:
        """Take over what `arrays` returned; raise KeyError or RuntimeError where names or shapes differ."""
        known = self.trainable() | {"centre": self.centre, "spread": self.spread}
        with torch.no_grad():
            for name, value in known.items():
                value.copy_(arrays[name])

    def identity(self) -> dict[str, Any]:
        """Return what adapters belong to: language model, attributes, prompt, shape; JSON-ready."""
        prompt = hashlib.sha256(
            json.dumps([prompts.load(TEMPLATE), self.attributes.domain, self._answer]).encode()
        ).hexdigest()[:16]
        shape = json.loads(json.dumps(asdict(self.config)))  # tuples as lists, as they are read back
        names = list(self.attributes.names)
        return {"language_model": self.version, "attributes": names, "prompt": prompt, "adapters": shape}


def length_batches(prompts_: Sequence[Sized], batch: int) -> list[list[int]]:
    """Return the places of all prompts in batches of neighbours in length, so that little padding is computed."""
    order = sorted(range(len(prompts_)), key=lambda index: len(prompts_[index]))
    return [order[start : start + batch] for start in range(0, len(order), batch)]


def _adapt(language_model: LlamaForCausalLM, config: AdapterConfig, seed: int) -> None:
    """Freeze the model and put adapters into its last layers, in place."""
    language_model.requires_grad_(False)
    generator = torch.Generator().manual_seed(seed)
    for layer in language_model.model.layers[-config.n_layers :]:
        for block in (layer.self_attn, layer.mlp):
            for name in config.projections:
                if hasattr(block, name):
                    setattr(block, name, LoRALinear(getattr(block, name), config, generator))


def _single_token(tokenizer: PreTrainedTokenizerFast, text: str) -> int:
    tokens = tokenizer.encode(text, add_special_tokens=False)
    if len(tokens) != 1:
        raise ValueError(f"{text!r} must be one token of the language model, it is {len(tokens)}")
    return int(tokens[0])


def _answer_tokens(tokenizer: PreTrainedTokenizerFast, attributes: AttributeSet) -> tuple[list[int], list[int]]:
    """Return the tokens of the answer with the neutral digit everywhere, and where each digit is foretold."""
    digit, line = str(NEUTRAL_DIGIT), tokenizer.encode("\n", add_special_tokens=False)
    tokens: list[int] = []
    places = []
    for attribute in attributes.attributes:
        tokens += tokenizer.encode(f"{attribute.label}:", add_special_tokens=False)
        places.append(len(tokens) - 1)
        tokens += [_single_token(tokenizer, digit), *line]
    return tokens[: places[-1] + 1], places


def save_scorer(scorer: ClientScorer, folder: Path, info: dict[str, Any]) -> None:
    """Write adapters and config; a reader sees the old pair of files or the new one, or is told that they differ.

    Args:
        scorer: Trained.
        folder: Made if missing.
        info: How it was made, JSON-ready.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = save(scorer.arrays())
    digest = hashlib.sha256(weights).hexdigest()
    config = {"identity": scorer.identity(), "info": info, "weights_sha256": digest}
    for name, content in ((WEIGHTS, weights), (CONFIG, json.dumps(config, indent=2).encode())):
        unfinished = folder / f"{name}.part"
        unfinished.write_bytes(content)
        os.replace(unfinished, folder / name)


def load_scorer(scorer: ClientScorer, folder: Path) -> dict[str, Any]:
    """Put saved adapters into an untuned scorer.

    Returns:
        The `info` they were saved with.

    Raises:
        NotReady: If nothing was saved here.
        StaleArtifact: If they belong to another language model, attribute set, prompt or adapter shape.
        ModelFileError: If a file is damaged.
    """
    try:
        config, weights = json.loads((folder / CONFIG).read_bytes()), (folder / WEIGHTS).read_bytes()
        if hashlib.sha256(weights).hexdigest() != config["weights_sha256"]:
            raise ModelFileError(f"{folder / WEIGHTS} is not the file that was saved: delete {folder} and {_TRAIN}")
        if config["identity"] != scorer.identity():
            raise StaleArtifact(f"adapters in {folder} belong to another model, attribute set or prompt: {_TRAIN}")
        scorer.put(load(weights))
        info: dict[str, Any] = config["info"]
    except FileNotFoundError:
        raise NotReady(f"no tuned client scorer in {folder}: {_TRAIN} first") from None
    except (ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelFileError(f"{folder} holds no client scorer: delete it and {_TRAIN}") from error
    return info
