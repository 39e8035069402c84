"""Rankers on disk: a folder with config.json (what it is, how it was made) and weights.safetensors (the arrays).

Nothing is ever unpickled: JSON says which of the known rankers to build, safetensors holds plain arrays, and the
arrays' SHA-256 in config.json is compared before they are read.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from safetensors.numpy import load, save

from recsys.errors import ModelFileError, NotReady, StaleArtifact
from recsys.models.encoders import ENCODERS
from recsys.models.item_knn import ItemKNNRanker
from recsys.models.popularity import PopularityRanker
from recsys.models.refined_ranker import RefinedRanker
from recsys.models.sequence_ranker import SequenceRanker

CONFIG, WEIGHTS = "config.json", "weights.safetensors"
TRAIN = "run 'clienteller train'"

SavedRanker: TypeAlias = PopularityRanker | ItemKNNRanker | SequenceRanker | RefinedRanker
_RANKERS: dict[str, type[SavedRanker]] = {
    PopularityRanker.name: PopularityRanker,
    ItemKNNRanker.name: ItemKNNRanker,
    **dict.fromkeys(ENCODERS, SequenceRanker),
    "refined": RefinedRanker,
}


def save_ranker(ranker: SavedRanker, folder: Path, *, catalogue_fingerprint: str, info: Mapping[str, Any]) -> None:
    """Write a fitted ranker; a reader sees the old pair of files or the new one, or is told that they do not match.

    Args:
        ranker: A fitted ranker.
        folder: Made if missing; files in it are replaced.
        catalogue_fingerprint: Identifies the catalogue whose items the internal ids are.
        info: How it was made (seed, data, validation score, seconds), JSON-ready.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = save({name: np.ascontiguousarray(value) for name, value in ranker.arrays().items()})
    config = {
        "model": ranker.name,
        "config": asdict(ranker.config),
        "catalogue_fingerprint": catalogue_fingerprint,
        "info": dict(info),
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
    }
    _replace(folder / WEIGHTS, weights)
    _replace(folder / CONFIG, json.dumps(config, indent=2).encode())


def _replace(path: Path, content: bytes) -> None:
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_bytes(content)
    os.replace(unfinished, path)


def read_config(folder: Path) -> dict[str, Any]:
    """Return what config.json says.

    Raises:
        NotReady: If nothing was saved here.
        ModelFileError: If it is not what `save_ranker` writes.
    """
    try:
        config = json.loads((folder / CONFIG).read_bytes())
    except FileNotFoundError:
        raise NotReady(f"no trained ranker in {folder}: {TRAIN}") from None
    except ValueError:
        raise ModelFileError(f"{folder / CONFIG} is not JSON: delete {folder} and {TRAIN}") from None
    wanted = {"model", "config", "catalogue_fingerprint", "info", "weights_sha256"}
    if not isinstance(config, dict) or config.keys() != wanted or config["model"] not in _RANKERS:
        known = ", ".join(_RANKERS)
        raise ModelFileError(f"{folder / CONFIG} is no ranker's config (known: {known}): delete {folder} and {TRAIN}")
    return config


def load_ranker(folder: Path, *, catalogue_fingerprint: str) -> SavedRanker:
    """Read a fitted ranker back.

    Args:
        folder: Where `save_ranker` wrote it.
        catalogue_fingerprint: Of the catalogue that it is to rank.

    Raises:
        NotReady: If nothing was saved here.
        StaleArtifact: If it was trained on another catalogue.
        ModelFileError: If the weights are missing, have another SHA-256 or do not fit the config.
    """
    config = read_config(folder)
    if config["catalogue_fingerprint"] != catalogue_fingerprint:
        raise StaleArtifact(f"weights in {folder} were trained on another catalogue: {TRAIN} again")
    path = folder / WEIGHTS
    if not path.is_file():
        raise ModelFileError(f"{path} is missing: delete {folder} and {TRAIN}")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != config["weights_sha256"]:
        raise ModelFileError(f"{path} is not the file that was saved (SHA-256 differs): delete {folder} and {TRAIN}")
    try:
        return _RANKERS[config["model"]].from_arrays(config["config"], load(content))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelFileError(f"{folder}: weights do not fit the config ({reason}): delete it and {TRAIN}") from error
