"""Texts that need no training: the honest floor, what knows nothing of the client, and what persuades falsely.

Each is a mapping from a case to its text, "" where there is none to show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from recsys.catalogue import Catalogue
from recsys.evaluation.explanation_cases import BEST, OPEN, Cases, Key, append_texts, read_texts
from recsys.evaluation.supported_claims import Grounds
from recsys.evaluation.utility_choice import Choice
from recsys.guided.embedding import GuidedEmbeddings
from recsys.recommender import Recommender
from recsys.schema import ExplanationStyle
from recsys.seller.evidence import said_of
from recsys.seller.explainer import Explainer
from recsys.seller.facts import Purchase
from recsys.seller.template import reason_by_template
from recsys.seller.titles import short_title

TEMPLATE, GENERIC, PASTED, NOTHING = "template", "one generic sentence", "item profile pasted", "no text"
FALSE = "persuasive false reasons"
GENERIC_SENTENCE = "We think that this is a good choice for you."

Texts = Mapping[Key, str]
_T = TypeVar("_T")


class Ground:
    """Tests the causes of each case once, when it is first asked for.

    Args:
        recommender: Its ranker is asked.
        cases: What is written about.
    """

    def __init__(self, recommender: Recommender, cases: Cases) -> None:
        self._recommender = recommender
        self._purchases: dict[Key, Sequence[Purchase]] = {
            (client_id, item_id, lead): purchases
            for purchases, client_id, item_id, lead in cases.to_write(recommender.catalogue.ids.to_external)
        }
        self._known: dict[Key, Grounds] = {}

    @property
    def keys(self) -> list[Key]:
        """All cases, in the order in which they are written about."""
        return list(self._purchases)

    def purchases(self, key: Key) -> Sequence[Purchase]:
        """Return what the writer of a case sees, oldest first."""
        return self._purchases[key]

    def __getitem__(self, key: Key) -> Grounds:
        if key not in self._known:
            client_id, item_id, _ = key
            self._known[key] = Grounds.of(self._recommender, client_id, self._purchases[key], item_id)
        return self._known[key]


def by_template(ground: Ground, keys: Iterable[Key], style: ExplanationStyle | None = None) -> dict[Key, str]:
    """Return the template's reasons; "" where no tested cause supports one (in that style)."""
    found: dict[Key, str] = {}
    for key in keys:
        text, cited = reason_by_template(ground[key].evidence, style)
        found[key] = text if cited else ""
    return found


def as_shown(
    explainer: Explainer,
    ground: Ground,
    keys: Iterable[Key],
    path: Path,
    on_progress: Callable[[str], None] | None = None,
) -> dict[Key, str]:
    """Let an explainer explain each client's items together, as on one slate; "" where it finds no strong reason.

    Args:
        explainer: Drafts, checks, repairs and falls back as it does before clients.
        keys: What is to be explained.
        path: File of its texts; each slate is there before the next begins, and what is there is not written again.
        on_progress: Called with one line now and then.
    """
    wanted, written = list(keys), read_texts(path)
    slates: dict[tuple[str, str], list[Key]] = {}
    for key in wanted:
        if key not in written:
            slates.setdefault((key[0], key[2]), []).append(key)
    for done, slate in enumerate(slates.values(), start=1):
        explained = explainer.work([(ground.purchases(key), key[1]) for key in slate])
        fresh = {
            key: one.explanation.text if one.explanation.source != "none" else ""
            for key, one in zip(slate, explained, strict=True)
        }
        append_texts(path, fresh)
        written |= fresh
        if on_progress is not None and (done % 20 == 0 or done == len(slates)):
            on_progress(f"{path.parent.name}: {done} of {len(slates)} slates")
    return {key: written[key] for key in wanted}


def pasted(catalogue: Catalogue, keys: Iterable[Key]) -> dict[Key, str]:
    """Return each item's own catalogue text."""
    return {key: catalogue.item(key[1]).text() for key in keys}


def shuffled(texts: Texts, cases: Cases, to_external: Callable[[int], str]) -> dict[Key, str]:
    """Give each client the texts of another client of the same split: the words stay, their case goes."""
    found: dict[Key, str] = {}
    for choices in (cases.valid, cases.test):
        for choice, other in zip(choices, _rolled(choices), strict=True):
            for mine, theirs in zip(_keys_of(choice, to_external), _keys_of(other, to_external), strict=True):
                found[mine] = texts[theirs]
    for one, another in zip(cases.references, _rolled(cases.references), strict=True):
        found[one.user, one.target, OPEN] = texts[another.user, another.target, OPEN]
    return found


def false_reasons(ground: Ground, guided: GuidedEmbeddings, keys: Iterable[Key]) -> dict[Key, str]:
    """Say of each item what its client loves and the item lacks, likened to a purchase that is no cause.

    The quality is the one that the client's purchases lean to most among those that the item may not be said to have;
    the purchase is her latest that is no tested cause, else her latest. "" where she leans to nothing sayable.
    """
    return {key: _false_reason(ground[key], guided) for key in keys}


def _false_reason(grounds: Grounds, guided: GuidedEmbeddings) -> str:
    taste = guided.taste(grounds.sequence)
    lacking: list[tuple[float, str]] = []
    for column, attribute in enumerate(guided.attribute_set.attributes):
        wanted = attribute.high if taste[column] > 0 else attribute.low
        if attribute.statable and wanted and said_of(guided, grounds.item, column) != wanted:
            # most persuasive and most false: she leans to it, and the item lies on the other side
            side = 1.0 if taste[column] > 0 else -1.0
            persuasion = float(abs(taste[column]) * max(0.0, 1.0 - side * guided.standard[grounds.item, column]))
            lacking.append((persuasion, wanted))
    if not lacking:
        return ""
    owned = grounds.evidence.owned
    causes = {fact.subject for fact in grounds.evidence.of_kind("history")}
    untested = [one for one in owned if one.item.item_id not in causes] or list(owned)
    name, item = short_title(untested[-1].item), short_title(grounds.evidence.item)
    phrase = max(lacking)[1]
    return f"You will love the {item}: like your {name}, it is {phrase}, just as you always choose."


def _keys_of(choice: Choice, to_external: Callable[[int], str]) -> list[Key]:
    return [(choice.client_id, to_external(int(candidate)), BEST) for candidate in choice.candidates]


def _rolled(rows: Sequence[_T]) -> list[_T]:
    return [*rows[1:], *rows[:1]]
