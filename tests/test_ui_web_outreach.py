"""Today, messages, the outbox and follow-ups as a browser meets them: whose they are, what is sent, and only once."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete
from starlette.testclient import TestClient

from agent.floor.delivering import compose_link, reachable
from agent.records.deliveries import Deliveries
from agent.records.messages import Draft
from agent.records.responses import Responses
from recsys.data.tables import metadata
from recsys.schema import Client
from tests.surface_world import ACTORS
from tests.test_agent_mail import Postbox, post_office
from tests.web_world import Rooms, open_rooms

HOSTILE = "<img src=x onerror=alert(1)>"
OWN = ACTORS["own"]


ADA = Client(
    client_id="c1",
    name="Ada",
    associate_id="a1",
    preferences={"contact": "e-mail", "e-mail address": "ada@example.org"},
)
WRITTEN = ("approvals", "contacts", "deliveries", "dismissals", "drafts", "follow_ups", "responses")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    with open_rooms(Path(tmp_path_factory.mktemp("rooms"))) as opened:
        yield opened


@pytest.fixture
def rooms(house: Rooms, monkeypatch: pytest.MonkeyPatch) -> Rooms:
    """The rooms with nothing written yet, and no mail server."""
    monkeypatch.delenv("CLIENTELLER_SMTP_URL", raising=False)
    boutique = house.house.assistant.shop.boutique
    with boutique.database.transaction() as connection:
        for name in WRITTEN:
            connection.execute(delete(metadata.tables[name]))
    with boutique.writer() as writer:
        writer.upsert_clients([ADA])
    return house


_BROWSERS: dict[str, TestClient] = {}


class Visit:
    """A logged-in browser with a conversation about a client."""

    def __init__(self, rooms: Rooms, who: str = "own", client_id: str | None = "c1") -> None:
        if who not in _BROWSERS:
            _BROWSERS[who] = rooms.enter(who)
        self.browser = _BROWSERS[who]
        self.talk = rooms.talk(who, client_id)

    def get(self, path: str) -> str:
        return self._text(self.browser.get(path, headers=self.talk))

    def post(self, path: str, expect: int = 200, **data: str) -> str:
        return self._text(self.browser.post(path, data=data, headers=self.talk), expect)

    def _text(self, answer: object, expect: int = 200) -> str:
        assert answer.status_code == expect, answer.text  # type: ignore[attr-defined]
        return str(answer.text)  # type: ignore[attr-defined]


def draft_id(text: str) -> str:
    found = re.search(r'name="draft_id" value="(d[0-9a-f]+)"', text)
    assert found
    return found[1]


def approve(visit: Visit, body: str = "Dear Ada, come and see.") -> str:
    """Write a message and approve it as a person does; return its id."""
    written = visit.post("/room/messages/write", key="k" * 8, body=body, channel="e-mail", subject="Hello")
    asked = visit.post("/room/messages/send", key="s" * 8, draft_id=draft_id(written))
    code = re.search(r'name="code" value="([A-Z0-9]{6})"', asked)
    assert code
    assert "outbox" in visit.post("/room/messages/answer", code=code[1], verdict="approve")
    found = re.search(r"ct-text-(d[0-9a-f]+)", visit.get("/room/outbox"))
    assert found
    return found[1]


def promise(rooms: Rooms, what: str, days: int) -> None:
    shop = rooms.house.assistant.shop
    due = shop.clock().date() + dt.timedelta(days=days)
    shop.follow_ups.add(OWN, "c1", what, due, key=what, at=shop.clock())


def test_today_is_honest_when_nobody_needs_anybody(rooms: Rooms) -> None:
    with rooms.house.assistant.shop.boutique.writer() as writer:
        writer.upsert_clients([ADA.model_copy(update={"preferences": {}})])  # agrees to nothing
    text = Visit(rooms, client_id=None).get("/room/today")
    assert "Nobody needs you today" in text
    assert re.search(r"may not be written to now|no reason to write was strong enough", text)


def test_today_puts_aside_brings_back_and_counts_a_contact(rooms: Rooms) -> None:
    visit = Visit(rooms, client_id=None)
    text = visit.get("/room/today")
    found = re.search(r'name="occasion" value="([^"]+)"', text)
    assert found
    entry = {"client_id": "c1", "occasion": found[1], "why": HOSTILE}
    for until in ("tomorrow", "month", "never"):
        aside = visit.post("/room/today/aside", until=until, **entry)
        assert "1 entry put aside" in aside
        assert HOSTILE not in aside
        number = re.search(r'"number": (\d+)', aside)
        assert number
        assert "put aside" not in visit.post("/room/today/undo", number=number[1])
    visit.post("/room/today/undo", expect=404, number="1")
    touched = visit.post("/room/today/touched", **entry)
    assert "1 entry put aside" in touched
    assert "The earliest day is" in Visit(rooms).get("/room/messages")
    number = re.search(r'"number": (\d+)', touched)
    assert number
    visit.post("/room/today/undo", number=number[1])
    assert "may go out today" in Visit(rooms).get("/room/messages")


def test_today_begins_with_what_was_promised(rooms: Rooms) -> None:
    promise(rooms, "call about the coat", 0)
    promise(rooms, "later", 3)
    visit = Visit(rooms, client_id=None)
    text = visit.get("/room/today")
    assert "call about the coat" in text
    assert "later" not in text
    number = re.search(r"/room/today/plans/(\d+)", text)
    assert number
    assert "call about the coat" not in visit.post(f"/room/today/plans/{number[1]}")
    assert "call about the coat" not in Visit(rooms, "foreign", None).get("/room/today")


def test_another_associate_can_put_nothing_aside(rooms: Rooms) -> None:
    visit = Visit(rooms, "foreign", None)
    visit.post("/room/today/aside", expect=403, client_id="c1", occasion="x", why="y", until="never")
    visit.post("/room/today/touched", expect=403, client_id="c1", occasion="x", why="y")


def test_a_manager_sees_everybodys_day_or_ones(rooms: Rooms) -> None:
    visit = Visit(rooms, "manager", None)
    assert '<option value="a2"' in visit.get("/room/today")
    assert "Ada" not in visit.get("/room/today?associate=a2")
    assert "<option" not in Visit(rooms, client_id=None).get("/room/today?associate=a2")


def test_a_draft_begins_with_a_press_and_is_said_sentence_by_sentence(rooms: Rooms) -> None:
    visit = Visit(rooms)
    assert "Start blank" in visit.get("/room/messages")
    begun = visit.post("/room/messages/begin", key="b" * 8)
    assert "Draft, not sent" in begun
    assert "ct-rests-evidence" in begun
    assert "claim nothing" in begun or "claims nothing" in begun
    assert "Dear Ada," in visit.get("/room/messages")
    again = visit.post("/room/messages/again", key="f" * 8, tone="formal")
    assert "Yours sincerely" in again
    assert "Yours sincerely" in visit.post("/room/messages/again", key="f" * 8, tone="short")  # one press, one draft


def test_ones_own_words_are_flagged(rooms: Rooms) -> None:
    visit = Visit(rooms)
    body = f"Dear Ada, {HOSTILE} It costs 4711. How are you?"
    text = visit.post("/room/messages/write", key="k" * 8, body=body, channel="e-mail", subject=HOSTILE)
    assert HOSTILE not in text
    assert "ct-rests-beyond" in text
    assert "4711" in text
    assert "ct-rests-unchecked" in text
    form = visit.get(f"/room/messages/write?draft_id={draft_id(text)}")
    assert "It costs 4711." in form
    assert HOSTILE not in form


def test_without_consent_there_is_no_button_and_no_way_to_send(rooms: Rooms) -> None:
    visit = Visit(rooms)
    text = visit.post("/room/messages/write", key="k" * 8, body="Hello.", channel="letter")
    assert "It cannot be sent now" in text
    assert "/room/messages/send" not in text
    asked = visit.post("/room/messages/send", key="s" * 8, draft_id=newest(rooms).draft_id)
    assert "no consent" in asked
    assert "ct-approval" not in asked


def newest(rooms: Rooms) -> Draft:
    return rooms.house.assistant.shop.messages.all(OWN, "c1")[-1]


def test_nothing_goes_out_without_leave_and_leave_is_for_one_text_and_one_press(rooms: Rooms) -> None:
    visit = Visit(rooms)
    visit.post("/room/messages/write", key="a" * 8, body="First.", channel="e-mail")
    first = newest(rooms).draft_id
    visit.post("/room/messages/write", key="b" * 8, body="Second.", channel="e-mail")
    visit.post("/room/messages/send", expect=403, key="s" * 8, draft_id=first)
    asked = visit.post("/room/messages/send", key="s" * 8, draft_id=newest(rooms).draft_id)
    assert Deliveries(rooms.house.assistant.shop.boutique).outbox(OWN) == []
    code = re.findall(r'name="code" value="([A-Z0-9]{6})"', asked)[0]
    assert "Declined" in visit.post("/room/messages/answer", code=code, verdict="decline")
    assert "already" in visit.post("/room/messages/answer", code=code, verdict="approve")
    theirs = Visit(rooms, "manager")
    assert "open request" in theirs.post("/room/messages/answer", code=code, verdict="approve")
    assert Deliveries(rooms.house.assistant.shop.boutique).outbox(OWN) == []


def test_another_persons_drafts_are_not_found(rooms: Rooms) -> None:
    mine = approve(Visit(rooms))
    theirs = Visit(rooms, "foreign", "c2")
    assert "come and see" not in theirs.get("/room/outbox") + theirs.get("/room/messages")
    assert theirs.browser.get(f"/room/messages/write?draft_id={mine}", headers=theirs.talk).status_code == 404
    theirs.post("/room/messages/take-up", expect=404, key="t" * 8, draft_id=mine)
    for path, data in (
        ("by-hand", {}),
        ("back", {}),
        ("went-out", {"answer": "yes"}),
        ("response", {"kind": "opened"}),
    ):
        theirs.post(f"/room/outbox/{mine}/{path}", expect=404, **data)
    shopper = Visit(rooms, "shopper").browser
    for path in ("/room/today", "/room/messages", "/room/outbox", "/room/follow-ups", "/room/follow-ups.ics"):
        assert shopper.get(path, headers=rooms.talk("shopper", "c1")).status_code == 403


def test_a_message_goes_through_the_mail_server_once(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    visit, box = Visit(rooms), Postbox()
    mine = approve(visit)
    visit.post(f"/room/outbox/{mine}/send", expect=422)
    with post_office(box) as port:
        monkeypatch.setenv("CLIENTELLER_SMTP_URL", f"smtp://127.0.0.1:{port}")
        monkeypatch.setenv("CLIENTELLER_MAIL_FROM", "Small <hello@small.example>")
        assert "ada@example.org" in visit.get("/room/outbox")
        assert "Gone out" in visit.post(f"/room/outbox/{mine}/send")
        visit.post(f"/room/outbox/{mine}/send", expect=403)
    assert [one.rcpt_tos for one in box.mails] == [["ada@example.org"]]
    assert b"come and see" in (box.mails[0].content or b"")  # type: ignore[operator]


def test_what_failed_says_why_and_can_be_tried_again(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    visit, box = Visit(rooms), Postbox("554 no")
    mine = approve(visit)
    monkeypatch.setenv("CLIENTELLER_MAIL_FROM", "hello@small.example")
    with post_office(box) as port:
        monkeypatch.setenv("CLIENTELLER_SMTP_URL", f"smtp://ada:secret-1@127.0.0.1:{port}")
        failed = visit.post(f"/room/outbox/{mine}/send")
        assert "Try again" in failed
        assert "secret-1" not in failed
        monkeypatch.setenv("CLIENTELLER_SMTP_URL", f"smtp://127.0.0.1:{port}")
        assert "code 554" in visit.post(f"/room/outbox/{mine}/send")
        box.answer = "250 fine"
        assert "Gone out" in visit.post(f"/room/outbox/{mine}/send")


def test_after_silence_a_person_is_asked_and_nothing_is_sent_again(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, box = Visit(rooms), Postbox("silence")
    mine = approve(visit)
    monkeypatch.setenv("CLIENTELLER_MAIL_FROM", "hello@small.example")
    with post_office(box) as port:
        monkeypatch.setenv("CLIENTELLER_SMTP_URL", f"smtp://127.0.0.1:{port}")
        assert "Nobody knows whether this went out" in visit.post(f"/room/outbox/{mine}/send")
        visit.post(f"/room/outbox/{mine}/send", expect=403)
        visit.post(f"/room/outbox/{mine}/went-out", expect=403, answer="no")  # it may still be under way
    assert len(box.mails) == 1


def test_sent_by_hand_then_answered(rooms: Rooms) -> None:
    visit = Visit(rooms)
    mine = approve(visit)
    assert "mailto:ada@example.org?" in visit.get("/room/outbox")
    visit.post(f"/room/outbox/{mine}/response", expect=422, kind="laughed")
    assert "sent by hand" in visit.post(f"/room/outbox/{mine}/by-hand")
    visit.post(f"/room/outbox/{mine}/back", expect=403)
    for _ in range(2):
        assert 'aria-pressed="true"' in visit.post(f"/room/outbox/{mine}/response", kind="replied")
    assert len(Responses(rooms.house.assistant.shop.boutique).all(OWN, "c1")) == 1
    assert "replied" in visit.get("/room/messages")


def test_a_message_taken_back_can_be_taken_up_again(rooms: Rooms) -> None:
    visit = Visit(rooms)
    mine = approve(visit)
    assert "Nothing waits here" in visit.post(f"/room/outbox/{mine}/back")
    taken = visit.post("/room/messages/take-up", key="t" * 8, draft_id=mine)
    assert "come and see" in taken
    assert "may go out today" in taken


def test_follow_ups_are_planned_moved_closed_and_go_into_a_calendar(rooms: Rooms) -> None:
    visit = Visit(rooms)
    day = rooms.house.assistant.shop.clock().date()
    plan = {"what": f"with her about {HOSTILE}", "client": "Ada (c1)", "due": day.isoformat()}
    text = visit.post("/room/follow-ups", key="p" * 8, **plan)
    assert visit.post("/room/follow-ups", key="p" * 8, **plan).count("/close") == text.count("/close") == 1
    assert "follow up with her" in text
    assert HOSTILE not in text
    [mine] = rooms.house.assistant.shop.follow_ups.plans(OWN)
    later = (day + dt.timedelta(days=40)).isoformat()
    assert "Later" in visit.post(f"/room/follow-ups/{mine.number}/move", due=later)
    for path in ("/room/follow-ups.ics", f"/room/follow-ups/{mine.number}/calendar.ics"):
        answer = visit.browser.get(path)
        assert answer.headers["content-type"].startswith("text/calendar")
        assert "attachment" in answer.headers["content-disposition"]
        assert f"VALUE=DATE:{later.replace('-', '')}" in answer.text
        assert "ada@example.org" not in answer.text
    theirs = Visit(rooms, "foreign", "c2")
    assert theirs.browser.get(f"/room/follow-ups/{mine.number}/calendar.ics").status_code == 404
    assert "SUMMARY" not in theirs.browser.get("/room/follow-ups.ics").text
    theirs.post(f"/room/follow-ups/{mine.number}/move", expect=404, due=later)
    theirs.post("/room/follow-ups", expect=403, key="q" * 8, what="x", client="c1", due=later)
    theirs.post(f"/room/follow-ups/{mine.number}/close", state="done")
    assert len(rooms.house.assistant.shop.follow_ups.plans(OWN)) == 1
    assert "/close" not in visit.post(f"/room/follow-ups/{mine.number}/close", state="done")


def test_the_records_propose_and_a_proposal_is_put_aside(rooms: Rooms) -> None:
    with rooms.house.assistant.shop.boutique.writer() as writer:
        said = {**ADA.preferences, "birthday month": "March"}  # of the newest record, to which days are counted
        writer.upsert_clients([ADA.model_copy(update={"preferences": said})])
    visit = Visit(rooms)
    proposed = visit.get("/room/follow-ups/proposed")
    assert "write for the birthday" in proposed
    found = re.search(r'name="occasion" value="(birthday[^"]+)"', proposed)
    assert found
    visit.post("/room/follow-ups/aside", client_id="c1", occasion=found[1])
    assert "write for the birthday" not in visit.get("/room/follow-ups/proposed")


@pytest.mark.parametrize("plan", [{"what": " "}, {"due": "2001-01-01"}, {"due": "soon"}, {"due": ""}])
def test_a_plan_needs_words_and_a_day_to_come(rooms: Rooms, plan: dict[str, str]) -> None:
    day = (rooms.house.assistant.shop.clock().date() + dt.timedelta(days=1)).isoformat()
    Visit(rooms).post("/room/follow-ups", expect=422, **{"key": "p" * 8, "what": "call", "due": day, **plan})


def test_a_plan_without_a_client_is_refused_across_the_book(rooms: Rooms) -> None:
    day = (rooms.house.assistant.shop.clock().date() + dt.timedelta(days=1)).isoformat()
    Visit(rooms, client_id=None).post("/room/follow-ups", expect=422, key="p" * 8, what="call", due=day)


@pytest.mark.parametrize(
    ("preferences", "address", "phone"),
    [
        ({"e-mail": "ada@example.org"}, "ada@example.org", ""),
        ({"Email_Address": " ada@example.org "}, "ada@example.org", ""),
        ({"contact": "e-mail", "e-mail": "yes, gladly"}, "", ""),
        ({"e-mail": "a@x.org\nBcc: b@x.org"}, "", ""),
        ({"mobile": "+44 20 7946 0000"}, "", "+44 20 7946 0000"),
        ({"phone": "javascript:alert(1)"}, "", ""),
    ],
)
def test_an_address_is_read_only_where_it_is_one(preferences: dict[str, str], address: str, phone: str) -> None:
    where = reachable(Client(client_id="c1", preferences=preferences))
    assert (where.address, where.phone) == (address, phone)


def test_links_carry_the_text_and_nothing_else() -> None:
    where = reachable(Client(client_id="c1", preferences={"e-mail": "a@x.org", "phone": "+1 555 0100 00"}))
    text = "Hi & bye?\n#1"
    fixed = (text, (), (), "outbox", dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    by = {
        channel: compose_link(Draft("d", "c1", "t", "a1", channel, "warm", "en", "S&cc=eve@x.org", *fixed), where)  # type: ignore[arg-type]
        for channel in ("e-mail", "text message", "letter")
    }
    assert by["e-mail"] == "mailto:a@x.org?subject=S%26cc%3Deve%40x.org&body=Hi%20%26%20bye%3F%0D%0A%231"
    assert by["text message"] == "sms:+1555010000?body=Hi%20%26%20bye%3F%0D%0A%231"
    assert by["letter"] == ""


def test_the_address_is_shown_to_whoever_sends_by_their_own_means_too(rooms: Rooms) -> None:
    visit = Visit(rooms)
    approve(visit)
    waiting = visit.get("/room/outbox")
    assert "No mail server is configured" in waiting
    assert "To ada@example.org" in waiting
    assert "Send now" not in waiting
    assert waiting.count("ada@example.org") == 2  # and in the link to the mail program
    assert "ada@example.org" in visit.get("/room/client")
    for path in ("/room/today", "/room/messages", "/room/clients", "/room/taste"):
        assert "ada@example.org" not in visit.get(path), path
