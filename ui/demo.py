"""Makes the demo ready: ingest the bundled boutique, train, index, fetch the language model; each step once."""

from __future__ import annotations

from collections.abc import Callable

from agent.chat_models.model_file import fetch_chat_weights
from agent.settings import Settings
from recsys.artifacts import refresh_index, served_ranker, weights_folder
from recsys.data.boutique import Boutique
from recsys.data.demo import open_source
from recsys.data.ingest import ingest
from recsys.errors import NotReady, StaleArtifact
from recsys.indexing import Report
from recsys.language_model import fetch_language_model
from recsys.models.training import train_boutique

Say = Callable[[str], None]


def prepare_demo(settings: Settings, say: Say, report: Report) -> None:
    """Make whatever the demo lacks.

    Args:
        settings: Where the boutique and the model cache are, and which chat model is wanted.
        say: Called with one line for each step.
        report: Called with (what is being done, done, in all) during long steps.
    """
    say(f"boutique: {settings.boutique}")
    say(ingest(open_source(), settings.boutique).lines()[-1])
    _train(settings, say)
    say("index: built" if refresh_index(settings.boutique, report) else "index: up to date")
    if settings.explainer in ("auto", "seller") and settings.chat_model != "none":
        say("small language model for reasons: fetching 93 MB if it is not in the cache yet")
        fetch_language_model(settings.cache, lambda done, total: report("small language model", done, total))
    if settings.chat_model == "embedded" and settings.model_file is None:
        say("language model: fetching 1.1 GB if it is not in the cache yet")
        fetch_chat_weights(settings.cache, lambda done, total: report("language model", done, total))


def _train(settings: Settings, say: Say) -> None:
    boutique = Boutique.open(settings.boutique)
    try:
        served_ranker(boutique)
        say("rankers: trained")
    except (NotReady, StaleArtifact):
        train_boutique(boutique, weights_folder(boutique), on_progress=say)
    finally:
        boutique.close()
