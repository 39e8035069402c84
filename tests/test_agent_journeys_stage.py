import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.journeys.file import Journey
from agent.journeys.records import RecordWatch, changes
from agent.journeys.run import Choice, run_on
from agent.journeys.stage import Stage, copy_boutique
from agent.journeys.target_item import search_on
from agent.settings import Settings
from recsys.data.database import FILE
from recsys.errors import InputError
from ui.journey_commands import journeys

TALK = Journey.model_validate(
    {
        "id": "talk", "role": "shopper", "client": "c015", "kind": "plain", "split": "development",
        "turns": [
            {"say": "What would suit me?", "tool": "recommend", "slate": {"n": 3}},
            {"say": "cheaper", "tool": "refine", "change": {"price": "down"}},
            {"say": "I dislike the first one", "tool": "record_feedback",
             "records": {"feedback": {"item": 1, "verdict": "dislike"}}},
        ],
    }
)  # fmt: skip


@pytest.fixture(scope="module")
def settings(demo_boutique: Path) -> Settings:
    return Settings(boutique=demo_boutique, chat_model="none")


@pytest.fixture(scope="module")
def stage(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(settings, tmp_path_factory.mktemp("stage"))
    yield stage
    stage.close()


def test_a_journey_is_played_with_its_slates_calls_and_writes(stage: Stage) -> None:
    played = stage.play(TALK, 1, "s")
    first, second, third = played.turns
    assert [call.name for call in first.calls] == ["recommend"]
    assert first.slate == [event["item"]["item_id"] for event in first.of_kind("Card")]
    assert second.before == first.slate
    assert third.wrote["feedback"].added[0]["item_id"] == third.before[0]
    assert 0 < first.first_s <= first.whole_s


def test_records_are_as_new_for_the_next_journey(stage: Stage) -> None:
    one, two = stage.play(TALK, 1, "s"), stage.play(TALK, 2, "s")
    assert two.turns[2].wrote["feedback"].added[0]["item_id"] == one.turns[2].wrote["feedback"].added[0]["item_id"]
    assert [turn.slate for turn in one.turns] == [turn.slate for turn in two.turns]


def test_the_boutique_itself_is_not_touched(settings: Settings, tmp_path: Path) -> None:
    def digest() -> str:
        return hashlib.sha256((settings.boutique / FILE).read_bytes()).hexdigest()

    before = digest()
    copy_boutique(settings.boutique, tmp_path / "copy")
    assert digest() == before
    assert not (tmp_path / "copy" / "threads.db").exists()


def test_a_folder_without_a_boutique_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no boutique at"):
        copy_boutique(tmp_path / "none", tmp_path / "copy")


def test_the_watch_sees_what_is_added_changed_and_removed() -> None:
    before = {"facts": {1: {"value": "39"}, 2: {"value": "wool"}}}
    after = {"facts": {1: {"value": "40"}, 3: {"value": "silk"}}}
    wrote = changes(before, after)["facts"]
    assert wrote.changed == [({"value": "39"}, {"value": "40"})]
    assert wrote.added == [{"value": "silk"}]
    assert wrote.removed == [{"value": "wool"}]
    assert changes(after, after) == {}


def test_the_watch_puts_back_what_was_written(settings: Settings, tmp_path: Path) -> None:
    copy_boutique(settings.boutique, tmp_path)
    watch = RecordWatch(tmp_path)
    before = watch.snapshot()
    watch.restore()
    assert watch.snapshot() == before
    watch.close()


def test_kept_journeys_are_not_played_again(stage: Stage, tmp_path: Path) -> None:
    said: list[str] = []
    first = run_on(stage, [TALK], 1, tmp_path, said.append)
    kept = tmp_path / "talk.1.json"
    document = json.loads(kept.read_text())
    document["turns"][0]["whole_s"] = 123.0
    kept.write_text(json.dumps(document))
    again = run_on(stage, [TALK], 1, tmp_path, said.append)
    assert again.as_dict()["shares"] == first.as_dict()["shares"]
    assert again.journeys[0].turns[0].whole_s == 123.0
    assert len(said) == 2


def test_a_journey_that_cannot_be_cast_is_told_and_left_out(stage: Stage) -> None:
    nobody = TALK.model_copy(update={"id": "nobody", "client": "c999"})
    report = run_on(stage, [TALK, nobody], 1, None, lambda line: None)
    assert [name for name, _ in report.skipped] == ["nobody"]
    with pytest.raises(InputError, match="none of these journeys"):
        run_on(stage, [nobody], 1, None, lambda line: None)


def test_the_choice_names_what_there_is() -> None:
    assert Choice(split="development").of([TALK]) == [TALK]
    with pytest.raises(InputError, match="the first is called 'talk'"):
        Choice(only="other").of([TALK])


def test_the_command_prints_one_document(settings: Settings) -> None:
    arguments = ["--only", "plain-suggest-then-bolder", "--k", "2", "--json"]
    result = CliRunner().invoke(journeys, arguments, obj=settings)
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["shares"]["n_journeys"] == 2
    assert set(report["pass_hat"]) == {"1", "2"}


def test_shoppers_with_true_hints_make_no_errors_and_find_more_than_the_control(stage: Stage) -> None:
    report = search_on(stage, n_clients=4, seed=1, on_progress=lambda line: None).as_dict()
    errors = report["simulator_errors"]
    assert errors["hints"] >= 4
    assert (errors["contradicted"], errors["unread"], errors["wrong_item"], errors["overlooked"]) == (0, 0, 0, 0)
    assert report["hints"]["hit_at"]["6"] > report["control"]["hit_at"]["6"]
