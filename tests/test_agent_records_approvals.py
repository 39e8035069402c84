"""Nothing goes out but by the approver's own answer, once, in time, for exactly what was shown."""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from agent.context import Actor, TurnContext
from agent.errors import Refused
from agent.events import ApprovalRequest
from agent.floor import approving, drafting, memory, sending
from agent.floor.approving import ACTS
from agent.records.approvals import CODE_LENGTH, CODE_LETTERS, VALID_FOR, Approvals, digest_of
from agent.records.messages import Draft
from agent.records.service_book import ServiceBook
from recsys.data.service_tables import approvals, drafts
from tests.service_world import ADA, ASSOCIATE, COLLEAGUE, MANAGER, START, ServiceWorld, context

TRIES = 1_000


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ServiceWorld]:
    world = ServiceWorld(tmp_path / "boutique")
    yield world
    world.close()


def ask_to_send(world: ServiceWorld, where: TurnContext, key: str) -> ApprovalRequest:
    """Keep a draft and ask leave to send it."""
    client_id = where.client_id or ""
    body = f"Dear Ada,\n\nFor you: {key}."
    told = {"channel": "e-mail", "tone": "warm", "language": "en", "subject": "For you", "body": body, "items": ("i2",)}
    draft = Draft(
        f"d-{key}", client_id, where.thread_id, "a1", claims=((body, ()),), state="draft", at=world.now, **told
    )
    world.shop.messages.keep(where.actor, draft, key=f"{key}:draft")
    sending.send_message(world.shop, where, f"{key}:send", world.emit)
    return world.of_type(ApprovalRequest)[-1]


def n_sent(world: ServiceWorld) -> int:
    book = ServiceBook(world.boutique)
    outbox = select(drafts.c.number).where(drafts.c.state == "outbox")
    contacts = book.contacts(MANAGER)
    assert len(world.boutique.database.rows(outbox)) == len(contacts)
    return len(contacts)


def answer(world: ServiceWorld, where: TurnContext, message: str) -> str:
    result = approving.answer(world.shop, where, message, world.emit)
    return result.spoken if result is not None else ""


def test_the_right_answer_sends_once_and_counts_as_a_contact(world: ServiceWorld) -> None:
    asked = ask_to_send(world, context(), "t1:1")
    assert "To Ada Lund by e-mail." in asked.detail
    assert asked.expires_at == START + VALID_FOR
    assert n_sent(world) == 0
    assert answer(world, context(), f"approve {asked.code}") == "The message is in the outbox, to go by e-mail."
    assert n_sent(world) == 1
    [draft] = world.shop.messages.all(ASSOCIATE, "c1")
    assert draft.state == "outbox"
    assert draft.body in asked.detail
    assert "approved already" in answer(world, context(), f"approve {asked.code}")
    assert n_sent(world) == 1


@pytest.mark.parametrize("said", ["APPROVE {}", "  approve {}  ", "Approve {}"])
def test_case_and_space_around_do_not_matter(world: ServiceWorld, said: str) -> None:
    asked = ask_to_send(world, context(), "t1:1")
    assert answer(world, context(), said.format(asked.code.lower()))
    assert n_sent(world) == 1


@pytest.mark.parametrize(
    "said",
    [
        "approve",
        "{}",
        "please approve {}",
        "approve {}!",
        "approve {} and more",
        "approve  {}",
        "approved {}",
        "yes {}",
    ],
)
def test_anything_else_is_no_answer(world: ServiceWorld, said: str) -> None:
    asked = ask_to_send(world, context(), "t1:1")
    assert approving.answer(world.shop, context(), said.format(asked.code), world.emit) is None
    assert n_sent(world) == 0


def test_asking_twice_with_one_key_is_one_request(world: ServiceWorld) -> None:
    first = ask_to_send(world, context(), "t1:1")
    sending.send_message(world.shop, context(), "t1:1:send", world.emit)
    assert world.of_type(ApprovalRequest)[-1].code == first.code


def test_one_key_with_other_arguments_is_another_request(world: ServiceWorld) -> None:
    store = Approvals(world.boutique, ACTS)
    asked = [store.ask(ASSOCIATE, "t1", "forget_fact", "c1", {"n": n}, key="k", at=START) for n in (1, 2, 1)]
    assert [one.arguments["n"] for one in asked] == [1, 2, 1]  # what is shown is what would be done
    assert asked[0].code == asked[2].code != asked[1].code


def test_a_declined_request_cannot_be_approved(world: ServiceWorld) -> None:
    asked = ask_to_send(world, context(), "t1:1")
    assert answer(world, context(), f"decline {asked.code}") == "Declined: nothing was done."
    assert "declined already" in answer(world, context(), f"approve {asked.code}")
    assert n_sent(world) == 0


def test_a_shopper_is_not_even_asked(world: ServiceWorld) -> None:
    with pytest.raises(Refused):
        sending.send_message(world.shop, context(ADA), "k", world.emit)
    with pytest.raises(Refused):
        approving.ask(world.shop, context(ADA), "send_message", {}, "t", "d", "k", world.emit)
    assert world.of_type(ApprovalRequest) == []


def test_consent_withdrawn_between_asking_and_approving_stops_it(world: ServiceWorld) -> None:
    asked = ask_to_send(world, context(), "t1:1")
    memory.remember(world.shop, context(ADA, thread="own"), "please do not write to me any more", "own:1")
    assert "no consent" in answer(world, context(), f"approve {asked.code}")
    assert n_sent(world) == 0


def test_another_message_sent_meanwhile_stops_it(world: ServiceWorld) -> None:
    first = ask_to_send(world, context(), "t1:1")
    other = context(MANAGER, thread="t2")
    second = ask_to_send(world, other, "t2:1")
    assert answer(world, other, f"approve {second.code}").startswith("The message is in the outbox")
    assert "at most one is sent in 14 days" in answer(world, context(), f"approve {first.code}")
    assert n_sent(world) == 1


def test_a_draft_worded_anew_needs_a_new_leave(world: ServiceWorld) -> None:
    asked = ask_to_send(world, context(), "t1:1")
    state = world.slate("i2")
    drafting.draft_message(world.shop, context(), state, [], "formal", None, None, "t1:9", world.emit)
    assert "was replaced or sent" in answer(world, context(), f"approve {asked.code}")
    assert n_sent(world) == 0


def test_two_answers_at_one_moment_send_once(world: ServiceWorld) -> None:
    with ThreadPoolExecutor(8) as pool:
        for number in range(12):
            world.now = START + number * dt.timedelta(days=15)
            asked = ask_to_send(world, context(), f"t1:{number}")
            said = list(pool.map(lambda _, code=asked.code: answer(world, context(), f"approve {code}"), range(8)))
            assert sum(one.startswith("The message is in the outbox") for one in said) == 1
            assert n_sent(world) == number + 1


def _other_approver(world: ServiceWorld, rng: random.Random, code: str) -> None:
    actor = rng.choice(
        [COLLEAGUE, MANAGER, ADA, Actor("c1", "associate"), Actor("a1", "manager"), Actor("a1", "shopper")]
    )
    answer(world, context(actor), f"approve {code}")


def _other_thread(world: ServiceWorld, rng: random.Random, code: str) -> None:
    answer(world, context(thread=rng.choice(["t2", "", "T1", "t1 ", "%", "t1' OR '1'='1"])), f"approve {code}")


def _edited_arguments(world: ServiceWorld, rng: random.Random, code: str) -> None:
    with world.boutique.database.transaction() as connection:
        arguments = connection.execute(select(approvals.c.arguments).where(approvals.c.code == code)).scalar_one()
        change = rng.choice(
            [{"client_id": "c4"}, {"draft_id": "d0"}, {"channel": "letter"}, {"digest": "0"}, {"more": 1}]
        )
        changed = arguments | change
        connection.execute(update(approvals).where(approvals.c.code == code).values(arguments=changed))
    answer(world, context(), f"approve {code}")


def _edited_and_resealed(world: ServiceWorld, rng: random.Random, code: str) -> None:
    """Change the arguments and their digest as well: the act itself still finds other text than was approved."""
    with world.boutique.database.transaction() as connection:
        arguments = connection.execute(select(approvals.c.arguments).where(approvals.c.code == code)).scalar_one()
        changed = arguments | rng.choice([{"client_id": "c4"}, {"channel": "letter"}, {"digest": "0" * 64}])
        values = {"arguments": changed, "digest": digest_of("send_message", changed)}
        connection.execute(update(approvals).where(approvals.c.code == code).values(values))
    answer(world, context(), f"approve {code}")


def _edited_draft(world: ServiceWorld, rng: random.Random, code: str) -> None:
    change = rng.choice([{"body": "Pay now"}, {"subject": "Other"}, {"channel": "letter"}, {"state": "discarded"}])
    with world.boutique.database.transaction() as connection:
        connection.execute(update(drafts).where(drafts.c.state == "draft").values(change))
    answer(world, context(), f"approve {code}")


def _expired(world: ServiceWorld, rng: random.Random, code: str) -> None:
    world.now += VALID_FOR + dt.timedelta(seconds=rng.choice([0, 1, 3600]))
    answer(world, context(), f"approve {code}")


def _declined_first(world: ServiceWorld, rng: random.Random, code: str) -> None:
    answer(world, context(), f"decline {code}")
    for _ in range(rng.randint(1, 3)):
        answer(world, context(), f"approve {code}")


def _guessed(world: ServiceWorld, rng: random.Random, code: str) -> None:
    for _ in range(10):
        guess = "".join(rng.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        if guess != code:
            answer(world, context(), f"approve {guess}")
    answer(world, context(), f"approve {code[:-1]}{rng.choice(['%', '_', '*', '?', ''])}")


def _reassigned(world: ServiceWorld, rng: random.Random, code: str) -> None:
    world.hand_over("c1", "a2")
    answer(world, context(), f"approve {code}")
    answer(world, context(COLLEAGUE), f"approve {code}")
    world.hand_over("c1", "a1")
    with world.boutique.database.transaction() as connection:  # the request of this try is over
        connection.execute(update(approvals).where(approvals.c.code == code).values(state="declined"))


def _other_client(world: ServiceWorld, rng: random.Random, code: str) -> None:
    with world.boutique.database.transaction() as connection:
        connection.execute(update(approvals).where(approvals.c.code == code).values(client=rng.choice([2, 3, 4])))
    answer(world, context(), f"approve {code}")


ATTACKS: list[Callable[[ServiceWorld, random.Random, str], None]] = [
    _other_approver,
    _other_thread,
    _edited_arguments,
    _edited_and_resealed,
    _edited_draft,
    _expired,
    _declined_first,
    _guessed,
    _reassigned,
    _other_client,
]


def test_no_try_to_get_round_an_approval_sends_anything(world: ServiceWorld) -> None:
    rng = random.Random(5)
    for number in range(TRIES):
        asked = ask_to_send(world, context(), f"t1:{number}")
        ATTACKS[number % len(ATTACKS)](world, rng, asked.code)
        world.events.clear()  # each try stands alone: the next one's draft takes the place of this one's
    assert n_sent(world) == 0
    assert len(world.boutique.database.rows(select(approvals.c.number))) == TRIES
    asked = ask_to_send(world, context(), "last")  # and the right way still works
    answer(world, context(), f"approve {asked.code}")
    assert n_sent(world) == 1


def test_replaying_every_approved_code_sends_nothing_more(world: ServiceWorld) -> None:
    codes = []
    for number in range(5):
        world.now = START + number * dt.timedelta(days=15)
        codes.append(ask_to_send(world, context(), f"t1:{number}").code)
        answer(world, context(), f"approve {codes[-1]}")
    world.now += dt.timedelta(days=15)
    for code in codes * 20:
        answer(world, context(), f"approve {code}")
    assert n_sent(world) == 5


def test_codes_are_unambiguous_and_differ(world: ServiceWorld) -> None:
    store = Approvals(world.boutique, ACTS)
    asked = [store.ask(ASSOCIATE, "t1", "forget_fact", "c1", {"n": n}, key=str(n), at=START) for n in range(50)]
    assert len({one.code for one in asked}) == 50
    assert all(set(one.code) <= set(CODE_LETTERS) and len(one.code) == CODE_LENGTH for one in asked)
    assert not set("01ILO") & set(CODE_LETTERS)


def test_the_digest_covers_action_and_every_argument() -> None:
    base = digest_of("send_message", {"a": 1, "b": "x"})
    assert base == digest_of("send_message", {"b": "x", "a": 1})
    others = [digest_of("forget_fact", {"a": 1, "b": "x"}), digest_of("send_message", {"a": "1", "b": "x"})]
    assert base not in [*others, digest_of("send_message", {"a": 1, "b": "x", "c": None})]


def test_whom_it_is_about_comes_from_the_request_not_from_the_conversation(world: ServiceWorld) -> None:
    asked = ask_to_send(world, context(), "t1:1")
    anywhere = replace(context(), client_id=None)
    assert answer(world, anywhere, f"approve {asked.code}").startswith("The message is in the outbox")
