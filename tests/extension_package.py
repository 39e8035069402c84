"""Makes a small installed package in a folder: a module, and the metadata by which its entry points are found."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


def install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, package: str, group: str, names: dict[str, str], code: str
) -> None:
    """Put a package into a folder and the folder onto the path, as an installer would."""
    module = package.replace("-", "_")
    folder.mkdir(exist_ok=True)
    (folder / f"{module}.py").write_text(code)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    entries = "".join(f"{name} = {module}:{target}\n" for name, target in names.items())
    (info / "entry_points.txt").write_text(f"[{group}]\n{entries}")
    monkeypatch.delitem(sys.modules, module, raising=False)  # another test may have had one of that name
    monkeypatch.syspath_prepend(str(folder))
