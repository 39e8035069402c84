import hashlib
import json
import zipfile
from pathlib import Path

import pytest
import torch

from recsys.errors import ModelFileError
from recsys.language_model import VERSION, load_language_model
from recsys.packaged_weights import PackagedFile, Part
from tests.tiny_language_model import tiny_language_model, write_gguf

TEXT = "Alba plain tote, 12 pieces\n5"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_gguf(path, *tiny_language_model())
    return path


def packaged(source: Path, cache: Path) -> PackagedFile:
    """A packaged file whose archive lies in the cache as if it had just been downloaded."""
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    (cache / "parts").mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(cache / "parts" / "tiny_model-1.0-py3-none-any.whl", "w") as archive:
        archive.write(source, "tiny_model/tiny.gguf")
    part = Part("tiny-model==1.0", "tiny_model/tiny.gguf")
    return PackagedFile("tiny model", "tiny.gguf", digest, (part,), "1 MB", "run the test")


def test_the_converted_model_is_the_packaged_one(source: Path, tmp_path: Path) -> None:
    original, tokenizer = tiny_language_model()
    seen: list[tuple[int, int]] = []
    network, found = load_language_model(
        tmp_path, lambda *at: seen.append(at), dtype=torch.float32, packaged=packaged(source, tmp_path)
    )
    assert seen == [(1, 3), (2, 3), (3, 3)]
    tokens = found.encode(TEXT)
    assert tokens == tokenizer.encode(TEXT)
    assert found.decode(tokens) == TEXT
    with torch.no_grad():
        for weights in original.parameters():
            weights.copy_(weights.to(torch.bfloat16))  # as the conversion rounds them
        ours, theirs = network(torch.tensor([tokens])).logits, original(torch.tensor([tokens])).logits
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_every_parameter_is_frozen_and_the_chat_template_is_there(source: Path, tmp_path: Path) -> None:
    network, tokenizer = load_language_model(tmp_path, packaged=packaged(source, tmp_path))
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert not network.training
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hello"}], add_generation_prompt=True, tokenize=False
    )
    assert text == "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n"
    assert tokenizer.convert_ids_to_tokens(tokenizer.encode(text))[0] == "<|im_start|>"
    assert tokenizer.padding_side == "left"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_computes_in_the_dtype_that_was_asked_for(source: Path, tmp_path: Path, dtype: torch.dtype) -> None:
    network, _ = load_language_model(tmp_path, dtype=dtype, packaged=packaged(source, tmp_path))
    assert {parameter.dtype for parameter in network.parameters()} == {dtype}


def test_a_second_load_converts_nothing(source: Path, tmp_path: Path) -> None:
    file = packaged(source, tmp_path)
    load_language_model(tmp_path, packaged=file)
    (tmp_path / "tiny.gguf").unlink()  # the folder is enough
    seen: list[tuple[int, int]] = []
    load_language_model(tmp_path, lambda *at: seen.append(at), packaged=file)
    assert seen == [(2, 3), (3, 3)]


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "converted.json"])
def test_a_damaged_folder_is_made_again(source: Path, tmp_path: Path, name: str) -> None:
    file = packaged(source, tmp_path)
    load_language_model(tmp_path, packaged=file)
    path = tmp_path / "tiny" / name
    before = path.read_bytes()
    path.write_bytes(b"other")
    load_language_model(tmp_path, packaged=file)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_another_hash_is_refused(source: Path, tmp_path: Path) -> None:
    file = packaged(source, tmp_path)
    (tmp_path / "tiny.gguf").write_bytes(source.read_bytes() + b"!")
    with pytest.raises(ModelFileError, match="is not the pinned tiny model: SHA-256"):
        load_language_model(tmp_path, packaged=file)
    assert not (tmp_path / "tiny").exists()


@pytest.mark.llm
def test_the_packaged_model_answers() -> None:
    from agent.settings import Settings

    cache = Settings().cache
    folder = cache / "smollm2-135m-instruct-q4_1"
    if not folder.is_dir():
        pytest.skip("the small language model is not in the cache: run a command that uses it")
    network, tokenizer = load_language_model(cache)
    assert json.loads((folder / "converted.json").read_text())["source"].startswith(VERSION.partition("@")[2])
    messages = [{"role": "user", "content": "What is the capital of France?"}]
    tokens = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    answer = network.generate(**tokens, max_new_tokens=12, do_sample=False)
    assert "Paris" in tokenizer.decode(answer[0, tokens["input_ids"].shape[1] :])
