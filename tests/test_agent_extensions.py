"""What another installed package adds: a tool of the agent, a form of catalogue. The examples are the README's."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage

from agent.context import Actor
from agent.events import TextDelta
from recsys.data.boutique import Boutique
from recsys.data.ingest import ingest
from recsys.errors import InputError
from tests.desk import Desk
from tests.extension_package import install
from tests.scripted import call

README = (Path(__file__).parents[1] / "README.md").read_text()
EXAMPLES = {
    name: code for code, name in re.findall(r"```python\n((?:(?!```).)*?# file: (\w+)\.py\n.*?)```", README, re.S)
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "boutique")
    yield desk
    desk.close()


def test_a_tool_of_another_package_is_called_like_our_own(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = EXAMPLES["opening_hours"]
    install(tmp_path / "site", monkeypatch, "opening-hours", "clienteller.tools", {"hours": "hours_tools"}, code)
    events = list(desk.talk(call("opening_hours", day="Monday"), AIMessage("")).respond("are you open on Monday?"))
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert "On Monday the boutique is open from 10 to 18." in text


@pytest.mark.parametrize(
    "code",
    [
        "def hours_tools(shop):\n    raise RuntimeError('broken')\n",
        "from langchain.tools import tool\n\n@tool\ndef unmarked(day: str) -> str:\n    'Tell.'\n    return day\n\n"
        "def hours_tools(shop):\n    return [unmarked]\n",
        EXAMPLES["opening_hours"].replace("def opening_hours", "def recommend"),
        "hours_tools = 3\n",
    ],
)
def test_a_broken_or_unmarked_tool_or_one_with_a_name_of_ours_is_left_out(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    install(tmp_path / "site", monkeypatch, "opening-hours", "clienteller.tools", {"hours": "hours_tools"}, code)
    events = list(desk.talk(call("recommend"), AIMessage("Here.")).respond("suggest"))
    assert "left out" in caplog.text
    assert "Here." in repr(events)


def test_a_shopper_gets_no_staff_tool_of_another_package(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agent.tools.all_tools import build_tools

    code = EXAMPLES["opening_hours"].replace('"browse"', '"serve"')
    install(tmp_path / "site", monkeypatch, "opening-hours", "clienteller.tools", {"hours": "hours_tools"}, code)
    assert "opening_hours" in {made.name for made in build_tools(desk.shop, "associate")}
    assert "opening_hours" not in {made.name for made in build_tools(desk.shop, Actor("c1", "shopper").role)}


def test_a_catalogue_in_the_form_of_another_package_is_ingested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "stock.txt").write_text("b1|Quilted bag|Bags\nh1|Straw hat|Hats\n")
    with pytest.raises(InputError, match="holds nothing to ingest"):
        ingest(source, tmp_path / "shop")
    install(
        tmp_path / "site", monkeypatch, "stock-list", "clienteller.catalogue_readers", {"stock": "read_stock"},
        EXAMPLES["stock_list"],
    )  # fmt: skip
    report = ingest(source, tmp_path / "shop")
    assert report.n_items == 2
    boutique = Boutique.open(tmp_path / "shop")
    assert [(item.item_id, item.title, item.category) for item in boutique.items()] == [
        ("b1", "Quilted bag", ("Bags",)), ("h1", "Straw hat", ("Hats",)),
    ]  # fmt: skip
    boutique.close()
