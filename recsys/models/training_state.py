"""How far a training has come, in one file that is replaced whole after every epoch.

A training that was killed goes on from the file and ends with the same weights as one that was not: every epoch draws
its randomness from (seed, epoch) alone, so no state of a random generator needs to be kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer


def save_state(
    path: Path,
    run: str,
    counters: Mapping[str, Any],
    best: Mapping[str, Tensor],
    network: nn.Module,
    optimizer: Optimizer,
) -> None:
    """Write counters, current weights, best weights and optimizer moments; the old file stays until the new is whole.

    Args:
        path: The file.
        run: Identifies settings and data; a state is only ever continued by the same run.
        counters: JSON-ready.
        best: The best weights so far.
        network: Its current weights.
        optimizer: Its moments.
    """
    tensors = {f"current.{name}": value for name, value in network.state_dict().items()}
    tensors |= {f"best.{name}": value for name, value in best.items()}
    for index, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in moments.items()}
    unfinished = path.with_suffix(".part")
    copies = {name: value.detach().clone().contiguous() for name, value in tensors.items()}
    save_file(copies, unfinished, metadata={"run": run, "counters": json.dumps(dict(counters))})
    os.replace(unfinished, path)


def load_state(
    path: Path, run: str, network: nn.Module, optimizer: Optimizer
) -> tuple[dict[str, Any], dict[str, Tensor]] | None:
    """Put a saved state into the network and the optimizer.

    Returns:
        The counters and best weights to go on from; None where there is no readable state of this very run.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            if metadata["run"] != run:
                return None
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
    except (FileNotFoundError, SafetensorError):
        return None
    network.load_state_dict(_under("current.", tensors))
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in _under("optimizer.", tensors).items():
        index, _, moment = name.partition(".")
        state.setdefault(int(index), {})[moment] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return json.loads(metadata["counters"]), _under("best.", tensors)


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
