"""Who words the reasons: as the settings say, and never a reason to stay closed."""

import dataclasses
from pathlib import Path

import pytest

from agent.chat_models.backends import Backend
from agent.drafters import open_drafter
from agent.settings import Settings
from recsys.artifacts import seller_folder
from recsys.data.boutique import Boutique
from recsys.errors import ClientellerError, NotReady
from recsys.seller.drafters import ChatDrafter
from tests.scripted import ScriptedChatModel
from tests.small_world import recommender


@pytest.fixture
def boutique(tmp_path: Path):
    opened = Boutique.create(tmp_path / "shop")
    yield opened
    opened.close()


def backend(kind: str) -> Backend:
    fields = {one.name: None for one in dataclasses.fields(Backend)}
    return Backend(**(fields | {"model": ScriptedChatModel(script=[]), "kind": kind, "label": kind}))


@pytest.mark.parametrize(
    ("explainer", "kind", "writes"),
    [("template", "remote", None), ("chat", "remote", ChatDrafter), ("auto", "remote", ChatDrafter),
     ("auto", "planner", None), ("chat", "planner", None)],
)  # fmt: skip
def test_without_a_trained_seller_the_settings_choose(boutique, tmp_path, explainer, kind, writes) -> None:
    settings = Settings(explainer=explainer, cache=tmp_path)
    found = open_drafter(settings, boutique, recommender(), backend(kind))
    assert found is None if writes is None else isinstance(found, writes)


def test_a_seller_asked_for_by_name_must_be_there(boutique, tmp_path) -> None:
    with pytest.raises(NotReady, match="seller train"):
        open_drafter(Settings(explainer="seller", cache=tmp_path), boutique, recommender(), backend("remote"))


def test_a_broken_seller_closes_nothing_in_auto_mode_and_is_named_otherwise(boutique, tmp_path) -> None:
    folder = seller_folder(boutique)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{", encoding="utf-8")
    settings = Settings(explainer="auto", cache=tmp_path)
    assert isinstance(open_drafter(settings, boutique, recommender(), backend("remote")), ChatDrafter)
    with pytest.raises(ClientellerError, match="seller train"):
        open_drafter(dataclasses.replace(settings, explainer="seller"), boutique, recommender(), backend("remote"))
