"""The rooms of look-books and pieces, as a browser without pages meets them."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.surface_world import ACTORS, recommended
from tests.web_world import Rooms, open_rooms
from ui.web.rooms import look_books, pieces

CHOSEN = {"key": "12345678", "way": "chosen", "item": ["i8", "i3"]}


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    with open_rooms(tmp_path_factory.mktemp("look-rooms")) as opened:
        yield opened


@pytest.fixture(scope="module")
def own(rooms: Rooms) -> TestClient:
    return rooms.enter("own")


@pytest.fixture(scope="module")
def about(rooms: Rooms) -> dict[str, str]:
    return rooms.talk("own", "c1")


def made(own: TestClient, about: dict[str, str], key: str) -> str:
    """Make a look-book of two pieces and return its id."""
    answer = own.post("/room/look-books", data={**CHOSEN, "key": key}, headers=about)
    found = re.search(r"/room/look-books/(look-[0-9a-f]+)\.html", answer.text)
    assert answer.status_code == 200
    assert found is not None
    return found[1]


def order(text: str) -> list[str]:
    """Return the pieces of an open look-book, in order."""
    return re.findall(r'id="look-up-(\w+)"', text)


def test_no_look_book_says_what_to_do(rooms: Rooms) -> None:
    answer = rooms.enter("foreign").get("/room/look-books", headers=rooms.talk("foreign", "c2"))
    assert "No look-book yet" in answer.text


def test_the_same_form_sent_twice_makes_one(own: TestClient, about: dict[str, str]) -> None:
    assert made(own, about, "aaaaaaaa") == made(own, about, "aaaaaaaa")
    shown = own.get("/room/look-books", headers=about).text
    assert shown.count("ct-look-cover") == 1


def test_pieces_are_put_in_order_and_taken_out(own: TestClient, about: dict[str, str]) -> None:
    book = f"/room/look-books/{made(own, about, 'bbbbbbbb')}"
    for _ in range(2):  # told twice, it is where it was placed
        assert order(own.post(f"{book}/place", data={"item": "i3", "place": 1}).text) == ["i3", "i8"]
    assert order(own.post(f"{book}/drop", data={"item": "i3"}).text) == ["i8"]
    assert own.post(f"{book}/drop", data={"item": "i8"}).status_code == 422
    assert order(own.get(book).text) == ["i8"]


def test_a_piece_is_added_for_the_client_in_conversation(rooms: Rooms, own: TestClient, about: dict[str, str]) -> None:
    book = f"/room/look-books/{made(own, about, 'cccccccc')}"
    said = own.post(f"{book}/add", data={"item": "i5"}, headers=about).json()["say"]
    assert "Cirro cashmere sweater" in said
    assert order(own.get(book).text) == ["i8", "i3", "i5"]
    another = rooms.enter("manager").post(f"{book}/add", data={"item": "i6"}, headers=rooms.talk("manager", "c2"))
    assert another.status_code == 404


def test_title_and_greeting_are_kept_as_text(own: TestClient, about: dict[str, str]) -> None:
    book = f"/room/look-books/{made(own, about, 'dddddddd')}"
    answer = own.post(book, data={"title": "<b>Spring</b>", "greeting": "<script>alert(1)</script>"}).text
    assert "&lt;b&gt;Spring" in answer
    for text in (answer, own.get(f"{book}.html").text):
        assert "<script>alert" not in text
        assert "<b>Spring" not in text
    assert own.post(book, data={"title": " ", "greeting": ""}).status_code == 422


def test_the_files_are_downloads_that_nobody_keeps(own: TestClient, about: dict[str, str]) -> None:
    book = f"/room/look-books/{made(own, about, 'eeeeeeee')}"
    pdf, html = own.get(f"{book}.pdf"), own.get(f"{book}.html")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    assert html.text.startswith("<!doctype html>")
    for answer in (pdf, html):
        assert answer.headers["content-disposition"].startswith('attachment; filename="')
        assert "no-store" in answer.headers["cache-control"]
    assert "content-disposition" not in own.get(f"{book}.html?to=read").headers


def test_anothers_look_book_is_not_found(rooms: Rooms, own: TestClient, about: dict[str, str]) -> None:
    book = f"/room/look-books/{made(own, about, 'ffffffff')}"
    foreign = rooms.enter("foreign")
    for path in (book, f"{book}.pdf", f"{book}.html", "/room/look-books/look-0"):
        assert foreign.get(path).status_code == 404
    for path, data in (
        (book, {"title": "t"}),
        (f"{book}/place", {"item": "i3", "place": 1}),
        (f"{book}/drop", {"item": "i3"}),
    ):
        assert foreign.post(path, data=data).status_code == 404
    theirs = rooms.talk("foreign", "c2")
    foreign.post(f"{book}/remove", headers=theirs)
    assert order(own.get(book).text) == ["i8", "i3"]
    assert foreign.post("/room/look-books", data=CHOSEN, headers=about).status_code == 404
    assert own.post(f"{book}/remove", headers=about).status_code == 200
    assert own.get(book).status_code == 404


@pytest.mark.parametrize("who", ["shopper", "guest", "nobody"])
def test_only_the_staff_comes_in(rooms: Rooms, who: str) -> None:
    browser = rooms.enter(who)
    for method, path in {**look_books.RULES, **pieces.RULES}:
        address = path.format(look_book_id="look-1", item_id="i1")
        assert browser.request(method, address).status_code in (401, 403), address


def test_a_look_is_put_together(own: TestClient, about: dict[str, str]) -> None:
    answer = own.post("/room/look-books", data={"key": "99999999", "way": "together"}, headers=about)
    assert answer.status_code == 200
    assert order(answer.text)


def test_the_catalogue_is_searched_filtered_and_ordered(own: TestClient) -> None:
    assert "12 pieces" in own.get("/room/pieces").text
    found = own.get("/room/pieces/found", params={"category": "Bags", "order": "-price"}).text
    assert [int(one.replace(",", "")) for one in re.findall(r"€([\d,]+)", found)] == [1200, 900, 400, 300]
    assert "4 pieces" in found
    assert "1 piece" in own.get("/room/pieces/found", params={"words": "i8"}).text
    cheap = own.get("/room/pieces/found", params={"high": "150", "here": "on"}).text
    assert "2 pieces" in cheap
    plain = own.get("/room/pieces/found", params={"order": "minimal"}).text
    assert plain.index("Alba plain tote") < plain.index("Borea jewelled clutch")
    assert "minimal: 100 of 100" in plain


def test_words_that_are_no_number_or_nothing_break_nothing(own: TestClient) -> None:
    assert "12 pieces" in own.get("/room/pieces/found", params={"low": "cheap", "order": "nonsense"}).text
    assert "Nothing here answers" in own.get("/room/pieces/found", params={"brand": "<script>"}).text
    assert "<script>" not in own.get("/room/pieces", params={"words": "<script>"}).text


def test_a_piece_shows_its_facts_and_all_its_qualities(own: TestClient) -> None:
    shown = own.get("/room/pieces/piece/i1").text
    for fact in (
        "Alba plain tote",
        "€400",
        "calfskin",
        "navy",
        "Bags › Totes",
        "minimal: 100 of 100",
        "warmth: 22 of 100",
    ):
        assert fact in shown
    assert own.get("/room/pieces/piece/nowhere").status_code == 404


def test_whom_a_piece_suits_is_the_readers_own_book(rooms: Rooms, own: TestClient) -> None:
    mine, theirs = (one.get("/room/pieces/piece/i10/clients").text for one in (own, rooms.enter("foreign")))
    assert 'data-open="c2"' not in mine
    assert 'data-open="c1"' not in theirs


def test_what_cannot_be_had_is_suggested_to_nobody(own: TestClient) -> None:
    assert "suggested to nobody" in own.get("/room/pieces/piece/i12/clients").text


def test_a_piece_for_the_client_in_conversation(rooms: Rooms, own: TestClient, about: dict[str, str]) -> None:
    shown = own.get("/room/pieces/piece/i10/client", headers=about).text
    assert re.search(r"Place \d+ of \d+|theirs already", shown)
    assert own.get("/room/pieces/piece/i10/client", headers=rooms.talk("own", None)).text == ""


def test_who_bought_one_thing_but_not_another(own: TestClient) -> None:
    assert "Name what they bought" in own.get("/room/pieces/bought").text
    answer = own.get("/room/pieces/bought", params={"bought": "<img src=x>", "without": "belt"})
    assert answer.status_code == 200
    assert "<img src=x" not in answer.text


def test_what_is_on_show_is_offered_and_ticked(rooms: Rooms, own: TestClient) -> None:
    talk = rooms.house.talks.open(ACTORS["own"], "c1")
    rooms.world.model.script.extend(recommended())
    list(talk.answer("What do you suggest?"))
    shown = own.get("/room/look-books", headers={"X-Talk": talk.key}).text
    assert shown.count('name="item"') == 3
    assert shown.count("checked") == 3
