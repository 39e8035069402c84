"""The engine under the embedded chat model, with the packaged weights."""

import os
import threading
import time
from pathlib import Path

import pytest

from agent.chat_models.embedded_engine import Engine, Timing, Turn, chat_prompt
from agent.chat_models.model_file import find_chat_weights
from agent.errors import ModelUnavailable
from agent.settings import Settings
from recsys.errors import ModelFileError

pytestmark = pytest.mark.llm
PROMPT = chat_prompt([Turn("system", "You are brief. " * 20), Turn("user", "Count from one to forty in words.")])


@pytest.fixture(scope="module")
def weights() -> Path:
    try:
        return find_chat_weights(Settings.from_env(os.environ).cache)
    except ModelFileError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prompts")


@pytest.fixture(scope="module")
def engine(weights: Path, kept: Path) -> Engine:
    return Engine(weights, 2, kept)


def text(engine: Engine, **options: object) -> str:
    return "".join(engine.write(PROMPT, "plain", 24, 60, **options))  # type: ignore[arg-type]


def test_the_same_prompt_gets_the_same_answer_and_is_read_once(engine: Engine) -> None:
    first, timing = text(engine), Timing()
    assert text(engine, timing=timing) == first
    assert timing.n_read <= 1
    assert timing.cut


def test_a_deadline_ends_the_wait_and_frees_the_slot(engine: Engine) -> None:
    with pytest.raises(ModelUnavailable, match="in time"):
        list(engine.write(PROMPT, "plain", 400, 0.3))
    assert text(engine)


def test_a_caller_that_leaves_frees_the_slot(engine: Engine) -> None:
    pieces = engine.write(PROMPT, "plain", 400, 60)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    began = time.monotonic()
    assert text(engine)
    assert time.monotonic() - began < 20


def test_a_busy_slot_says_so_in_time(engine: Engine) -> None:
    pieces = engine.write(PROMPT, "plain", 400, 60)
    next(pieces)
    with pytest.raises(ModelUnavailable, match="busy"):
        next(engine.write(PROMPT, "plain", 4, 0.1))
    pieces.close()  # type: ignore[attr-defined]


def test_slots_answer_side_by_side(engine: Engine) -> None:
    answers: dict[str, str] = {}

    def ask(slot: str) -> None:
        answers[slot] = "".join(engine.write(PROMPT, slot, 12, 120))  # type: ignore[arg-type]

    threads = [threading.Thread(target=ask, args=(slot,)) for slot in ("decide", "plain", "explain")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 3
    assert all(answers.values())


def test_a_prompt_beyond_the_slot_is_refused_in_one_line(engine: Engine) -> None:
    with pytest.raises(ModelUnavailable, match="exceeds the available context"):
        list(engine.write("word " * 5_000, "plain", 4, 60))


def test_a_prepared_prompt_is_not_read_again_after_a_restart(engine: Engine, weights: Path, kept: Path) -> None:
    prompt = chat_prompt([Turn("system", "You sell hats and nothing else. " * 20)])
    assert engine.prepare(prompt, "explain").n_read > 100
    again = Engine(weights, 2, kept)
    assert again.prepare(prompt, "explain").n_read <= 1


def test_a_damaged_state_is_read_anew(engine: Engine, weights: Path, kept: Path) -> None:
    prompt = chat_prompt([Turn("system", "You sell gloves and nothing else. " * 20)])
    engine.prepare(prompt, "explain")
    (state,) = kept.glob("explain-*")
    state.write_bytes(state.read_bytes()[:1_000])
    assert Engine(weights, 2, kept).prepare(prompt, "explain").n_read > 100
