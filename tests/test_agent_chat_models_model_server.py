from pathlib import Path

import pytest

from agent.chat_models.model_server import ModelServer, start_server
from agent.errors import ModelUnavailable


def test_weights_that_are_none_are_refused_in_one_line(tmp_path: Path) -> None:
    weights = tmp_path / "junk.gguf"
    weights.write_bytes(b"GGUF but nothing else")
    with pytest.raises(ModelUnavailable, match=r"did not start: check that port 0 is free and '.*junk.gguf' is whole"):
        start_server(weights, 0, 1, {})


def test_the_key_is_in_no_description_of_the_server() -> None:
    assert "SECRET" not in repr(ModelServer("http://127.0.0.1:1/v1", "SECRET", True, None))
