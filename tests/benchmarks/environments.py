"""A virtual environment for each peer package, made once from its pinned requirements, and single-threaded children."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ONE_THREAD = {
    name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
}


@dataclass(frozen=True)
class Usage:
    """What a finished child used: CPU-seconds in all, peak resident memory in MB, wall seconds."""

    cpu_seconds: float
    peak_mb: float
    wall_seconds: float


def python_of(package: str, folder: Path) -> Path:
    """Return the interpreter of a peer's environment, made if it is missing, unfinished or of other requirements.

    Args:
        package: Names `requirements-<package>.txt` beside this file.
        folder: The environments are made in here.
    """
    requirements = Path(__file__).with_name(f"requirements-{package}.txt")
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    home = folder / package
    mark, python = home / "finished", home / "bin" / "python"
    if not mark.exists() or mark.read_text() != wanted:
        venv.create(home, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        mark.write_text(wanted)
    return python


def run_child(python: Path | str, script: str, arguments: Sequence[str | Path]) -> Usage:
    """Run a script of this folder on one thread and wait for it.

    Raises:
        subprocess.CalledProcessError: If it fails.
    """
    command = [str(python), str(Path(__file__).with_name(script)), *map(str, arguments)]
    offline = {"HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(ROOT)}
    started = time.monotonic()
    # Whatever a child prints is progress: only the table goes to standard output.
    child = subprocess.Popen(command, env=os.environ | ONE_THREAD | offline, stdout=sys.stderr.fileno())
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return Usage(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, time.monotonic() - started)
