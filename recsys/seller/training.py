"""Trains a SELLER for one boutique: examples, frozen paths, adapter; keeps what it yields and goes on after a kill."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from recsys.data.boutique import Boutique
from recsys.data.sequences import MIN_EVALUATED, leave_one_out
from recsys.errors import InputError
from recsys.language_model import VERSION, load_language_model
from recsys.models.fitting import seeded
from recsys.models.sequence_ranker import SequenceRanker
from recsys.recommender import Recommender
from recsys.schema import Item
from recsys.seller.adapter import Adapter
from recsys.seller.examples import Example, phrasebook_examples, reference_examples
from recsys.seller.facts import Purchase, purchases_of
from recsys.seller.fitting import Progress, Report, TrainingConfig, fit, prepare
from recsys.seller.generator import generate
from recsys.seller.metadata import FieldRelevance, measure_relevance
from recsys.seller.model import Identity, Seller, adapter_config, build_paths, description, save_seller
from recsys.seller.network import SellerNetwork
from recsys.seller.references import Reference
from recsys.text_encoder import TextEncoder

N_VALIDATION = 96
N_SUGGESTIONS = 10  # the explained item is drawn among the client's best so many
REFERENCE_SHARE = 0.25  # references for each tested reason at most; more of their free wording, and the model invents
N_SAMPLES = 3
STATE = "training.safetensors"


@dataclass(frozen=True)
class Lessons:
    """What a SELLER learns from and is validated on, of different clients."""

    train: list[Example]
    validation: list[Example]

    def digest(self, of: str) -> str:
        """Return the SHA-256 of what is asked and answered, and of what else identifies a training on it."""
        digest = hashlib.sha256(of.encode())
        for one in (*self.train, *self.validation):
            digest.update(f"{one.request}\n{one.text}\n".encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class TrainingReport:
    """How a training went.

    Attributes:
        losses: Validation losses after each epoch, nats an answer token.
        n_train, n_validation: Examples.
        samples: Texts for validation cases, with the text that was to be learned.
    """

    losses: tuple[float, ...]
    n_train: int
    n_validation: int
    cpu_seconds: float
    seconds: float
    sha256: str
    samples: tuple[tuple[str, str], ...]


def train_seller(
    boutique: Boutique,
    recommender: Recommender,
    references: Sequence[Reference],
    folder: Path,
    cache: Path,
    config: TrainingConfig,
    *,
    n_phrasebook: int,
    on_progress: Report | None = None,
) -> TrainingReport:
    """Train a SELLER and save it.

    Args:
        boutique: Tested reasons are told of its training purchases, never of a client's last two.
        recommender: Over the boutique's catalogue; its ranker must be a sequence network.
        references: Written explanations; clients of other splits than "train" are not learned from.
        folder: Where it is saved, and where an interrupted training goes on.
        cache: Where the language model is kept.
        config: How.
        n_phrasebook: Histories from which examples of tested reasons are made, in the words of the phrasebook.
        on_progress: Called with one line now and then.

    Raises:
        InputError: If the ranker has no state after each purchase, or there is nothing to learn from or validate on.
    """
    started, report = time.monotonic(), on_progress or (lambda line: None)
    ranker = recommender.ranker
    if not isinstance(ranker, SequenceRanker) or ranker.config.encoder == "bert4rec":  # which reads both ways
        raise InputError(
            f"SELLER reads a state after each purchase and {ranker.name!r} has none: train sasrec, gru4rec or refined"
        )
    sequences = boutique.sequences()
    relevance = measure_relevance(recommender.catalogue, leave_one_out(sequences).train, seed=config.seed)
    report("gathering examples and testing their reasons")
    lessons = gather_lessons(boutique, recommender, references, relevance, n_phrasebook, config.seed)
    if not lessons.train or not lessons.validation:
        raise InputError(
            f"{len(lessons.train)} examples to learn from and {len(lessons.validation)} to validate on are too few: "
            "SELLER needs clients whose suggestions have a tested reason, or written references"
        )
    report(f"{len(lessons.train)} examples to learn from, {len(lessons.validation)} to validate on")
    paths = build_paths(recommender.catalogue, ranker, recommender.guided, relevance, TextEncoder.load())
    language_model, tokenizer = load_language_model(cache)
    with seeded(config.seed):
        adapter = Adapter(adapter_config(paths, language_model))
        network = SellerNetwork(adapter, language_model, tokenizer)
    train, validation = (prepare(network, paths, part) for part in (lessons.train, lessons.validation))
    shown = lessons.validation[:N_SAMPLES]

    def sample() -> list[str]:
        texts, _ = generate(network, validation.features.take(range(len(shown))), [one.request for one in shown])
        return texts

    folder.mkdir(parents=True, exist_ok=True)
    run = _run(boutique, ranker, lessons, config)
    progress = fit(network, train, validation, config, state=folder / STATE, run=run, on_progress=report, sample=sample)
    info = _info(config, lessons, progress)
    attributes = recommender.guided.names if recommender.guided is not None else ()
    identity = Identity(boutique.fingerprint(), VERSION, attributes, info)
    saved = save_seller(Seller(network, paths, relevance, identity), folder)
    (folder / STATE).unlink(missing_ok=True)
    samples = tuple((text, one.text) for text, one in zip(sample(), shown, strict=True))
    return TrainingReport(
        tuple(progress.losses),
        len(train),
        len(validation),
        progress.cpu_seconds,
        time.monotonic() - started,
        saved.sha256,
        samples,
    )


def gather_lessons(
    boutique: Boutique,
    recommender: Recommender,
    references: Sequence[Reference],
    relevance: FieldRelevance,
    n_phrasebook: int,
    seed: int,
) -> Lessons:
    """Return examples of tested reasons and written references; validation examples are of other clients.

    Clients whose references are for testing are in neither.
    """
    rng = np.random.default_rng(seed)

    def describe(item: Item) -> str:
        return description(relevance, item)

    kept_for_test = {one.user for one in references if one.split == "test"}
    kept_for_validation = {one.user for one in references if one.split == "valid"}
    clients = [one for one in boutique.sequences().clients if one not in kept_for_test | kept_for_validation]
    drawn = [clients[int(place)] for place in rng.permutation(len(clients))]
    learning = drawn[: min(n_phrasebook, max(1, len(drawn) - (N_VALIDATION - len(kept_for_validation))))]
    validating = [*sorted(kept_for_validation), *drawn[len(learning) :]][:N_VALIDATION]
    parts = []
    for chosen, n, split in ((learning, n_phrasebook, "train"), (validating, len(validating), "valid")):
        histories = _histories([training_purchases(boutique, client) for client in chosen], n, rng)
        examples = phrasebook_examples(recommender, histories, describe, rng, n_suggestions=N_SUGGESTIONS)
        written = [one for one in references if one.split == split]
        rng.shuffle(written)
        written = written[: max(1, round(REFERENCE_SHARE * len(examples)))]
        parts.append([*examples, *reference_examples(recommender, written, describe, rng)])
    return Lessons(*parts)


def _histories(everyone: Sequence[list[Purchase]], n: int, rng: np.random.Generator) -> list[list[Purchase]]:
    """Return n histories: each client's whole one, and where there are fewer clients their beginnings as well."""
    bought = [purchases for purchases in everyone if purchases]
    histories = list(bought[:n])
    while bought and len(histories) < n:
        of = bought[len(histories) % len(bought)]
        histories.append(of[: int(rng.integers(1, max(2, len(of))))])
    return histories


def training_purchases(boutique: Boutique, client_id: str) -> list[Purchase]:
    """Return a client's kept purchases without the last two, oldest first; all where there are fewer than three."""
    purchases = purchases_of(boutique.interactions(client_id))
    return purchases[:-2] if len(purchases) >= MIN_EVALUATED else purchases


def _run(boutique: Boutique, ranker: SequenceRanker, lessons: Lessons, config: TrainingConfig) -> str:
    """Return what identifies a training: a state is only ever continued by the same one."""
    states = hashlib.sha256(ranker.base_embeddings().tobytes()).hexdigest()
    return f"{asdict(config)} {VERSION} {states} {lessons.digest(boutique.fingerprint())}"


def _info(config: TrainingConfig, lessons: Lessons, progress: Progress) -> dict[str, object]:
    return {
        "training": asdict(config),
        "n_train": len(lessons.train),
        "n_validation": len(lessons.validation),
        "losses": [round(loss, 4) for loss in progress.losses],
        "cpu_seconds": round(progress.cpu_seconds),
        "torch": torch.__version__,
    }
