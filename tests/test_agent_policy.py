"""The policy against an oracle of its own, the SQL rule against the policy, and the tools against both."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage

from agent.context import ROLES, Actor, Role
from agent.errors import Refused
from agent.policy import Action, decide, may_see, require
from agent.records.book import ClientBook
from agent.tools.all_tools import build_tools
from agent.tools.marks import for_role, mark_of, marked
from recsys.data.boutique import Boutique
from recsys.errors import InputError
from recsys.schema import Client
from tests.desk import ASSOCIATE, Desk
from tests.scripted import call

ACTIONS: tuple[Action, ...] = ("browse", "see", "record", "erase", "look_up", "serve", "send")
NAMES = ("c1", "c2", "a1", "a2", "m1")
# Who may do what to whom, written out: (role, relation to the client) to what is allowed.
ALLOWED = {
    ("shopper", "self"): {"browse", "see", "record", "erase"},
    ("shopper", "other"): set(),
    ("associate", "own"): set(ACTIONS),
    ("associate", "other"): set(),
    ("manager", "other"): set(ACTIONS),
}


def relation(actor: Actor, client: Client) -> tuple[str, str]:
    if actor.role == "manager":
        return "manager", "other"
    if actor.role == "shopper":
        return "shopper", "self" if actor.actor_id == client.client_id else "other"
    return "associate", "own" if client.associate_id == actor.actor_id else "other"


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", ROLES)
def test_the_policy_agrees_with_the_table(role: Role, action: Action) -> None:
    for actor_id, client_id, associate in itertools.product(NAMES, ("c1", "c2"), (None, "a1", "a2")):
        actor, client = Actor(actor_id, role), Client(client_id=client_id, associate_id=associate)
        assert decide(actor, action, client).allowed == (action in ALLOWED[relation(actor, client)])


@pytest.mark.parametrize("role", ROLES)
def test_only_what_leaves_the_house_or_destroys_needs_approval(role: Role) -> None:
    needs = {action for action in ACTIONS if decide(Actor("c1", role), action).needs_approval}
    assert needs == ({"erase"} if role == "shopper" else {"erase", "send"})


def test_a_refusal_does_not_tell_whether_the_client_exists() -> None:
    with pytest.raises(Refused) as there:
        require(ASSOCIATE, "see", Client(client_id="c2", associate_id="a2"))
    assert str(there.value) == "no client 'c2' in your book; choose one of your own clients"


people = st.sampled_from(["a1", "a2", "a3", "c0", "c1", "c2", "c3", "", "' OR 1=1 --"])


@settings(max_examples=60, deadline=None)
@given(owners=st.lists(st.sampled_from([None, "a1", "a2", "a3"]), min_size=4, max_size=4), who=people,
       role=st.sampled_from(ROLES))  # fmt: skip
def test_sql_shows_exactly_whom_the_policy_lets_one_see(
    tmp_path_factory: pytest.TempPathFactory, owners: list[str | None], who: str, role: Role
) -> None:
    boutique = Boutique.create(tmp_path_factory.mktemp("book"))
    clients = [Client(client_id=f"c{number}", associate_id=owner) for number, owner in enumerate(owners)]
    with boutique.writer() as writer:
        writer.upsert_clients(clients)
    actor, book = Actor(who, role), ClientBook(boutique)
    expected = [client.client_id for client in clients if may_see(actor, client)]
    assert [client.client_id for client in book.clients(actor)] == expected
    assert book.n_clients(actor) == len(expected)
    for client in clients:
        if client.client_id in expected:
            assert book.client(actor, client.client_id) == client
        else:
            with pytest.raises(Refused):
                book.interactions(actor, client.client_id)
    boutique.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "boutique")
    yield desk
    desk.close()


def test_no_tool_takes_an_identity_and_every_tool_is_marked(desk: Desk) -> None:
    names = {}
    for role in ROLES:
        for made in build_tools(desk.shop, role):
            arguments = set(made.tool_call_schema.model_json_schema()["properties"])
            assert not {"client_id", "client", "actor", "actor_id", "associate_id", "role", "thread_id", "recipient",
                        "runtime", "state"} & arguments, made.name  # fmt: skip
            names[made.name] = mark_of(made).effect
            assert role in mark_of(made).roles
    assert {names["recommend"], names["save_item"]} == {"reading", "writing"}


def test_a_shopper_is_given_no_staff_tool_and_a_book_no_tool_about_one_client(desk: Desk) -> None:
    staff = {made.name for made in build_tools(desk.shop, "associate")}
    shopper = {made.name for made in build_tools(desk.shop, "shopper")}
    book = {made.name for made in build_tools(desk.shop, "associate", one_client=False)}
    assert shopper < staff
    assert not book & {"recommend", "client_profile", "save_item"}


def test_a_tool_without_a_mark_is_refused(desk: Desk) -> None:
    made = build_tools(desk.shop, "manager")[0]
    with pytest.raises(InputError, match="has no mark"):
        for_role([made.model_copy(update={"metadata": None})], "manager")
    assert marked("reading", "browse") is not None


def test_a_client_handed_over_in_mid_conversation_is_refused_from_the_next_call_on(desk: Desk) -> None:
    conversation = desk.talk(call("client_profile"), AIMessage("."), call("client_profile"), AIMessage("."))
    assert "Ada" in repr(list(conversation.respond("who is she?")))
    with desk.shop.boutique.writer() as writer:
        writer.upsert_clients([Client(client_id="c1", name="Ada", associate_id="a2")])
    events = repr(list(conversation.respond("and now?")))
    assert "No client 'c1' in your book" in events
    assert "Ada" not in events
