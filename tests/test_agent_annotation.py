import datetime as dt
from typing import Any

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda

from agent.chat_models.annotation import ask_of, open_scorer, require_chat_model
from agent.chat_models.backends import Backend
from agent.chat_models.capabilities import Capabilities
from agent.errors import ModelUnavailable
from agent.settings import Settings
from recsys.errors import ModelFileError
from recsys.guided.attributes import read_attribute_set
from tests.small_world import CATALOGUE

SCHEMA = {"title": "scores", "description": "Scores.", "type": "object", "properties": {}}


def backend(model, json_schema=False, tool_calls=False):
    able = Capabilities(tool_calls=tool_calls, json_schema=json_schema, checked_on=dt.date(2026, 11, 22))
    return Backend(model, "a test model", "remote", capabilities=able)


class Structured(GenericFakeChatModel):
    """A chat model with structured output: gives back, or raises, what the test says."""

    outcome: Any
    methods: list[Any] = []

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Any:
        assert schema == SCHEMA
        self.methods.append(kwargs.get("method"))

        def answer(messages: Any) -> Any:
            if isinstance(self.outcome, Exception):
                raise self.outcome
            return self.outcome

        return RunnableLambda(answer)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('{"item_1": {"warmth": 3}}', {"item_1": {"warmth": 3}}),
        ('Here it is:\n```json\n{"item_1": {}}\n```\nDone.', {"item_1": {}}),
        ("I would rather not.", "I would rather not."),
        ('{"item_1": {"warmth": ', '{"item_1": {"warmth": '),
    ],
)
def test_a_model_without_structured_output_is_read_from_its_text(text, answer):
    model = GenericFakeChatModel(messages=iter([AIMessage(text)]))

    assert ask_of(backend(model))("system", "request", SCHEMA) == answer


@pytest.mark.parametrize(("able", "method"), [({"json_schema": True}, "json_schema"), ({"tool_calls": True}, None)])
def test_structured_output_is_used_where_there_is_some(able, method):
    model = Structured(messages=iter([]), outcome={"a": 1})
    assert ask_of(backend(model, **able))("system", "request", SCHEMA) == {"a": 1}
    assert model.methods == [method]


def test_an_answer_that_cannot_be_parsed_is_an_answer_and_not_the_end():
    model = Structured(messages=iter([]), outcome=OutputParserException("no JSON"))

    assert "no JSON" in ask_of(backend(model, json_schema=True))("system", "request", SCHEMA)


def test_a_failing_model_is_one_line_without_its_secrets():
    model = Structured(messages=iter([]), outcome=RuntimeError("key sk-12345 at https://host"))

    with pytest.raises(ModelUnavailable, match="'a test model' did not answer: it reports") as caught:
        ask_of(backend(model, json_schema=True))("system", "request", SCHEMA)

    assert "sk-12345" not in str(caught.value)


def test_the_planner_is_no_scorer(tmp_path):
    with pytest.raises(ModelUnavailable, match="needs a language model and none is set"):
        require_chat_model(Settings(chat_model="none", cache=tmp_path), CATALOGUE)


def test_missing_weights_name_the_command_that_brings_them(tmp_path):
    settings = Settings(chat_model="embedded", cache=tmp_path)
    with pytest.raises(ModelUnavailable, match=r"needs a language model: .*clienteller fetch-model"):
        open_scorer("chat", settings, CATALOGUE)
    with pytest.raises(ModelFileError, match="clienteller fetch-model"):
        open_scorer("likelihood", settings, CATALOGUE)


@pytest.mark.llm
def test_the_embedded_model_finds_the_words_that_fit_an_item(tmp_path):
    if not (Settings().cache / "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf").is_file():
        pytest.skip("needs the weights of the embedded chat model")
    attributes = read_attribute_set("beauty")
    scorer = open_scorer("likelihood", Settings(chat_model="embedded"), CATALOGUE)

    perfume, shampoo, again = scorer.score(
        [
            "Eau de parfum spray. Fragrance > Women's",
            "Baby shampoo. Hair Care",
            "Eau de parfum spray. Fragrance > Women's",
        ],
        attributes,
    ).mean(axis=1)

    column = {name: index for index, name in enumerate(attributes.names)}
    assert perfume[column["scent"]] > shampoo[column["scent"]]
    assert perfume[column["prestige"]] > shampoo[column["prestige"]]
    assert shampoo[column["gentleness"]] > perfume[column["gentleness"]]
    assert perfume == pytest.approx(again, abs=0.05)


@pytest.mark.llm
def test_words_weigh_as_much_as_among_all_tokens(tmp_path):
    if not (Settings().cache / "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf").is_file():
        pytest.skip("needs the weights of the embedded chat model")
    from agent.chat_models.embedded_engine import Turn, chat_prompt, open_engine
    from agent.chat_models.model_file import find_chat_weights

    engine = open_engine(find_chat_weights(Settings().cache), Settings().threads, tmp_path)
    prompt = chat_prompt([Turn("user", "What colour is grass?")], "Grass is")

    probable = engine.next_token(prompt, "plain", 300)
    words = [token.strip() for token in probable if token.startswith(" ") and token.strip().isalpha()][:8]
    weighed = engine.weigh(prompt, [*words, "bankruptcy"], "plain", 300)

    first = weighed[0] - probable[f" {words[0]}"]
    for word, weight in zip(words, weighed[:-1], strict=True):
        # quantised weights read the same prompt in other pieces with other rounding: up to .2 nats were seen
        assert weight - probable[f" {word}"] == pytest.approx(first, abs=0.4)
    assert weighed[-1] < min(weighed[:-1])
