"""The packaged model behind an OpenAI-compatible server, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from agent.chat_models.model_file import find_chat_weights
from agent.settings import Settings
from recsys.errors import ModelFileError

_CODE = (
    "import os; from agent.settings import Settings; from ui.backend_commands import model_server; "
    "model_server.main(['--port', '0', '--json'], obj=Settings.from_env(os.environ))"
)


@contextmanager
def served_model() -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Yield the server's process and the environment that it says to set; skip the test without the weights."""
    try:
        find_chat_weights(Settings.from_env(os.environ).cache)
    except ModelFileError as error:
        pytest.skip(str(error))
    server = subprocess.Popen([sys.executable, "-c", _CODE], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server, json.loads(server.stdout.readline())
    finally:
        server.kill()
        server.wait()
        assert server.stdout is not None
        server.stdout.close()
