"""The dashboard as a manager's browser meets it: empty, full, as files, and shut to everybody else."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from agent.context import TurnContext
from agent.floor.dashboard import TABLES
from agent.records.impressions import Impression, Impressions
from agent.records.opinions import Feedback
from recsys.data.service_tables import contacts
from recsys.data.tables import items
from recsys.schema import Interaction
from tests.surface_world import ACTORS
from tests.web_world import Rooms, open_rooms

HOSTILE = '=HYPERLINK("http://x")<script>alert(1)</script>'
HX = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    with open_rooms(Path(tmp_path_factory.mktemp("empty"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    with open_rooms(Path(tmp_path_factory.mktemp("full"))) as opened:
        _fill(opened)
        yield opened


def _fill(rooms: Rooms) -> None:
    """Show three pieces, have one liked, write, and sell a piece of a hostile title and house."""
    shop = rooms.house.assistant.shop
    now = shop.clock()
    shown = [Impression(item_id, "recommend", "template", ("history",)) for item_id in ("i4", "i5", "i6")]
    about = TurnContext(ACTORS["own"], "c1", "t")
    Impressions(shop.boutique).add(about, shown, occasion="1", at=now - timedelta(days=9))
    shop.opinions.add(ACTORS["own"], "c1", Feedback("i4", "like", "", now - timedelta(days=8)), key="l")
    called = {"key": "c", "client": 1, "author": HOSTILE, "channel": "phone", "purpose": "call"}
    with shop.boutique.database.transaction() as connection:
        connection.execute(insert(contacts).values(**called, at=now - timedelta(days=5)))
        connection.execute(update(items).where(items.c.item_id == "i4").values(title=HOSTILE, brand=HOSTILE))
    with shop.boutique.writer() as writer:
        writer.add_interactions([Interaction(client_id="c1", item_id="i4", at=now - timedelta(days=2))])


@pytest.mark.parametrize("path", ["", "/taste", "/outcomes.csv"])
@pytest.mark.parametrize("who", ["own", "shopper", "guest"])
def test_only_a_manager_enters(rooms: Rooms, who: str, path: str) -> None:
    assert rooms.enter(who).get(f"/room/dashboard{path}", headers=HX).status_code == 403


def test_an_empty_house_is_told_what_will_fill_the_room(rooms: Rooms) -> None:
    shown = rooms.enter("manager").get("/room/dashboard").text

    assert "Every piece that is put before a client in a conversation is counted here" in shown
    assert "Messages that are approved and sent from the outbox fill this" in shown
    assert ".csv" not in shown
    assert "There are not two quarters" in rooms.enter("manager").get("/room/dashboard/taste").text


def test_figures_say_their_base_and_hostile_text_stays_text(full: Rooms) -> None:
    shown = full.enter("manager").get("/room/dashboard").text

    assert "1 of 3" in shown
    assert "too few for a share" in shown
    assert "each sale counts once" in shown.casefold()
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def test_every_table_can_be_saved_and_runs_nothing(full: Rooms) -> None:
    browser = full.enter("manager")

    for name in TABLES:
        answer = browser.get(f"/room/dashboard/{name}.csv")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert len({len(row) for row in rows}) == 1
        assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)
    sold = browser.get("/room/dashboard/sales.csv").text
    assert "'=HYPERLINK" in sold


def test_a_file_is_named_by_table_and_period(rooms: Rooms) -> None:
    browser, now = rooms.enter("manager"), rooms.house.assistant.shop.clock()

    def named(path: str) -> str:
        return str(browser.get(f"/room/dashboard/{path}").headers["content-disposition"])

    since, until = (now - timedelta(days=30)).date(), now.date()
    assert named("reasons.csv?days=30") == f'attachment; filename="reasons-{since}-to-{until}.csv"'
    assert named("reasons.csv?days=0&associate=a1") == f'attachment; filename="reasons-a1-beginning-to-{until}.csv"'


@pytest.mark.parametrize(
    ("path", "status"),
    [("?days=7", 422), ("?window=999", 422), ("?days=x", 422), ("?associate=nobody", 404), ("/users.csv", 404)],
)
def test_what_cannot_be_chosen_is_refused(rooms: Rooms, path: str, status: int) -> None:
    answer = rooms.enter("manager").get(f"/room/dashboard{path}")

    assert answer.status_code == status
    assert "Traceback" not in answer.text


def test_the_choice_stays_and_goes_with_the_files(full: Rooms) -> None:
    shown = full.enter("manager").get("/room/dashboard?days=30&window=14&associate=a1").text

    assert '<option value="30" selected>' in shown
    assert "/room/dashboard/outcomes.csv?days=30&amp;window=14&amp;associate=a1" in shown
