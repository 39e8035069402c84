import difflib
from pathlib import Path

from agent.intent.routing import RequestFile
from agent.intent.tool_examples import REPLY, tool_examples
from tests.tool_signatures import signatures

FILE = RequestFile.read(Path(__file__).parent / "requests.yaml")


def plain(message: str) -> str:
    return "".join(sign for sign in message.casefold() if sign.isalnum() or sign.isspace()).strip()


def test_every_tool_has_ways_to_ask_and_examples() -> None:
    for name in (*(tool.name for tool in signatures()), REPLY):
        assert len(tool_examples().of(name).utterances) >= 25, name
        assert tool_examples().of(name).examples, name


def test_every_tool_has_a_word_of_its_own() -> None:
    words = [tool_examples().of(name).word for name in (*tool_examples().tools, REPLY)]
    assert len({word for word in words if word}) == len(words)


def test_the_file_names_no_tool_that_does_not_exist() -> None:
    assert set(tool_examples().tools) == {tool.name for tool in signatures()}


def test_follow_ups_come_after_a_tool_that_exists() -> None:
    for name, known in tool_examples().tools.items():
        assert set(known.follow_ups) <= set(tool_examples().tools), name


def test_nothing_is_said_for_two_tools_in_the_same_situation() -> None:
    said: dict[tuple[str, str], str] = {}
    for name in (*tool_examples().tools, REPLY):
        known = tool_examples().of(name)
        follow_ups = [(message, after) for after, messages in known.follow_ups.items() for message in messages]
        for message, after in [*((message, "") for message in known.utterances), *follow_ups]:
            assert said.setdefault((plain(message), after), name) == name, message


def test_examples_call_their_tool_with_arguments_it_takes() -> None:
    for tool in signatures():
        for example in tool_examples().of(tool.name).examples:
            assert set(example.arguments) <= set(tool.args), example.message


def test_no_scripted_request_is_an_example_or_nearly_one() -> None:
    known = [tool_examples().of(name) for name in (*tool_examples().tools, REPLY)]
    messages = [
        plain(one)
        for tool in known
        for one in (*tool.utterances, *sum(tool.follow_ups.values(), ()), *(each.message for each in tool.examples))
    ]
    for request in FILE.requests:
        if len(request.message.split()) > 3:  # there are few ways to say hello
            close = difflib.get_close_matches(plain(request.message), messages, n=1, cutoff=0.85)
            assert not close, (request.id, close)


def test_answers_without_a_tool_hold_no_figure() -> None:
    for answer in tool_examples().reply.answers:
        assert not any(sign.isdigit() for sign in answer.say)
