import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from recsys.errors import ModelFileError, NotReady, StaleArtifact
from recsys.guided.client_scorer import (
    AdapterConfig,
    ClientScorer,
    LoRALinear,
    length_batches,
    load_scorer,
    save_scorer,
)
from tests.small_world import ATTRIBUTES
from tests.tiny_language_model import tiny_language_model

CONFIG = AdapterConfig(rank=2, n_layers=1)
CLIENTS = [
    ("Alba plain tote",),
    ("Borea quilted bag", "Borea jewelled clutch", "Erle evening gown"),
    ("Cirro cashmere sweater", "Duna wool scarf"),
]


def scorer(version: str = "tiny@1", config: AdapterConfig = CONFIG, attributes=ATTRIBUTES) -> ClientScorer:
    return ClientScorer(*tiny_language_model(), attributes, config, language_model_version=version, seed=3)


def moved(one: ClientScorer) -> ClientScorer:
    """Give the adapters something to say, as training would."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for value in one.trainable().values():
            value.add_(torch.randn(value.shape, generator=generator) * 0.3)
    return one


def lists(one: ClientScorer) -> list[list[int]]:
    return [one.prompt(titles) for titles in CLIENTS]


def test_scores_are_the_expected_digit_where_each_digit_is_foretold() -> None:
    network, tokenizer = tiny_language_model()
    one = scorer()
    prompt = lists(one)[1]
    text = tokenizer.decode(prompt)
    assert text.endswith("<|im_start|>assistant\nminimal:5\nformality:5\nwarmth:")
    with torch.no_grad():
        found, mass = one(one.read([prompt]))
        logits = network(torch.tensor([prompt])).logits[0]
    for column, label in enumerate(("minimal:", "formality:", "warmth:")):
        place = max(at for at in range(len(prompt)) if tokenizer.decode(prompt[: at + 1]).endswith(label))
        chances = logits[place].softmax(-1)[[tokenizer.encode(str(digit))[0] for digit in range(10)]]
        expected = sum(digit * float(chance) for digit, chance in enumerate(chances)) / float(chances.sum())
        assert float(found[0, column]) == pytest.approx(expected, abs=1e-4)
        assert float(mass[0, column]) == pytest.approx(float(chances.sum().log()), abs=1e-4)


def test_a_score_depends_on_no_other_client_in_the_batch() -> None:
    one = moved(scorer())
    together = one.scores(one.read(lists(one)))
    alone = np.concatenate([one.scores(one.read([prompt])) for prompt in lists(one)])
    np.testing.assert_allclose(together, alone, atol=1e-4)
    assert np.all((together >= 0) & (together <= 9))
    assert together.dtype == np.float32


def test_an_untuned_scorer_is_the_language_model_and_a_tuned_one_is_not() -> None:
    one = scorer()
    read = one.read(lists(one))
    before = one.scores(read)
    moved(one)
    tuned = one.scores(read)
    assert np.abs(tuned - before).max() > 0.01
    with one.untuned():
        np.testing.assert_array_equal(one.scores(read), before)
    np.testing.assert_array_equal(one.scores(read), tuned)


def test_only_adapters_of_the_last_layers_and_the_scale_learn() -> None:
    one = scorer()
    adapters = [name for name, module in one.named_modules() if isinstance(module, LoRALinear)]
    assert sorted(name.rpartition("layers.")[2] for name in adapters) == [
        "2.self_attn.o_proj",
        "2.self_attn.q_proj",
        "2.self_attn.v_proj",
    ]
    assert len(one.trainable()) == 2 * len(adapters) + 1
    frozen = {name: value.clone() for name, value in one.named_parameters() if not value.requires_grad}
    expected, mass = one(one.read(lists(one)))
    (one.directions(expected).sum() - mass.mean()).backward()
    torch.optim.SGD(one.trainable().values(), lr=1.0).step()
    assert all(torch.equal(value, frozen[name]) for name, value in one.named_parameters() if name in frozen)


def test_calibrated_directions_have_length_one_and_mean_zero_before() -> None:
    one = scorer()
    read = one.read(lists(one))
    one.calibrate(read)
    scores = torch.from_numpy(one.scores(read))
    standard = (scores - one.centre) / one.spread
    torch.testing.assert_close(standard.mean(dim=0), torch.zeros(3), atol=1e-2, rtol=0)
    embeddings = one.guided_embeddings(CLIENTS)
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(embeddings, one.directions(scores).numpy(), atol=1e-2)


def test_saving_and_loading_keeps_the_scores(tmp_path: Path) -> None:
    one = moved(scorer())
    read = one.read(lists(one))
    one.calibrate(read)
    save_scorer(one, tmp_path, {"seed": 3})
    other = scorer()
    assert load_scorer(other, tmp_path) == {"seed": 3}
    np.testing.assert_array_equal(one.scores(read), other.scores(read))
    torch.testing.assert_close(one.centre, other.centre, rtol=0, atol=0)
    assert {path.name for path in tmp_path.iterdir()} == {"config.json", "adapters.safetensors"}


def test_adapters_of_something_else_are_refused(tmp_path: Path) -> None:
    save_scorer(scorer(), tmp_path, {})
    fewer = ATTRIBUTES.model_copy(update={"attributes": ATTRIBUTES.attributes[:2]})
    for other in (scorer(version="tiny@2"), scorer(config=replace(CONFIG, rank=3)), scorer(attributes=fewer)):
        with pytest.raises(StaleArtifact, match="belong to another model, attribute set or prompt"):
            load_scorer(other, tmp_path)


def test_missing_and_damaged_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="run 'clienteller client-scorer train' first"):
        load_scorer(scorer(), tmp_path)
    save_scorer(scorer(), tmp_path, {})
    weights = tmp_path / "adapters.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    with pytest.raises(ModelFileError, match="is not the file that was saved"):
        load_scorer(scorer(), tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"weights_sha256": 1}))
    with pytest.raises(ModelFileError):
        load_scorer(scorer(), tmp_path)


def test_digits_that_are_no_single_tokens_are_refused() -> None:
    network, tokenizer = tiny_language_model()
    pieces = json.loads(tokenizer.backend_tokenizer.to_str())
    del pieces["model"]["vocab"]["7"]
    pieces["model"]["unk_token"] = None
    broken = type(tokenizer)(tokenizer_object=type(tokenizer.backend_tokenizer).from_str(json.dumps(pieces)))
    with pytest.raises(ValueError, match="'7' must be one token of the language model, it is 0"):
        ClientScorer(network, broken, ATTRIBUTES, CONFIG, language_model_version="tiny@1")


@pytest.mark.parametrize("batch", [1, 2, 5, 100])
def test_length_batches_hold_every_place_once(batch: int) -> None:
    words = ["abc", "a", "abcde", "", "ab", "abcd"]
    batches = length_batches(words, batch)
    assert sorted(place for one in batches for place in one) == list(range(6))
    assert [len(words[place]) for one in batches for place in one] == sorted(map(len, words))
