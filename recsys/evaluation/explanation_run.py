"""Trains the compared systems and lets each write its texts, one folder a system; a killed run goes on where it was.

Every system writes for the same cases: the test references' (client, item), and every candidate of the choices of
validation and test clients, so that no text gives away which candidate was bought. Nothing is chosen on test clients.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from recsys.data.boutique import Boutique
from recsys.evaluation.explanation_systems import System
from recsys.evaluation.utility_choice import Choice, draw_choice
from recsys.models.fitting import seeded
from recsys.recommender import Recommender
from recsys.seller.adapter import Adapter
from recsys.seller.examples import Example, blank_example
from recsys.seller.facts import Purchase
from recsys.seller.features import FrozenPaths
from recsys.seller.fitting import Prepared, TrainingConfig, fit, prepare
from recsys.seller.generator import generate, generate_plain
from recsys.seller.metadata import FieldRelevance
from recsys.seller.model import adapter_config, description
from recsys.seller.network import SellerNetwork
from recsys.seller.references import Reference
from recsys.seller.training import Lessons
from recsys.trajectory import dated_sequence

BATCH = 32
TEXTS, WEIGHTS = "texts.jsonl", "training.safetensors"
PROMPT_ONLY = "frozen language model, prompt only"

Report = Callable[[str], None]
Key = tuple[str, str, str]
"""Client id, item id, and what the text leads with."""


@dataclass(frozen=True)
class Cases:
    """What is written about.

    Attributes:
        references: Test references; their texts are compared with what a system writes.
        valid, test: Choices of validation and test clients.
        purchases: Client id to the purchases that the writer sees before the held-out one, oldest first.
    """

    references: list[Reference]
    valid: list[Choice]
    test: list[Choice]
    purchases: dict[str, list[Purchase]]

    def to_write(self, catalogue_ids: Callable[[int], str]) -> Iterable[tuple[list[Purchase], str, str, str]]:
        """Yield (purchases, client id, item id, lead) for everything that a system writes."""
        for one in self.references:
            yield [Purchase(item_id, None) for item_id in one.history], one.user, one.target, "open"
        for choice in (*self.valid, *self.test):
            for candidate in choice.candidates:
                yield self.purchases[choice.client_id], choice.client_id, catalogue_ids(int(candidate)), "best"


def draw_cases(
    boutique: Boutique,
    recommender: Recommender,
    references: Sequence[Reference],
    seed: int,
    *,
    n_valid: int,
    n_candidates: int,
) -> Cases:
    """Return what is written about: the held-out purchase is each client's last one, among wrong candidates.

    Args:
        boutique: Holds the clients of the references.
        recommender: Ranks the wrong candidates.
        references: Of every split; validation and test clients are those of theirs.
        seed: Of the candidates and their order.
        n_valid: Validation clients at most.
        n_candidates: A client, the bought one included.
    """
    purchases: dict[str, list[Purchase]] = {}
    choices: dict[str, list[Choice]] = {"valid": [], "test": []}
    for split, most in (("valid", n_valid), ("test", len(references))):
        clients = [one.user for one in references if one.split == split]
        for place, client_id in enumerate(list(dict.fromkeys(clients))[:most]):
            item_ids, dates = dated_sequence(boutique.interactions(client_id))
            whole = [Purchase(item_id, date) for item_id, date in zip(item_ids, dates, strict=True)]
            seen, held_out = whole[:-1], recommender.catalogue.ids.to_internal(item_ids[-1])
            sequence = recommender.internal([one.item_id for one in seen])
            if held_out in sequence or not seen:
                continue
            rng = np.random.default_rng((seed, place, split == "test"))
            purchases[client_id] = seen
            choices[split].append(
                draw_choice(
                    recommender, client_id, sequence, held_out, rng, n_candidates=n_candidates, near_target=True
                )
            )
    tested = [one for one in references if one.split == "test"]
    return Cases(tested, choices["valid"], choices["test"], purchases)


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
        folder = self._folder / name.replace(" ", "-").replace(",", "").lower()
        folder.mkdir(parents=True, exist_ok=True)
        written = read_texts(folder / TEXTS)
        if len(written) < len(self.keys):
            network = self._network(system)
            if system is not None:
                self._train(network, system, folder / WEIGHTS)
            self._write(network, system, folder / TEXTS, written)
        return written

    def _network(self, system: System | None) -> SellerNetwork:
        n_experts = system.n_experts if system is not None else 1
        n_ids = len(self._paths.vectors) if system is not None and system.learns_items else 0
        with seeded(self._config.seed):
            adapter = Adapter(adapter_config(self._paths, self._language_model, n_experts=n_experts, n_ids=n_ids))
            return SellerNetwork(adapter, self._language_model, self._tokenizer)

    def _train(self, network: SellerNetwork, system: System, state: Path) -> None:
        train, validation = (
            self._changed(system, prepare(network, self._paths, system.inputs(part)))
            for part in (self._lessons.train, self._lessons.validation)
        )
        fit(
            network,
            train,
            validation,
            self._config,
            state=state,
            run=f"{system.name} {self._config}",
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
            with path.open("a", encoding="utf-8") as file:
                for place, text in zip(chosen, texts, strict=True):
                    written[self.keys[place]] = text
                    file.write(json.dumps([*self.keys[place], text], ensure_ascii=False) + "\n")
            done = start + len(chosen)
            name = PROMPT_ONLY if system is None else system.name
            self._report(f"{name}: {done} of {len(missing)} texts, {(time.monotonic() - started) / done:.2f} s each")

    def _blank(self, cases: Cases) -> tuple[list[Key], list[Example]]:
        """Return the cases of all texts as examples without an answer."""
        rng = np.random.default_rng(self._config.seed)
        keys, examples = [], []
        for purchases, client_id, item_id, lead in cases.to_write(self._recommender.catalogue.ids.to_external):
            keys.append((client_id, item_id, lead))
            examples.append(
                blank_example(
                    self._recommender, purchases, item_id, lead, lambda item: description(self._relevance, item), rng
                )
            )
        return keys, examples


def read_texts(path: Path) -> dict[Key, str]:
    """Return the texts that a run left, none where there is no file; a last line that was cut off is left out."""
    found: dict[Key, str] = {}
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                client_id, item_id, lead, text = json.loads(line)
            except ValueError:
                continue
            found[client_id, item_id, lead] = text
    return found
