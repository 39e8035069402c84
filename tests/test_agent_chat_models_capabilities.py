import datetime as dt
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage

from agent.chat_models.capabilities import (
    FILE,
    KEPT_DAYS,
    Capabilities,
    keep_capabilities,
    kept_capabilities,
    measure_speed,
    probe,
)
from agent.chat_models.faults import ModelFailed
from tests.openai_server import Reply, openai_server
from tests.scripted import ScriptedChatModel
from tests.test_agent_chat_models_remote import model_at

TODAY = dt.date(2026, 11, 22)


def test_what_was_found_out_is_kept_for_a_month_beside_other_models(tmp_path: Path) -> None:
    one = Capabilities(tool_calls=True, json_schema=False, checked_on=TODAY)
    other = Capabilities(tool_calls=False, json_schema=True, checked_on=TODAY)
    keep_capabilities(tmp_path, "a", one)
    keep_capabilities(tmp_path, "b", other)
    assert kept_capabilities(tmp_path, "a", TODAY) == one
    assert kept_capabilities(tmp_path, "b", TODAY + dt.timedelta(days=KEPT_DAYS - 1)) == other
    assert kept_capabilities(tmp_path, "b", TODAY + dt.timedelta(days=KEPT_DAYS)) is None
    assert kept_capabilities(tmp_path, "b", TODAY - dt.timedelta(days=1)) is None  # the clock was set back
    assert kept_capabilities(tmp_path, "c", TODAY) is None


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}', '{"a": {"tool_calls": "maybe"}}'])
def test_a_damaged_file_means_that_nothing_is_known(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    assert kept_capabilities(tmp_path, "a", TODAY) is None
    found = Capabilities(tool_calls=True, json_schema=True, checked_on=TODAY)
    keep_capabilities(tmp_path, "a", found)
    assert kept_capabilities(tmp_path, "a", TODAY) == found


def test_a_server_that_goes_away_meanwhile_is_no_server_that_cannot() -> None:
    with openai_server(lambda body: Reply(status=429)) as server, pytest.raises(ModelFailed, match="no more requests"):
        probe(model_at(server.address), "openai:m", TODAY)


def test_speed_is_tokens_over_time_without_those_from_the_cache() -> None:
    ticks = iter([0.0, 2.0, 3.0])  # begun, first word, ended
    with openai_server(lambda body: Reply("silk is soft")) as server:
        speed = measure_speed(model_at(server.address), "openai:m", "n", lambda: next(ticks))
    assert speed.streams
    assert speed.first_s == 2.0
    assert speed.input_per_s == (20 - 12) / 2
    assert speed.output_per_s == (3 - 1) / 1


def test_speed_is_unknown_where_nobody_counts() -> None:
    speed = measure_speed(ScriptedChatModel(script=[AIMessage("silk")]), "scripted", "n")
    assert (speed.streams, speed.input_per_s, speed.output_per_s) == (False, None, None)
