from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.errors import Refused
from agent.events import ApprovalRequest
from agent.floor import approving, memory
from agent.floor.standing import standing
from agent.intent.facts_said import MAX_WORDS
from agent.records.facts import Fact
from agent.records.messages import may_contact
from recsys.errors import InputError, NotFound
from tests.service_world import ADA, ASSOCIATE, COLLEAGUE, START, ServiceWorld, context


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ServiceWorld]:
    world = ServiceWorld(tmp_path / "boutique")
    yield world
    world.close()


def known(world: ServiceWorld) -> list[tuple[str, str, str]]:
    return [(one.kind, one.subject, one.value) for one in world.shop.facts.all(ASSOCIATE, "c1")]


def test_what_was_understood_and_what_it_changes_is_said_to_the_staff_by_name(world: ServiceWorld) -> None:
    said = memory.remember(world.shop, context(), "no wool", "t1:1").spoken
    assert said == "Remembered. Ada Lund avoids wool, by material. 2 of 12 items are no longer suggested."
    [fact] = world.shop.facts.all(ASSOCIATE, "c1")
    assert (fact.source, fact.author, fact.at) == ("written by a1", "a1", START)
    assert standing(world.shop, context()).refused == ("i6", "i10")


def test_a_shopper_hears_you(world: ServiceWorld) -> None:
    said = memory.remember(world.shop, context(ADA), "I take shoe size 39 and never red", "t1:1").spoken
    assert "Your shoe size is 39." in said
    assert "You avoid red, by colour. 2 of 12 items are no longer suggested." in said
    assert {one.source for one in world.shop.facts.all(ADA, "c1")} == {"said by the client"}


def test_a_taste_moves_every_ranking_by_its_amount(world: ServiceWorld) -> None:
    said = memory.remember(world.shop, context(), "likes it a bit more formal", "t1:1").spoken
    assert "Ada Lund likes things a little more formal. Suggestions lean a little that way from now on." in said
    assert standing(world.shop, context()).moves == {"formality": 0.5}


def test_what_no_item_has_is_kept_and_said_to_change_nothing_now(world: ServiceWorld) -> None:
    said = memory.remember(world.shop, context(), "allergic to nickel", "t1:1").spoken
    assert "Ada Lund avoids nickel. No item of the catalogue names it now" in said
    assert standing(world.shop, context()).refused == ()


def test_words_in_any_field_of_an_item_are_avoided(world: ServiceWorld) -> None:
    memory.remember(world.shop, context(), "hates quilted things", "t1:1")
    assert known(world) == [("avoid", "quilted", "anything")]
    assert standing(world.shop, context()).refused == ("i3",)


def test_what_no_rule_reads_is_kept_in_the_own_words_cut_and_cleaned(world: ServiceWorld) -> None:
    said = memory.remember(world.shop, context(), "tea\x00 with\u202e milk " + "x" * 500, "t1:1").spoken
    [(kind, subject, _)] = known(world)
    assert kind == "preference"
    assert subject.startswith("tea with milk xxx")
    assert len(subject) == MAX_WORDS
    assert f"Only the first {MAX_WORDS} characters were read" in said


def test_nothing_to_remember_is_refused(world: ServiceWorld) -> None:
    with pytest.raises(InputError, match="nothing to remember"):
        memory.remember(world.shop, context(), " \u200b ", "t1:1")


@pytest.mark.parametrize(
    ("said", "channel"),
    [
        ("please do not write to me any more", None),
        ("She doesn't want to be contacted", None),
        ("no more e-mails", "e-mail"),
        ("withdraws her consent", None),
        ("don't text me", "text message"),
    ],
)
def test_a_wish_not_to_be_written_to_withdraws_consent(world: ServiceWorld, said: str, channel: str | None) -> None:
    memory.remember(world.shop, context(ADA), said, "t1:1")
    assert may_contact(world.boutique, ASSOCIATE, "c1", "e-mail", START).allowed is (channel == "text message")
    assert known(world) == []


def test_words_never_give_consent(world: ServiceWorld) -> None:
    memory.remember(world.shop, context(), "she consents to letters, text messages and WhatsApp", "t1:1")
    for channel in ("letter", "text message", "WhatsApp"):
        assert not may_contact(world.boutique, ASSOCIATE, "c1", channel, START).allowed


def test_forgetting_needs_leave_and_then_leaves_nothing(world: ServiceWorld) -> None:
    memory.remember(world.shop, context(), "shoe size 39. no wool", "t1:1")
    memory.forget(world.shop, context(), "the shoe size", "t1:2", world.emit)
    [asked] = world.of_type(ApprovalRequest)
    assert asked.title == "Forget one fact about Ada Lund"
    assert asked.detail.startswith("Shoe size 39 (written by a1, 2 March 2026)")
    assert len(known(world)) == 2
    done = approving.answer(world.shop, context(), f"approve {asked.code}", world.emit)
    assert done is not None
    assert done.spoken == "Forgotten for good."
    assert known(world) == [("avoid", "wool", "material")]


def test_a_shopper_forgets_her_own_fact(world: ServiceWorld) -> None:
    memory.remember(world.shop, context(ADA), "no wool", "t1:1")
    memory.forget(world.shop, context(ADA), "no wool", "t1:2", world.emit)
    [asked] = world.of_type(ApprovalRequest)
    assert asked.title == "Forget one fact about you"
    assert "c1" not in asked.detail
    approving.answer(world.shop, context(ADA), f"approve {asked.code}", world.emit)
    assert known(world) == []


def test_a_fact_changed_after_asking_is_not_erased(world: ServiceWorld) -> None:
    memory.remember(world.shop, context(), "shoe size 39", "t1:1")
    memory.forget(world.shop, context(), "shoe size", "t1:2", world.emit)
    memory.remember(world.shop, context(), "shoe size 40", "t1:3")
    [asked] = world.of_type(ApprovalRequest)
    done = approving.answer(world.shop, context(), f"approve {asked.code}", world.emit)
    assert done is not None
    assert "changed or forgotten" in done.spoken
    assert known(world) == [("size", "shoe size", "40")]


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ("forget that I don't like wool", "wool"),
        ("my ring size", "ring size"),
        ("the 39", "shoe size"),
        ("that she likes it formal", "formality"),
    ],
)
def test_a_fact_is_found_by_its_words(world: ServiceWorld, words: str, subject: str) -> None:
    memory.remember(world.shop, context(), "shoe size 39, ring size 52. no wool. no red. likes more formal", "t1:1")
    memory.forget(world.shop, context(), words, "t1:2", world.emit)
    approving.answer(world.shop, context(), f"approve {world.of_type(ApprovalRequest)[0].code}", world.emit)
    assert subject not in {one for _, one, _ in known(world)}
    assert len(known(world)) == 4


@pytest.mark.parametrize("words", ["the moon", "size", ""])
def test_words_that_name_no_one_fact_are_asked_about(world: ServiceWorld, words: str) -> None:
    memory.remember(world.shop, context(), "shoe size 39, ring size 52", "t1:1")
    with pytest.raises(NotFound, match="remembered is: shoe size 39; ring size 52"):
        memory.forget(world.shop, context(), words, "t1:2", world.emit)


def test_nobody_reads_or_writes_facts_of_a_client_they_do_not_see(world: ServiceWorld) -> None:
    for where in (context(COLLEAGUE), context(ASSOCIATE, "c2"), context(ADA, "c2")):
        with pytest.raises(Refused):
            memory.remember(world.shop, where, "no wool", "k:1")
        with pytest.raises((Refused, NotFound)):
            memory.forget(world.shop, where, "no wool", "k:2", world.emit)
    assert world.of_type(ApprovalRequest) == []


def test_the_same_call_run_twice_remembers_once(world: ServiceWorld) -> None:
    for _ in range(2):
        memory.remember(world.shop, context(), "no wool and no silk", "t1:1")
    assert len(known(world)) == 2


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=300))
def test_any_words_are_remembered_or_refused_with_a_clear_line(world: ServiceWorld, text: str) -> None:
    try:
        said = memory.remember(world.shop, context(), text, f"t1:{hash(text)}").spoken
    except InputError as refused:
        said = f"Noted: {refused}"
    assert said.startswith(("Remembered. ", "Noted: "))
    assert said.isprintable()


def test_a_fact_erased_is_gone_from_the_file_also_as_a_request_to_forget_it(tmp_path: Path) -> None:
    folder = tmp_path / "boutique"
    world = ServiceWorld(folder)
    world.shop.facts.put(ASSOCIATE, "c1", Fact("preference", "CANARY-7731", "", None, "s", "a1", START), key="k")
    for number in range(2):
        memory.forget(world.shop, context(), "CANARY-7731", f"t1:{number}", world.emit)
    for asked in world.of_type(ApprovalRequest):
        approving.answer(world.shop, context(), f"approve {asked.code}", world.emit)
    assert known(world) == []
    world.close()
    assert [file.name for file in folder.iterdir() if file.is_file() and b"CANARY-7731" in file.read_bytes()] == []
