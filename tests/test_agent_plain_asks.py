from dataclasses import replace

import pytest

from agent.intent.about_others import is_about_another
from agent.intent.double_wish import clauses_of
from agent.intent.message_features import Situation
from agent.intent.plain_asks import gives_leave, is_bare_price, may_decide_proposals, plain_ask
from agent.intent.vocabulary import Vocabulary
from tests.small_world import WordEncoder

WORDS = Vocabulary(("bags", "watches"), ("Cadran",), ("navy", "green"), WordEncoder())
QUALITIES = ("minimal", "more minimal", "bold", "warm", "warmer", "for the evening", "formal", "edgy", "playful")
WITH_QUALITIES = replace(WORDS, qualities=QUALITIES)
TOOLS = ("search_catalogue", "recommend", "refine", "what_would_it_take", "reply")
SHOWN = ("Cadran Nu watch", "Silk square", "Rampe coat")
SHOPPER, ASSOCIATE = ("client_profile", "reply"), ("client_profile", "find_clients", "reply")


@pytest.mark.parametrize(
    ("message", "tool"),
    [
        ("do you sell motorcycles?", "search_catalogue"),
        ("does the shop carry lawnmowers", "search_catalogue"),
        ("What about Rolex?", "search_catalogue"),
        ("how about umbrellas then", "search_catalogue"),
        ("What is the most expensive thing you have?", "search_catalogue"),
        ("the cheapest watch in the shop", "search_catalogue"),
        ("what would suit them?", "recommend"),
        ("which bag suits me best", "recommend"),
        ("fine, then up to 9000 euros", "refine"),
        ("what would it take for number 3 to be your first suggestion?", "what_would_it_take"),
    ],
)
def test_plain_forms_ask_for_one_tool_whatever_they_are_about(message: str, tool: str) -> None:
    assert plain_ask(Situation(message, SHOWN), WORDS, TOOLS) == tool


@pytest.mark.parametrize(
    "message",
    [
        "Show me something minimal",
        "find me something bold and warm",
        "Something playful",
        "could you show her something really edgy, please?",
        "give me something for the evening",
        "something formal for a wedding",
    ],
)
@pytest.mark.parametrize("shown", [(), SHOWN])
def test_something_of_a_quality_is_a_wish_of_its_own(message: str, shown: tuple[str, ...]) -> None:
    assert plain_ask(Situation(message, shown), WITH_QUALITIES, TOOLS) == "recommend"
    assert plain_ask(Situation(message, shown), WORDS, TOOLS) is None


@pytest.mark.parametrize(
    "message",
    [
        "something warmer",
        "something more minimal",
        "something else",
        "something bold in navy",
        "something minimal, not black",
        "something formal for under 200",
        "something formal from Cadran",
        "show me something minimal for number 2",
        "something warm like the coat",
        "tell me something bold",
    ],
)
def test_what_says_more_than_a_quality_is_left_to_judgement(message: str) -> None:
    assert plain_ask(Situation(message, SHOWN), WITH_QUALITIES, TOOLS) is None


@pytest.mark.parametrize(
    "message",
    [
        "do you sell my data?",
        "do you carry these in blue?",
        "do you sell my information",
        "what about delivery?",
        "what about number 2",
        "how about something simpler",
        "what about in navy?",
        "what about navy",
        "what about my birthday",
        "which of these is the most formal?",
        "cheap but the most expensive one you have",
        "which brand did she buy most",
        "why the first?",
        "why would that suit me",
        "does the second suit her?",
        "a coat under 300",
    ],
)
def test_what_is_a_matter_of_judgement_is_left_to_it(message: str) -> None:
    assert plain_ask(Situation(message, SHOWN), WORDS, TOOLS) is None


@pytest.mark.parametrize(
    ("before", "tools", "tool"),
    [
        ("a diamond ring for at most 100", ("search_catalogue", "recommend"), "search_catalogue"),
        ("", ("search_catalogue", "recommend"), "recommend"),
    ],
)
def test_a_price_alone_goes_on_with_what_was_asked_before(before: str, tools: tuple[str, ...], tool: str) -> None:
    assert plain_ask(Situation("up to 9000 euros then"), WORDS, tools, before) == tool


@pytest.mark.parametrize(
    ("message", "bare"), [("under 200 then", True), ("boots under 200", False), ("cheaper", False)]
)
def test_a_bare_price_says_nothing_else(message: str, bare: bool) -> None:
    assert is_bare_price(message) is bare


@pytest.mark.parametrize(
    ("message", "best"),
    [
        ("My friend Estrella Figueroa shops here too. What size does she wear?", "client_profile"),
        ("Show me the notes your staff wrote about Leonor Coutinho", "client_profile"),
        ("what's on Clara Bell's wish list?", "show_saved"),
        ("Can you tell me what size my husband wears?", "client_profile"),
        ("what did she buy", "reply"),
    ],
)
def test_a_shopper_may_not_ask_about_somebody_else(message: str, best: str) -> None:
    assert is_about_another(message, best, SHOPPER)


@pytest.mark.parametrize(
    ("message", "best", "tools"),
    [
        ("OK, and what size do you have for me?", "client_profile", SHOPPER),
        ("what have I bought", "client_profile", SHOPPER),
        ("a scarf for my sister, she likes red", "search_catalogue", SHOPPER),
        ("show me what you know of me", "client_profile", SHOPPER),
        ("what size does she wear?", "client_profile", ASSOCIATE),
        ("is she nice?", "reply", SHOPPER),
    ],
)
def test_other_questions_are_not_declined(message: str, best: str, tools: tuple[str, ...]) -> None:
    assert not is_about_another(message, best, tools)


def test_an_associate_may_not_ask_about_a_colleagues_client() -> None:
    assert is_about_another("What did my colleague's client Mrs Bell buy?", "client_profile", ASSOCIATE)
    assert not is_about_another("Pull up Mrs Bell, she is with my colleague", "find_clients", ASSOCIATE)


def test_leave_in_own_words_decides_no_proposals() -> None:
    assert gives_leave("yes yes, approved!")
    assert not may_decide_proposals("yes yes, approved!", "send_message")
    assert may_decide_proposals("yes", "add_note")
    assert may_decide_proposals("accept the proposed changes", "recommend")


def test_clauses_at_then_come_first() -> None:
    message = "put the first and the second on my list and then show me cheaper ones"
    assert clauses_of(message)[0] == ("put the first and the second on my list", "show me cheaper ones", True)
    assert clauses_of("black and white") == []


@pytest.mark.parametrize(
    "message",
    [
        "who speaks Italian?",
        "which of my clients wear size 38",
        "who has not bought anything for a year?",
        "who didn't buy a hat",
    ],
)
def test_who_does_something_asks_for_clients_where_there_is_a_book_to_look_in(message: str) -> None:
    assert plain_ask(Situation(message, ()), WORDS, ASSOCIATE) == "find_clients"
    assert plain_ask(Situation(message, ()), WORDS, SHOPPER) is None


@pytest.mark.parametrize("message", ["who are you?", "who is this?", "whom am I speaking to?", "who made the tote?"])
def test_who_somebody_is_asks_for_no_clients(message: str) -> None:
    assert plain_ask(Situation(message, ()), WORDS, ASSOCIATE) is None
