"""SELLER's trained half as one thing: frozen paths, adapter and language model over one catalogue; saved and loaded.

A saved SELLER carries everything that it was trained with (the sequence model whose states it reads, the semantic
vectors, the filter of metadata), so that training the boutique's rankers anew does not make it worthless. Weights are
safetensors in half precision; config.json holds their SHA-256. The language model is not part of it: it is the
packaged one, and named by its hash.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from recsys.catalogue import Catalogue
from recsys.errors import ModelFileError, NotReady, StaleArtifact
from recsys.guided.embedding import GuidedEmbeddings
from recsys.language_model import VERSION, load_language_model
from recsys.models.refined_ranker import RefinedRanker
from recsys.models.sequence_ranker import SequenceRanker
from recsys.packaged_weights import Progress
from recsys.ranker import FloatArray
from recsys.schema import Item
from recsys.seller.adapter import Adapter, AdapterConfig
from recsys.seller.features import FrozenPaths
from recsys.seller.metadata import FieldRelevance
from recsys.seller.network import SellerNetwork
from recsys.seller.titles import short_title
from recsys.text_encoder import TextEncoder

CONFIG, WEIGHTS = "config.json", "weights.safetensors"
BUNDLED = Path(__file__).parent / "trained"  # one folder for each catalogue whose SELLER comes with the package
TRAIN = "run 'clienteller seller train'"
MEANING = 96  # columns of a semantic vector
GUIDED_SHARE = 0.5  # of the variance of semantic vectors before whitening that guided attributes have
MAX_METADATA = 60  # characters of an item's metadata in a request


@dataclass(frozen=True)
class Identity:
    """What a saved SELLER belongs to and how it was made.

    Attributes:
        catalogue_fingerprint: Of the catalogue whose items it knows.
        language_model: Name and hash of the frozen language model.
        attributes: Names of the guided attributes in column order.
        info: How it was trained (seed, data, losses, seconds), JSON-ready.
        sha256: Of the weights file; "" before it is saved.
    """

    catalogue_fingerprint: str
    language_model: str
    attributes: tuple[str, ...]
    info: Mapping[str, Any]
    sha256: str = ""


class Seller:
    """A SELLER over one catalogue.

    Args:
        network: Adapter and language model.
        paths: The frozen half of the encoder.
        relevance: Which metadata matters for which category.
        identity: What it belongs to.
    """

    def __init__(
        self, network: SellerNetwork, paths: FrozenPaths, relevance: FieldRelevance, identity: Identity
    ) -> None:
        self.network = network
        self.paths = paths
        self.relevance = relevance
        self.identity = identity

    def describe(self, item: Item) -> str:
        """Return the item's name and its relevant metadata, short, for the request to the language model."""
        return description(self.relevance, item)


def description(relevance: FieldRelevance, item: Item) -> str:
    """Return the item's name and what of its metadata matters, in at most MAX_METADATA characters more."""
    told = relevance.text(item).removeprefix(item.title).removeprefix(". ").split(". ")
    kept: list[str] = []
    for fact in told:
        if fact and len(". ".join([*kept, fact])) <= MAX_METADATA:
            kept.append(fact)
    return ". ".join([short_title(item), *kept])


def meanings(texts: FloatArray, guided: FloatArray) -> FloatArray:
    """Join text embeddings with guided attributes and whiten them.

    Args:
        texts: Unit rows of the items' relevant metadata, float32, (N, 384).
        guided: Standardised guided attributes, float32, (N + 1, A), row 0 zero; A may be 0.

    Returns:
        Semantic vectors, float32, (N + 1, MEANING): principal components of variance 1, row 0 zero; columns beyond
        the rank are zero.
    """
    parts = [_share(texts, 1.0 - GUIDED_SHARE if guided.shape[1] else 1.0)]
    if guided.shape[1]:
        parts.append(_share(guided[1:], GUIDED_SHARE))
    joined = np.hstack(parts)
    joined -= joined.mean(axis=0)
    left, sizes, _ = np.linalg.svd(joined, full_matrices=False)
    kept = min(MEANING, int((sizes > 1e-4 * sizes[0]).sum()))
    rows = np.zeros((len(texts) + 1, MEANING), dtype=np.float32)
    rows[1:, :kept] = left[:, :kept] * np.sqrt(len(texts))
    return rows


def _share(columns: FloatArray, share: float) -> FloatArray:
    """Scale columns so that their summed variance is the share."""
    total = float(columns.var(axis=0).sum())
    return np.asarray(columns * np.sqrt(share / total if total > 0 else 0.0), dtype=np.float32)


def build_paths(
    catalogue: Catalogue,
    ranker: SequenceRanker,
    guided: GuidedEmbeddings | None,
    relevance: FieldRelevance,
    encoder: TextEncoder,
) -> FrozenPaths:
    """Return the frozen half of the encoder for a trained sequence ranker."""
    texts = encoder.encode([relevance.text(item) for item in catalogue.items])
    standard = guided.standard if guided is not None else np.zeros((len(catalogue) + 1, 0), dtype=np.float32)
    return FrozenPaths(ranker, meanings(texts, standard), standard)


def adapter_config(paths: FrozenPaths, language_model: LlamaForCausalLM, **shape: Any) -> AdapterConfig:
    """Return the adapter's shape between these paths and this language model."""
    embeddings: Tensor = language_model.model.embed_tokens.weight
    return AdapterConfig(
        behaviour=paths.vectors.shape[1],
        meaning=paths.meanings.shape[1],
        n_attributes=paths.guided.shape[1],
        hidden=embeddings.shape[1],
        scale=float(embeddings.float().square().mean().sqrt()),
        **shape,
    )


def save_seller(seller: Seller, folder: Path) -> Identity:
    """Write a SELLER; a reader sees the old pair of files or the new one, or is told that they do not match.

    Returns:
        Its identity with the SHA-256 of the weights.
    """
    ranker = seller.paths.sequence_model
    tensors = {f"adapter.{name}": value.half() for name, value in seller.network.state_dict().items()}
    tensors |= {f"sequence.{name}": _half(torch.from_numpy(value)) for name, value in ranker.arrays().items()}
    tensors |= {"meanings": seller.paths.meanings.half(), "guided": seller.paths.guided.half()}
    weights = save({name: value.contiguous() for name, value in tensors.items()})
    identity = replace(seller.identity, sha256=hashlib.sha256(weights).hexdigest())
    config = {
        "identity": asdict(identity),
        "adapter": asdict(seller.network.adapter.config),
        "sequence": {"model": ranker.name, "config": asdict(ranker.config)},
        "relevance": seller.relevance.model_dump(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / WEIGHTS, weights)
    _replace(folder / CONFIG, json.dumps(config).encode())
    return identity


def find_seller(own: Path, catalogue_fingerprint: str, attributes: Sequence[str]) -> Path | None:
    """Return the folder of the SELLER of a boutique: its own, else a bundled one, else None.

    Args:
        own: Where the boutique's own would be.
        catalogue_fingerprint: Of its catalogue; one trained for another is passed over.
        attributes: Its guided attributes in column order, likewise. New scores under the same names are not noticed:
            the saved ones are read on, until SELLER is trained anew.
    """
    for folder in (own, *sorted(path.parent for path in BUNDLED.glob(f"*/{CONFIG}"))):
        if (folder / CONFIG).is_file():
            identity = _identity(folder, _read_config(folder)["identity"])
            found = (identity.catalogue_fingerprint, identity.attributes, identity.language_model)
            if found == (catalogue_fingerprint, tuple(attributes), VERSION):
                return folder
    return None


def load_seller(
    folder: Path, cache: Path, *, catalogue_fingerprint: str, on_progress: Progress | None = None
) -> Seller:
    """Read a SELLER back and load the language model.

    Args:
        folder: Where `save_seller` wrote it.
        cache: Where the language model is kept; fetched first where it is missing.
        catalogue_fingerprint: Of the catalogue that it is to speak of.
        on_progress: Called while the language model is fetched.

    Raises:
        NotReady: If nothing was saved here.
        StaleArtifact: If it was trained for another catalogue or language model.
        ModelFileError: If the weights are missing, have another SHA-256 or do not fit the config.
    """
    config = _read_config(folder)
    identity = _identity(folder, config["identity"])
    if identity.catalogue_fingerprint != catalogue_fingerprint:
        raise StaleArtifact(f"the SELLER in {folder} was trained for another catalogue: {TRAIN}")
    if identity.language_model != VERSION:
        raise StaleArtifact(
            f"the SELLER in {folder} was trained with {identity.language_model}, this is {VERSION}: {TRAIN}"
        )
    try:
        content = (folder / WEIGHTS).read_bytes()
    except FileNotFoundError:
        raise ModelFileError(f"{folder / WEIGHTS} is missing: {TRAIN}") from None
    if hashlib.sha256(content).hexdigest() != identity.sha256:
        raise ModelFileError(f"{folder / WEIGHTS} is not the file that was saved (SHA-256 differs): {TRAIN}")
    language_model, tokenizer = load_language_model(cache, on_progress)
    try:
        tensors = load(content)
        paths = FrozenPaths(
            _sequence_model(config["sequence"], tensors),
            tensors["meanings"].float().numpy(),
            tensors["guided"].float().numpy(),
        )
        adapter = Adapter(AdapterConfig(**config["adapter"]))
        relevance = FieldRelevance.model_validate(config["relevance"])
        network = _network(adapter, tensors, language_model, tokenizer)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelFileError(f"{folder}: weights do not fit the config ({reason}): {TRAIN}") from error
    return Seller(network, paths, relevance, identity)


def _identity(folder: Path, found: Any) -> Identity:
    try:
        return Identity(**found | {"attributes": tuple(found["attributes"])})
    except (KeyError, TypeError):
        raise ModelFileError(f"{folder / CONFIG} does not say what it belongs to: {TRAIN}") from None


def _network(
    adapter: Adapter,
    tensors: Mapping[str, Tensor],
    language_model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
) -> SellerNetwork:
    network = SellerNetwork(adapter, language_model, tokenizer)
    network.load_state_dict(_under("adapter.", tensors))
    return network.eval()


def _sequence_model(config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> SequenceRanker:
    kind: type[SequenceRanker] = RefinedRanker if config["model"] == "refined" else SequenceRanker
    arrays = {name: value.numpy() for name, value in _under("sequence.", tensors).items()}
    return kind.from_arrays(config["config"], arrays)


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value.float() if value.is_floating_point() else value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }


def _half(value: Tensor) -> Tensor:
    return value.half() if value.is_floating_point() else value


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / CONFIG).read_bytes())
    except FileNotFoundError:
        raise NotReady(f"no SELLER was trained in {folder}: {TRAIN}") from None
    except ValueError:
        raise ModelFileError(f"{folder / CONFIG} is not JSON: {TRAIN}") from None
    if not isinstance(config, dict) or config.keys() != {"identity", "adapter", "sequence", "relevance"}:
        raise ModelFileError(f"{folder / CONFIG} is no SELLER's config: {TRAIN}")
    return config


def _replace(path: Path, content: bytes) -> None:
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_bytes(content)
    os.replace(unfinished, path)
