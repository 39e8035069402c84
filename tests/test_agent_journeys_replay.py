"""Replays: the same turn again on a copy, told apart only where its shape changed."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.assistant import Assistant
from agent.context import Actor
from agent.journeys.replay import replay
from agent.journeys.stage import copy_boutique
from agent.settings import Settings

STAFF = Actor("desk", "manager")


@pytest.fixture(scope="module")
def settings(demo_boutique: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("replay") / "boutique"
    copy_boutique(demo_boutique, folder)
    return Settings(boutique=folder, chat_model="none", cache=folder / "cache")


def test_a_turn_runs_again_from_its_slate_and_leaves_the_boutique_alone(settings: Settings) -> None:
    assistant = Assistant.open(settings)
    conversation = assistant.conversation(STAFF, "c002")
    for message in ("what would suit her?", "cheaper please", "put the first on her wish list"):
        list(conversation.respond(message))
    traces = assistant.traces.of_thread(conversation.context.thread_id)
    kept = assistant.shop.saved.all(STAFF, "c002")
    assistant.close()

    again = replay(settings, traces[1])
    assert again.differences == []
    assert [item.item_id for item in again.after.shown] == [item.item_id for item in traces[1].shown]
    assert replay(settings, traces[2]).after.tools[0].name == "save_item"

    opened = Assistant.open(settings)
    assert opened.shop.saved.all(STAFF, "c002") == kept
    assert len(opened.traces.of_thread(conversation.context.thread_id)) == 3
    opened.close()

    other = replace(traces[1], tools=())
    assert "tools" in [one.what for one in replay(settings, other).differences]
