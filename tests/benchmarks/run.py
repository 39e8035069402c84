"""Measures our rankers and their peers in one run: the same split, budget, metric and machine, a process each.

Run it with the project's own interpreter from the project's folder; README.md beside this file says more.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from tests.benchmarks.comparison import REFERENCE, check_lists, quality, table
from tests.benchmarks.environments import ROOT, python_of, run_child
from tests.benchmarks.measured_process import RESULT, TOP
from tests.benchmarks.split_files import read_split, read_targets

PART = "part.json"
USUAL_BUDGET = 200.0
PROTOCOL = (
    "leave-one-out; trained without the last two items of each client; validation item in the test input; all items "
    "ranked; owned items masked; last item as target; metrics from each system's first 50; one thread; CPU-seconds "
    "are user and system time of the process; training without validation; clients a CPU-second: first 10 for all "
    "test clients by the system's own public call; peak memory: resident set of the whole process"
)


@dataclass(frozen=True)
class System:
    """One row: the script that measures it, the peer package that it needs, whether it reads the item texts."""

    name: str
    script: str
    package: str | None = None
    reads_texts: bool = False


# Ours first: the budget of the peers is what our SASRec needed.
SYSTEMS = {
    system.name: system
    for system in (
        System(REFERENCE, "clienteller_rankers.py"),
        System("clienteller-refined", "clienteller_rankers.py"),
        System("cornac-sasrec", "cornac_sasrec.py", "cornac"),
        System("rectools-sasrec", "rectools_sasrec.py", "rectools"),
        System("rectools-unisrec", "rectools_unisrec.py", "rectools", reads_texts=True),
    )
}


def chosen_systems(names: str) -> list[System]:
    """Return the systems of a comma-separated list, in the order in which they run.

    Raises:
        click.BadParameter: If a name is unknown.
    """
    wanted = {name.strip() for name in names.split(",") if name.strip()}
    unknown = sorted(wanted - set(SYSTEMS))
    if unknown:
        raise click.BadParameter(f"unknown system {unknown[0]!r}: choose from {', '.join(SYSTEMS)}")
    return [system for system in SYSTEMS.values() if system.name in wanted]


def budget_after(part: Mapping[str, Any] | None) -> float:
    """Return what our SASRec needed up to its best validation score, in CPU-seconds, rounded up to tens."""
    if part is None:
        return USUAL_BUDGET
    needed: float = part["settings"]["report"]["best_epoch"] * part["cpu_seconds_per_epoch"]
    return math.ceil(needed / 10) * 10.0


def key_of(system: System, fingerprint: str, seed: int) -> dict[str, Any]:
    """Return what must be equal for an earlier result of a system to be the same measurement."""
    sources = [Path(__file__).with_name(system.script)]
    if system.package is None:
        sources += [ROOT / "recsys" / "refined.py", *sorted((ROOT / "recsys" / "models").glob("*.py"))]
    code = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    return {"split": fingerprint, "seed": seed, "code": code}


def ends_alike(part: Mapping[str, Any], budget: float, cut: bool) -> bool:
    """Return whether a finished training would have ended at the same place with this budget."""
    if not part["budget_limited"]:
        return True
    if cut or part["cut"]:
        return bool(part["cut"] == cut and part["budget_cpu_seconds"] == budget)
    spent: float = part["training_cpu_seconds"]
    return budget <= spent and (part["n_epochs"] == 1 or budget > spent - part["cpu_seconds_per_epoch"])


def read_part(folder: Path) -> dict[str, Any] | None:
    """Return a finished system's measurements, or None if there are none."""
    path = folder / PART
    if not path.exists():
        return None
    part: dict[str, Any] = json.loads(path.read_text())
    return part


@dataclass(frozen=True)
class Bench:
    """Where and how one run measures.

    Attributes:
        work: Holds the peers' environments and, under the name of the data, everything else.
        folder: work / name of the data.
        budget: CPU-seconds for the peers; None for what our SASRec needed.
        cut: End a peer's training with the budget, within an epoch.
        again: Measure anew what was measured before.
    """

    work: Path
    folder: Path
    budget: float | None
    seed: int
    cut: bool
    again: bool

    def measure(self, system: System) -> dict[str, Any]:
        """Return a system's measurements, those of an earlier run where they are the same."""
        out, split = self.folder / system.name, read_split(self.folder / "split")
        own = read_part(self.folder / REFERENCE)
        budget = budget_after(own) if self.budget is None else self.budget
        key, earlier = key_of(system, split.fingerprint, self.seed), read_part(out)
        if earlier is not None and not self.again and earlier["key"] == key and ends_alike(earlier, budget, self.cut):
            click.echo(f"{system.name}: measured before on {earlier['date']}", err=True)
            return earlier
        click.echo(f"{system.name}: measuring, budget {budget:.0f} CPU-seconds", err=True)
        python = python_of(system.package, self.work / "environments") if system.package else sys.executable
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        limits = [f"--budget={budget}", f"--seed={self.seed}", *(["--cut"] if self.cut else [])]
        usage = run_child(python, system.script, [system.name, self.folder / "split", out, *limits])
        top = np.load(out / TOP)
        check_lists(top, split.test_inputs, split.n_items)
        measured = json.loads((out / RESULT).read_text())
        scores = quality(top, read_targets(self.folder / "split"))
        total = {"process_cpu_seconds": usage.cpu_seconds, "wall_seconds": usage.wall_seconds, "peak_mb": usage.peak_mb}
        ended_by = {"budget_cpu_seconds": budget, "cut": self.cut} if system.package else {}
        head = {"system": system.name, "date": _today(), "key": key} | ended_by
        part: dict[str, Any] = head | scores | measured | total
        (out / PART).write_text(json.dumps(part))
        return part


def document(bench: Bench, name: str, results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return everything about a run, JSON-ready."""
    split = read_split(bench.folder / "split")
    counts = {"n_items": split.n_items, "n_clients": len(split.test_inputs)}
    return {
        "data": {"name": name, "split": split.fingerprint} | counts,
        "protocol": PROTOCOL,
        "date": _today(),
        "seed": bench.seed,
        "machine": machine(),
        "reference": REFERENCE,
        "systems": list(results),
    }


def machine() -> dict[str, Any]:
    """Say what this ran on, without the machine's name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(memory, 1),
        "system": platform.system(),
    }


def _today() -> str:
    return dt.datetime.now(dt.UTC).date().isoformat()


@click.command()
@click.option("--data", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="JSON file to write.")
@click.option("--peers", default=",".join(SYSTEMS), show_default=True, help="Systems to measure, ours included.")
@click.option("--budget-cpu-seconds", type=click.FloatRange(min=0), help="For peers; by default what ours needed.")
@click.option("--cut", is_flag=True, help="End a peer's training with the budget, within an epoch.")
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), help="Folder kept between runs.")
@click.option("--seed", default=0, show_default=True)
@click.option("--again", is_flag=True, help="Measure anew what was measured before.")
def main(
    data: Path,
    out: Path,
    peers: str,
    budget_cpu_seconds: float | None,
    cut: bool,
    work: Path | None,
    seed: int,
    again: bool,
) -> None:
    """Measure systems side by side on DATA, a folder that `clienteller ingest` reads."""
    systems = chosen_systems(peers)
    work = (work or Path(tempfile.gettempdir()) / "clienteller-benchmarks").resolve()
    name = data.resolve().name
    bench = Bench(work, work / name, budget_cpu_seconds, seed, cut, again)
    with_texts = ["--with-texts"] if any(system.reads_texts for system in systems) else []
    run_child(sys.executable, "prepare.py", [data.resolve(), bench.folder, *with_texts])
    results = [bench.measure(system) for system in systems]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(document(bench, name, results), indent=2) + "\n")
    click.echo(table(results))


if __name__ == "__main__":
    main()
