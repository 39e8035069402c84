"""Trains the compared systems and lets each write its texts, one folder a system; a killed run goes on where it was.

Nothing is chosen on test clients.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from recsys.evaluation.explanation_cases import BEST, Cases, Key, append_texts, draw_cases, read_texts, texts_path
from recsys.evaluation.explanation_systems import COMMON_START, System
from recsys.models.fitting import seeded
from recsys.recommender import Recommender
from recsys.seller.adapter import Adapter
from recsys.seller.examples import Example, blank_example
from recsys.seller.features import FrozenPaths
from recsys.seller.fitting import Prepared, TrainingConfig, fit, prepare
from recsys.seller.generator import generate, generate_plain
from recsys.seller.metadata import FieldRelevance
from recsys.seller.model import adapter_config, description
from recsys.seller.network import SellerNetwork
from recsys.seller.training import Lessons

__all__ = ["PROMPT_ONLY", "Cases", "ExplanationRun", "Key", "draw_cases", "read_texts"]

BATCH = 32
WEIGHTS = "training.safetensors"
START_EPOCHS = 2  # of the common start, for each of the systems' own
PROMPT_ONLY = "frozen language model, prompt only"

Report = Callable[[str], None]


class ExplanationRun:
    """Trains systems and lets them write.

    Args:
        folder: A folder for each system; made if missing.
        recommender: Over the boutique's catalogue.
        paths: The frozen half of the encoder, the same for all systems.
        relevance: Which metadata a request tells.
        language_model: Frozen, the same for all systems.
        tokenizer: Its tokenizer.
        lessons: What every system learns from.
        cases: What every system writes about.
        config: How every system is trained.
        on_progress: Called with one line now and then.
    """

    def __init__(
        self,
        folder: Path,
        recommender: Recommender,
        paths: FrozenPaths,
        relevance: FieldRelevance,
        language_model: LlamaForCausalLM,
        tokenizer: PreTrainedTokenizerFast,
        lessons: Lessons,
        cases: Cases,
        config: TrainingConfig,
        on_progress: Report | None = None,
    ) -> None:
        self._folder = folder
        self._recommender = recommender
        self._paths = paths
        self._relevance = relevance
        self._language_model, self._tokenizer = language_model, tokenizer
        self._lessons = lessons
        self._config = config
        self._report = on_progress or (lambda line: None)
        self.keys, self._examples = self._blank(cases)

    def texts(self, system: System | None) -> dict[Key, str]:
        """Return what a system wrote, training it and writing first where that was not done; None: the prompt only."""
        name = PROMPT_ONLY if system is None else system.name
        path = texts_path(self._folder, name)
        written = read_texts(path)
        if any(key not in written for key in self.keys):
            network = self._network(system)
            if system is not None:
                self._train(network, system, path.with_name(WEIGHTS))
            self._write(network, system, path, written)
        return {key: written[key] for key in self.keys}

    def _network(self, system: System | None) -> SellerNetwork:
        n_experts = system.n_experts if system is not None else 1
        n_ids = len(self._paths.vectors) if system is not None and system.learns_items else 0
        with seeded(self._config.seed):
            adapter = Adapter(adapter_config(self._paths, self._language_model, n_experts=n_experts, n_ids=n_ids))
            return SellerNetwork(adapter, self._language_model, self._tokenizer)

    def _train(self, network: SellerNetwork, system: System, state: Path) -> None:
        """Train a system from the common start."""
        start = self._network(COMMON_START)
        longer = replace(self._config, n_epochs=START_EPOCHS * self._config.n_epochs)
        self._fit(start, COMMON_START, texts_path(self._folder, COMMON_START.name).with_name(WEIGHTS), longer)
        network.adapter.take_tokens(start.adapter)
        self._fit(network, system, state, self._config)

    def _fit(self, network: SellerNetwork, system: System, state: Path, config: TrainingConfig) -> None:
        state.parent.mkdir(parents=True, exist_ok=True)
        train, validation = (
            self._changed(system, prepare(network, self._paths, system.inputs(part)))
            for part in (self._lessons.train, self._lessons.validation)
        )
        fit(
            network,
            train,
            validation,
            config,
            state=state,
            run=f"{config} {self._lessons.digest(system.name)}",
            on_progress=lambda line: self._report(f"{system.name}: {line}"),
        )

    @staticmethod
    def _changed(system: System, prepared: Prepared) -> Prepared:
        return Prepared(
            system.change(prepared.features), system.change(prepared.shuffled), prepared.prompts, prepared.answers
        )

    def _write(self, network: SellerNetwork, system: System | None, path: Path, written: dict[Key, str]) -> None:
        """Write what is missing, batch by batch; each batch is on disk before the next begins."""
        missing = [place for place, key in enumerate(self.keys) if key not in written]
        missing.sort(key=lambda place: len(self._examples[place].request.messages()[1]["content"]))
        started = time.monotonic()
        for start in range(0, len(missing), BATCH):
            chosen = missing[start : start + BATCH]
            examples = [self._examples[place] for place in chosen]
            if system is not None:
                examples = system.inputs(examples)
                features = system.change(self._paths.features([one.case for one in examples]))
                texts, _ = generate(network, features, [one.request for one in examples])
            else:
                texts = generate_plain(network, [one.request for one in examples])
            fresh = {self.keys[place]: text for place, text in zip(chosen, texts, strict=True)}
            append_texts(path, fresh)
            written |= fresh
            done = start + len(chosen)
            name = PROMPT_ONLY if system is None else system.name
            self._report(f"{name}: {done} of {len(missing)} texts, {(time.monotonic() - started) / done:.2f} s each")

    def _blank(self, cases: Cases) -> tuple[list[Key], list[Example]]:
        """Return the cases of all texts as examples without an answer.

        All are asked for what matters most: the compared systems learn from tested reasons alone.
        """
        rng = np.random.default_rng(self._config.seed)
        keys, examples = [], []
        for purchases, client_id, item_id, lead in cases.to_write(self._recommender.catalogue.ids.to_external):
            keys.append((client_id, item_id, lead))
            examples.append(
                blank_example(
                    self._recommender, purchases, item_id, BEST, lambda item: description(self._relevance, item), rng
                )
            )
        return keys, examples
