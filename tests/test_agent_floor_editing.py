"""One's own words in a draft: what stayed keeps its evidence, what changed is held against the records again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.errors import Refused
from agent.floor import approving, drafting, sending
from agent.floor.editing import MAX_BODY, Checked, checked, edit_draft, take_up
from agent.records.messages import Draft
from recsys.errors import InputError
from tests.service_world import ADA, ASSOCIATE, ServiceWorld, context


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ServiceWorld]:
    world = ServiceWorld(tmp_path / "boutique")
    yield world
    world.close()


def drafted(world: ServiceWorld, language: str = "en") -> Draft:
    state = world.slate("i8", "i5")
    drafting.draft_message(world.shop, context(), state, [], "warm", language, None, "t1:1", world.emit)
    found = world.shop.messages.newest(ASSOCIATE, "c1", "t1")
    assert found is not None
    return found


def edited(world: ServiceWorld, before: Draft | None, body: str, key: str = "t1:2") -> dict[str, Checked]:
    draft = edit_draft(world.shop, context(), before, "S", body, "e-mail", key)
    assert draft.body == "\n\n".join(part for part in draft.body.split("\n\n"))
    return {one.text: one for paragraph in checked(world.shop, draft) for one in paragraph}


@pytest.mark.parametrize("language", ["en", "fr", "de", "it", "ja"])
def test_a_text_kept_as_it_is_keeps_its_evidence(world: ServiceWorld, language: str) -> None:
    before = drafted(world, language)
    after = edit_draft(world.shop, context(), before, before.subject, before.body, "e-mail", "t1:2")
    assert (after.claims, after.own, after.body) == (before.claims, (), before.body)
    assert {one.rests for part in checked(world.shop, after) for one in part} == {"evidence", "nothing"}


def test_every_own_sentence_is_told_for_what_it_is(world: ServiceWorld) -> None:
    before = drafted(world)
    price = world.shop.card(1, "i8").price
    mine = [
        "It was lovely to see you.",
        "The Duna linen scarf is here in 47 colours.",
        f"The Duna linen scarf costs {price}.",
        "Look at https://evil.example now.",
        "The Altiplano wool wrap is gone.",
        "Ada, shall I call?",
    ]
    said = edited(world, before, before.body + "\n\n" + " ".join(mine))
    assert [said[one].rests for one in mine[:4]] == ["unchecked", "beyond", "names", "beyond"]
    assert said[mine[1]].beyond == ("47",)
    assert any("price" in fact for fact in said[mine[2]].evidence)
    assert said[mine[5]].rests == "names"
    assert all(said[text].rests in ("evidence", "nothing") for text, _ in before.claims)


def test_a_figure_of_another_piece_holds_nothing(world: ServiceWorld) -> None:
    other = world.shop.card(1, "i5").price
    own = world.shop.card(1, "i8").price
    assert other != own
    text = f"The Duna linen scarf costs {other}."
    assert edited(world, drafted(world), text)[text].rests == "beyond"


def test_the_same_words_changed_by_one_figure_lose_their_evidence(world: ServiceWorld) -> None:
    before = drafted(world)
    sentence = next(text for text, facts in before.claims if facts and "Duna" in text)
    changed = sentence.replace("Duna linen", "Duna 100 linen")
    said = edited(world, before, before.body.replace(sentence, changed))
    assert sentence not in said
    assert said[changed].rests == "beyond"


def test_a_blank_sheet_is_all_ones_own(world: ServiceWorld) -> None:
    said = edited(world, None, "Dear Ada,\nHow does it wear?\n\n\n\nWarm regards")
    assert {text: one.rests for text, one in said.items()} == {
        "Dear Ada,": "names", "How does it wear?": "unchecked", "Warm regards": "unchecked",
    }  # fmt: skip


def test_ones_own_sentence_stays_ones_own_when_edited_again(world: ServiceWorld) -> None:
    before = drafted(world)
    first = edit_draft(world.shop, context(), before, "S", before.body + "\n\nSee you at noon.", "e-mail", "t1:2")
    second = edit_draft(world.shop, context(), first, "S", first.body + "\n\nBye.", "e-mail", "t1:3")
    assert second.own == ("See you at noon.", "Bye.")
    assert world.shop.messages.newest(ASSOCIATE, "c1", "t1") == second


@given(st.text(max_size=300))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_is_kept_whole_and_none_of_it_counts_as_tested(world: ServiceWorld, text: str) -> None:
    try:
        draft = edit_draft(world.shop, context(), None, text, text, "e-mail", f"t1:{hash(text)}")
    except InputError:
        return
    shown = [one for paragraph in checked(world.shop, draft) for one in paragraph]
    assert "".join("".join(one.text for one in shown).split()) == "".join(draft.body.split())
    assert all(one.rests in ("unchecked", "names", "beyond", "nothing") for one in shown)
    assert "\n" not in draft.subject


def test_no_text_too_much_or_no_channel_is_refused(world: ServiceWorld) -> None:
    for body, channel in (("", "e-mail"), (" \n ", "e-mail"), ("x" * (MAX_BODY + 1), "e-mail"), ("Hi", "pigeon")):
        with pytest.raises(InputError):
            edit_draft(world.shop, context(), None, "", body, channel, "t1:9")
    with pytest.raises(Refused):
        edit_draft(world.shop, context(ADA), None, "", "Hi", "e-mail", "t1:9")


def test_leave_given_for_a_text_is_not_leave_for_the_edited_one(world: ServiceWorld) -> None:
    before = drafted(world)
    sending.send_message(world.shop, context(), "t1:3", world.emit)
    code = world.events[-1].code  # type: ignore[union-attr]
    edit_draft(world.shop, context(), before, "S", "Other words.", "e-mail", "t1:4")
    said = approving.answer(world.shop, context(), f"approve {code}", world.emit)
    assert said is not None
    assert "replaced" in said.spoken


def test_an_earlier_draft_is_taken_up_as_it_was(world: ServiceWorld) -> None:
    before = drafted(world)
    edit_draft(world.shop, context(), before, "S", "Other words.", "e-mail", "t1:2")
    again = take_up(world.shop, context(thread="t2"), world.shop.messages.find(ASSOCIATE, before.draft_id), "t2:1")
    assert (again.body, again.claims, again.state) == (before.body, before.claims, "draft")
    assert world.shop.messages.newest(ASSOCIATE, "c1", "t2") == again
