"""The page of one explanation, from its trace: may it be said, is it true, what did the model do.

Self-contained HTML from one autoescaping template. Every word is decided by the trace; nothing is computed here but
what has to be drawn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from markupsafe import Markup

from recsys.seller.gate_weights import ExpertWeights, PathName
from recsys.seller.trace import AttributePoint, Fact, HistoryPoint, Trace
from ui.case_plots import signed_bar
from ui.case_words import brief, joined, signed, signed_fine, spelled
from ui.explanation_drawings import NARROW, WIDE, Timeline, loss, scale, timeline
from ui.paper import render_page, write_file

_N_OPEN, _N_SPARED = 12, 4  # purchases shown at once; so few more are not worth folding away
_LEAST_REACH = 0.1  # standard deviations that the bars show at least
_N_HEATS = 10
WRITERS = {
    "model": "a chat model",
    "seller": "SELLER\u2019s local generator",
    "template": "the template",
    "none": "nobody",
}
PATHS: tuple[PathName, ...] = get_args(PathName)
_PATH_WORDS: dict[PathName, str] = {"behaviour": "The behaviour path", "semantics": "The semantic path"}
_KINDS = {
    "history": "a purchase",
    "attribute": "a quality of the item",
    "house": "loyalty to the house",
    "order": "the order of the purchases",
    "request": "a wish that was met",
    "field": "a catalogue fact",
}
_WITHOUT = {
    "history": "Without this purchase",
    "attribute": "Were it average on this quality",
    "house": "Without loyalty to the house",
    "order": "With the purchases shuffled",
    "request": "Without this wish",
}
_CONTROLS = {
    "history": "without another purchase, on average",
    "attribute": "without another quality, on average",
    "house": "without loyalty to another house, on average",
    "order": "best random order, over their mean",
}


@dataclass(frozen=True)
class FactCard:
    """One cited fact as the page shows it; `bars` are empty where nothing was tested."""

    evidence_id: str
    kind: str
    statement: str
    counterfactual: str
    bars: tuple[tuple[str, str, Markup], ...]
    is_cause: bool


@dataclass(frozen=True)
class PurchaseRow:
    """One purchase in the table."""

    number: int
    name: str
    when: str
    is_named: bool
    in_prompt: bool
    effect: str
    bar: Markup
    attention: str
    attention_bar: Markup


@dataclass(frozen=True)
class QualityRow:
    """One attribute in the table; `part` and `bar` are empty where the ranker does not see it."""

    label: str
    side: str
    item: str
    client: str
    drawing: Markup
    part: str
    bar: Markup
    is_stated: bool
    agreement: str


@dataclass(frozen=True)
class HeatTable:
    """The weights of one path's experts: rows of a token's name and its (percent, heat 0 to 9) an expert."""

    caption: str
    n_experts: int
    rows: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]


def render(trace: Trace) -> str:
    """Return the page of one explanation."""
    rows, attended = _purchase_rows(trace), any(point.attention is not None for point in trace.history)
    shown, folded = _unfolded(rows)
    return render_page(
        "explanation.html",
        trace=trace,
        verdict=verdict(trace),
        writer=WRITERS[trace.source],
        way=way_there(trace),
        cards=[_card(fact, trace.n_items) for fact in trace.facts],
        drawings=_timelines(trace.history),
        shown=shown,
        folded=folded,
        has_attention=attended,
        has_gain=any(point.effect < 0 for point in trace.history),
        has_tokens=any(point.in_prompt for point in trace.history),
        order=order_words(trace),
        qualities=_quality_rows(trace),
        agreed=any(one.agreement is not None for one in trace.attributes),
        rest=_rest(trace),
        score=signed_fine(trace.score),
        heats=[_heat_table(path, trace) for path in PATHS if _tokens(trace, path)],
        n_heats=_N_HEATS,
        paths=_PATH_WORDS,
        identity=_identity(trace),
    )


def write_page(page: str, path: Path) -> Path:
    """Write the page to a file, its folder made if missing, and return it.

    Raises:
        InputError: If it cannot be written there.
    """
    return write_file(page, path)


def verdict(trace: Trace) -> tuple[str, str, str]:
    """Return whether the text may be said: "yes" or "no", the answer and its ground as sentences."""
    if trace.source == "none":
        return "no", "There is nothing to say of why.", "Suggest it without a reason, or suggest something else."
    if trace.failed:
        named = joined([f"\u201c{name}\u201d" for name in trace.failed])
        return "no", "Do not say this.", f"Of {len(trace.checks)} checks it failed {named}."
    causes = sum(fact.is_cause for fact in trace.facts)
    tested = f"{spelled(causes)} of the facts it rests on {'was' if causes == 1 else 'were'} tested"
    lowers = "without it" if causes == 1 else "without any one of them"
    ground = f"It passed all {len(trace.checks)} checks, and {tested}: {lowers} the score falls."
    return "yes", "You may say this as it stands.", ground


def way_there(trace: Trace) -> list[tuple[str, str, str]]:
    """Return the steps to the text that is shown: what was done, the rejected words, and what failed."""
    steps = []
    for number, draft in enumerate(trace.drafts, start=1):
        name = {1: "First draft", 2: "Repaired draft"}.get(number, f"Draft {number}")
        failed = joined([f"\u201c{check}\u201d" for check in draft.failed]) or "no check on record"
        steps.append((f"{name}, by {WRITERS[draft.source]}", draft.text, f"Not shown. Failed: {failed}."))
    return [*steps, (_last_step(trace), "", "")]


def _last_step(trace: Trace) -> str:
    tried = bool(trace.drafts)
    if trace.source == "none":
        return "No strong reason was found, so none is claimed." + (" The drafts were dropped." if tried else "")
    if trace.source == "template":
        return f"The template wrote what is shown{', in place of the drafts' if tried else '; no draft is on record'}."
    if tried:
        return f"Mended by {WRITERS[trace.source]}, and shown."
    return f"Written by {WRITERS[trace.source]} and shown; no rejected draft is on record."


def counterfactual(fact: Fact, n_items: int) -> str:
    """Say where the item would stand without a fact."""
    if fact.place is None or fact.place_without is None:
        return "A fact of the catalogue. The ranker does not read it: it supports the reason and does not carry it."
    if fact.place == fact.place_without:
        return f"{_WITHOUT[fact.kind]} it would still stand at place {fact.place:,} of {n_items:,}."
    place = f"place {fact.place_without:,} of {n_items:,} instead of {fact.place:,}"
    return f"{_WITHOUT[fact.kind]} it would stand at {place}."


def order_words(trace: Trace) -> str:
    """Say whether words of sequence are earned."""
    if len(trace.history) < 2:
        return "With fewer than two purchases there is no order to speak of."
    shuffled = f"With the same purchases shuffled the score {_change(-trace.order)}"
    if trace.order_matters:
        return f"{shuffled}: their order matters, and words such as \u201clately\u201d are earned."
    return f"{shuffled}: their order does not carry it, so no word such as \u201clately\u201d may be used."


def _change(value: float) -> str:
    if round(abs(value), 2) == 0:
        return "stays the same"
    return f"{'rises' if value > 0 else 'falls'} by {abs(value):.2f}"


def _card(fact: Fact, n_items: int) -> FactCard:
    bars: tuple[tuple[str, str, Markup], ...] = ()
    if fact.place is not None:
        pairs = [("in random orders, on average" if fact.kind == "order" else "without it", fact.effect)]
        if fact.kind in _CONTROLS:
            pairs.append((_CONTROLS[fact.kind], fact.control))
        values = [value for _, value in pairs]
        ends = min([0.0, *values]), max([_LEAST_REACH, *values])
        bars = tuple((label, loss(value), signed_bar(value, *ends)) for label, value in pairs)
    return FactCard(
        fact.evidence_id, _KINDS[fact.kind], fact.statement, counterfactual(fact, n_items), bars, fact.is_cause
    )


def _timelines(points: Sequence[HistoryPoint]) -> list[tuple[str, Markup]]:
    """Return the drawing for wide and for narrow windows with their classes; the style sheet shows one of them."""
    if not points:
        return []
    widths = (("broad", WIDE), ("slim", NARROW))
    return [(css, timeline(Timeline(points, width, f"history-{css}"))) for css, width in widths]


def _purchase_rows(trace: Trace) -> list[PurchaseRow]:
    effects = [point.effect for point in trace.history]
    ends = min([0.0, *effects]), max([_LEAST_REACH, *effects])
    most = max([point.attention or 0.0 for point in trace.history], default=0.0) or 1.0
    return [
        PurchaseRow(
            number=point.number,
            name=brief(point.name),
            when=f"{dt.date.fromisoformat(point.at):%-d %B %Y}" if point.at else "",
            is_named=point.is_named,
            in_prompt=point.in_prompt,
            effect=loss(point.effect),
            bar=signed_bar(point.effect, *ends),
            attention="" if point.attention is None else f"{100 * point.attention:.0f} %",
            attention_bar=Markup("") if point.attention is None else signed_bar(point.attention, 0.0, most),
        )
        for point in trace.history
    ]


def _unfolded(rows: Sequence[PurchaseRow]) -> tuple[list[PurchaseRow], list[PurchaseRow]]:
    """Return the rows to show at once, the latest and those that the text names, and the others."""
    if len(rows) <= _N_OPEN + _N_SPARED:
        return list(rows), []
    latest = {row.number for row in rows[-_N_OPEN:]}
    shown = [row for row in rows if row.number in latest or row.is_named or row.in_prompt]
    return shown, [row for row in rows if row not in shown]


def _quality_rows(trace: Trace) -> list[QualityRow]:
    parts = [one.contribution for one in trace.attributes if one.contribution is not None]
    ends = min([0.0, *parts]), max([_LEAST_REACH, *parts])
    ordered = sorted(trace.attributes, key=lambda one: (-abs(one.contribution or 0.0), -abs(one.item)))
    return [_quality_row(one, ends) for one in ordered]


def _quality_row(one: AttributePoint, ends: tuple[float, float]) -> QualityRow:
    agreement = "" if one.agreement is None else f"scorers agree {one.agreement:.2f}"
    return QualityRow(
        label=one.label,
        side=one.high if one.item >= 0 else one.low,
        item=signed(_near(one.item, 1)),
        client=signed(_near(one.client, 1)),
        drawing=scale(one.item, one.client),
        part="" if one.contribution is None else signed_fine(_near(one.contribution, 2)),
        bar=Markup("") if one.contribution is None else signed_bar(one.contribution, *ends),
        is_stated=one.is_stated,
        agreement=agreement if one.may_be_stated else f"{agreement}: too little to be stated",
    )


def _near(value: float, digits: int) -> float:
    """Round to what is shown, so that a hair below zero is zero and has no minus."""
    return round(value, digits) + 0.0


def _rest(trace: Trace) -> list[tuple[str, str]]:
    """Return the parts of the score that are no attribute's; with the attributes' they add up to it."""
    if not any(one.contribution is not None for one in trace.attributes):
        return []
    loyalty = [("loyalty to the house", signed_fine(trace.house))] if trace.house else []
    return [*loyalty, ("everything else: who buys what after what", signed_fine(trace.rest))]


def _tokens(trace: Trace, path: PathName) -> list[ExpertWeights]:
    return [one for one in trace.experts or () if one.path == path]


def _heat_table(path: PathName, trace: Trace) -> HeatTable:
    tokens = _tokens(trace, path)
    most = max(max(one.weights) for one in tokens) or 1.0
    return HeatTable(
        caption=_PATH_WORDS[path],
        n_experts=len(tokens[0].weights),
        rows=tuple(
            (
                f"no. {one.purchase}, {brief(trace.history[one.purchase - 1].name, 34)}" if one.purchase else one.token,
                tuple(
                    (f"{100 * weight:.0f}", min(_N_HEATS - 1, int(_N_HEATS * weight / most))) for weight in one.weights
                ),
            )
            for one in tokens
        ),
    )


def _identity(trace: Trace) -> list[tuple[str, str, bool]]:
    """Return what is known of item and models as (name, value, whether it is a hash)."""
    known = trace.identity
    rows = [
        ("Item", f"{trace.item_id}: {trace.title}", False),
        ("Ranker", known.ranker, False),
        ("Weights of the ranker", known.weights_sha256, True),
        ("Seed", "" if known.seed is None else str(known.seed), False),
        ("Adapter", known.adapter_sha256, True),
        ("Language model", known.language_model or ("none" if trace.source in ("template", "none") else ""), False),
        ("Attributes scored by", trace.scorer, False),
        ("Style", known.style, False),
        ("Time taken", "" if known.seconds is None else f"{known.seconds:.2f} s", False),
    ]
    return [row for row in rows if row[1]]
