"""What every test gets: no way out of this machine, no settings from outside, one demo boutique for those that ask."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

os.environ.update(
    HF_HUB_OFFLINE="1", GOMP_SPINCOUNT="0", OMP_WAIT_POLICY="passive", GRADIO_ANALYTICS_ENABLED="False",
    ANONYMIZED_TELEMETRY="False", LANGSMITH_TRACING="false", LANGGRAPH_STRICT_MSGPACK="true",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("CLIENTELLER_", "OPENAI_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address!r}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)


@pytest.fixture(scope="session")
def demo_boutique(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo boutique's folder, ingested, trained and indexed by the commands themselves."""
    from recsys.data.demo import open_source
    from ui.cli import main

    folder = tmp_path_factory.mktemp("demo") / "boutique"
    for command in (["ingest", str(open_source())], ["train"], ["index"]):
        result = CliRunner().invoke(main, ["--boutique", str(folder), *command])
        assert result.exit_code == 0, result.output
    return folder
