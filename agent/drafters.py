"""Who words the reasons: SELLER's local generator, the chat model, or nobody (then the template speaks)."""

from __future__ import annotations

import logging

from agent.chat_models.backends import Backend
from agent.chat_models.writer import ChatWriter
from agent.settings import Settings
from recsys.artifacts import seller_folder
from recsys.data.boutique import Boutique
from recsys.errors import ClientellerError, NotReady
from recsys.guided.embedding import GuidedEmbeddings
from recsys.packaged_weights import Progress
from recsys.recommender import Recommender
from recsys.seller.drafters import ChatDrafter, Drafter
from recsys.seller.local_drafter import LocalDrafter
from recsys.seller.model import Seller, find_seller, load_seller

_LOG = logging.getLogger(__name__)


def open_drafter(settings: Settings, boutique: Boutique, recommender: Recommender, backend: Backend) -> Drafter | None:
    """Return who words the reasons, as the settings say; None for the template.

    Raises:
        NotReady, StaleArtifact, ModelFileError: If SELLER is asked for by name and was not trained for this
            catalogue, or it or the small language model cannot be read; otherwise the chat model takes its place.
    """
    chat = None if backend.kind == "planner" else ChatDrafter(ChatWriter(backend))
    if settings.explainer == "template" or (settings.explainer == "auto" and chat is None):
        return None
    if settings.explainer == "chat":
        return chat
    try:
        seller = open_seller(settings, boutique, recommender.guided)
    except ClientellerError as error:
        if settings.explainer == "seller":
            raise
        _LOG.warning("SELLER cannot be used, the chat model words the reasons: %s", error)
        seller = None
    if seller is None and settings.explainer == "seller":
        raise NotReady(f"no SELLER was trained for {str(boutique.path)!r}: run 'clienteller seller train'")
    return LocalDrafter(seller, recommender) if seller is not None else chat


def open_seller(
    settings: Settings, boutique: Boutique, guided: GuidedEmbeddings | None, on_progress: Progress | None = None
) -> Seller | None:
    """Load the SELLER of a boutique, its own before the bundled one; None where there is none."""
    fingerprint = boutique.fingerprint()
    folder = find_seller(seller_folder(boutique), fingerprint, guided.names if guided is not None else ())
    if folder is None:
        return None
    return load_seller(folder, settings.cache, catalogue_fingerprint=fingerprint, on_progress=on_progress)
