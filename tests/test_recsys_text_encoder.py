import shutil
from pathlib import Path

import numpy as np
import pytest

from recsys.errors import ModelFileError
from recsys.text_encoder import DIMENSION, TextEncoder, _packaged_folder


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder.load()


def test_encodes_to_unit_vectors_in_the_order_given(encoder: TextEncoder) -> None:
    texts = ["a long navy coat of double-faced wool", "silk scarf", "wool coat in dark blue"]
    rows = encoder.encode(texts)
    assert rows.shape == (3, DIMENSION)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    assert rows[0] @ rows[2] > rows[0] @ rows[1]


def test_a_text_keeps_its_vector_whatever_it_is_batched_with(encoder: TextEncoder) -> None:
    alone = encoder.encode(["red leather belt"])[0]
    others = [f"item {i} " + "with a long description " * (i % 9) for i in range(70)]
    among = encoder.encode([*others, "red leather belt"])[-1]
    assert alone @ among > 0.999


def test_a_text_asked_for_again_has_the_same_vector_and_nobody_can_spoil_it(encoder: TextEncoder) -> None:
    first = encoder.encode(["green silk dress"])
    kept = first.copy()
    first[:] = 0
    encoder.encode([f"text {i}" for i in range(3)])
    assert (encoder.encode(["green silk dress"]) == kept).all()
    assert (encoder.encode(["green silk dress"], on_progress=lambda _done, _total: None) == kept).all()


def test_no_texts_give_no_rows(encoder: TextEncoder) -> None:
    assert encoder.encode([]).shape == (0, DIMENSION)


def test_progress_ends_at_the_total(encoder: TextEncoder) -> None:
    seen: list[tuple[int, int]] = []
    encoder.encode(["a"] * 65, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(64, 65), (65, 65)]


def test_version_names_the_weights(encoder: TextEncoder) -> None:
    assert encoder.version == "all-MiniLM-L6-v2@53aa51172d14"


def test_other_weights_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(_packaged_folder(), folder, ignore=shutil.ignore_patterns("model.safetensors"))
    with pytest.raises(ModelFileError, match="missing"):
        TextEncoder.load(folder)
    (folder / "model.safetensors").write_bytes(b"other")
    with pytest.raises(ModelFileError, match="53aa51172d14 expected"):
        TextEncoder.load(folder)
