from pathlib import Path

import pytest

from agent.settings import PREFIX, Settings
from recsys.errors import InputError


def test_defaults_need_no_environment() -> None:
    settings = Settings.from_env({})
    assert settings.chat_model == "embedded"
    assert settings.base_url is None
    assert settings.cache == Path("~/.cache/clienteller").expanduser()
    assert 1 <= settings.threads <= 4


def test_reads_and_casts_the_environment() -> None:
    env = {
        "CLIENTELLER_CHAT_MODEL": "openai:gpt-x",
        "CLIENTELLER_BASE_URL": "http://127.0.0.1:8000/v1",
        "CLIENTELLER_TEMPERATURE": "0.5",
        "CLIENTELLER_THREADS": "3",
        "CLIENTELLER_BOUTIQUE": "~/shop",
        "CLIENTELLER_ANSWER_TIMEOUT_S": "20",
        "CLIENTELLER_EXPLAINER_MODEL": "embedded",
        "CLIENTELLER_TOOL_CALLS": "schema",
        "CLIENTELLER_PRICES": "~/prices.yaml",
    }
    settings = Settings.from_env(env)
    assert settings == Settings(
        chat_model="openai:gpt-x",
        base_url="http://127.0.0.1:8000/v1",
        temperature=0.5,
        threads=3,
        boutique=Path("~/shop").expanduser(),
        cache=settings.cache,
        answer_timeout_s=20.0,
        explainer_model="embedded",
        tool_calls="schema",
        prices=Path("~/prices.yaml").expanduser(),
    )


def test_an_explicit_value_wins_even_when_it_is_the_default() -> None:
    env = {"CLIENTELLER_CHAT_MODEL": "none", "CLIENTELLER_TEMPERATURE": "1"}
    settings = Settings.from_env(env, chat_model="embedded", temperature=0.0, base_url=None)
    assert (settings.chat_model, settings.temperature) == ("embedded", 0.0)


def test_an_empty_variable_counts_as_not_set() -> None:
    assert Settings.from_env({"CLIENTELLER_CHAT_MODEL": "", "CLIENTELLER_THREADS": ""}).chat_model == "embedded"


def test_cache_follows_the_usual_folder_and_its_own_variable() -> None:
    assert Settings.from_env({"XDG_CACHE_HOME": "/x"}).cache == Path("/x/clienteller")
    assert Settings.from_env({"XDG_CACHE_HOME": "/x", "CLIENTELLER_CACHE": "/y"}).cache == Path("/y")


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("TEMPERATURE", "hot", "give a number"),
        ("TEMPERATURE", "nan", "from 0 to 2"),
        ("TEMPERATURE", "2.1", "from 0 to 2"),
        ("THREADS", "1.5", "give a whole number"),
        ("THREADS", "0", "from 1 to 64"),
        ("CONNECT_TIMEOUT_S", "-1", "seconds up to 60"),
        ("ANSWER_TIMEOUT_S", "inf", "seconds up to 600"),
        ("BASE_URL", "file:///etc/passwd", "http or https"),
        ("CHAT_MODEL", "  ", "embedded, none or"),
        ("EXPLAINER_MODEL", "  ", "embedded, none or"),
        ("TOOL_CALLS", "perhaps", "auto, native, schema"),
    ],
)
def test_refuses_a_value_out_of_range_by_name(name: str, value: str, allowed: str) -> None:
    with pytest.raises(InputError, match=rf"{PREFIX}{name}.*{allowed}"):
        Settings.from_env({PREFIX + name: value})


def test_override_keeps_what_is_not_given() -> None:
    settings = Settings(threads=2).override(chat_model="none", threads=None)
    assert (settings.chat_model, settings.threads) == ("none", 2)


def test_each_role_has_its_own_model_and_only_the_agent_falls_back() -> None:
    settings = Settings(chat_model="openai:a", annotator_model="openai:b", fallbacks="openai:c, embedded")
    assert settings.for_role("agent") is settings
    assert settings.fallback_models == ("openai:c", "embedded")
    assert (settings.for_role("explainer").chat_model, settings.for_role("explainer").fallbacks) == ("openai:a", "")
    assert settings.for_role("annotator").chat_model == "openai:b"


@pytest.mark.parametrize("fallbacks", ["none", "openai:a, none", ",".join(f"openai:{n}" for n in range(6))])
def test_refuses_fallbacks_that_are_none(fallbacks: str) -> None:
    with pytest.raises(InputError, match=f"{PREFIX}FALLBACKS"):
        Settings(fallbacks=fallbacks)
