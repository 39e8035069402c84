import difflib
from pathlib import Path

from agent.intent.routing import RequestFile
from agent.intent.tool_examples import REPLY, tool_examples
from ui.measure import schemas

FILE = RequestFile.read(Path(__file__).parent / "requests.yaml")


def plain(message: str) -> str:
    return "".join(sign for sign in message.casefold() if sign.isalnum() or sign.isspace()).strip()


def test_every_tool_has_ways_to_ask_and_examples() -> None:
    for name in (*(tool.name for tool in schemas()), REPLY):
        assert len(tool_examples().of(name).utterances) >= 5, name
        assert len(tool_examples().of(name).examples) >= 2, name


def test_the_file_names_no_tool_that_does_not_exist() -> None:
    assert set(tool_examples().tools) == {tool.name for tool in schemas()}


def test_examples_call_their_tool_with_arguments_it_takes() -> None:
    for tool in schemas():
        for example in tool_examples().of(tool.name).examples:
            assert set(example.arguments) <= set(tool.args), example.message


def test_no_scripted_request_is_an_example_or_nearly_one() -> None:
    known = [tool_examples().of(name) for name in (*tool_examples().tools, REPLY)]
    messages = [plain(one) for tool in known for one in (*tool.utterances, *(each.message for each in tool.examples))]
    for request in FILE.requests:
        if len(request.message.split()) > 3:  # there are few ways to say hello
            close = difflib.get_close_matches(plain(request.message), messages, n=1, cutoff=0.85)
            assert not close, (request.id, close)


def test_answers_without_a_tool_hold_no_figure() -> None:
    for answer in tool_examples().reply.answers:
        assert not any(sign.isdigit() for sign in answer.say)
