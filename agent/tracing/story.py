"""A trace as a story: what was asked, what was tried, what was shown and why, what was held back, and the time."""

from __future__ import annotations

from collections.abc import Sequence

from agent.chat_models.prices import NO_PRICES, Prices, price_of
from agent.tracing.trace import ModelCall, ShownItem, ToolCall, TurnTrace

_KINDS = {
    "history": "the purchase",
    "attribute": "the quality",
    "house": "the house",
    "order": "the order of purchases",
}


def story(traces: Sequence[TurnTrace], prices: Prices = NO_PRICES) -> str:
    """Return the turns of a thread as text; what a turn's answers cost is said where every price is known."""
    return "\n\n".join(_turn(number, trace, prices) for number, trace in enumerate(traces, start=1))


def _turn(number: int, trace: TurnTrace, prices: Prices) -> str:
    lines = [
        f"Turn {number}, {trace.began:%d %B %Y, %H:%M:%S} UTC, as {trace.role}",
        f"  Asked: {_set_in(trace.message)}",
    ]
    tools = list(trace.tools)
    for call in trace.models:
        lines.append(f"  {_model(call)}")
        lines += [f"    {_tool(tools.pop(0))}" for _ in call.decided if tools]
    lines += [f"    {line}" for item in trace.shown for line in _item(item)]
    lines += [f"  Not shown, for no source holds it: {sentence}" for sentence in trace.struck]
    lines += [f"  Told about the assistant: {notice}" for notice in trace.notices]
    if trace.answer:
        lines.append(f"  Answered: {_set_in(trace.answer)}")
    if trace.fault:
        lines.append(f"  Ended by a fault: {trace.fault}")
    first = f", first words after {trace.first_words_s:.2f} s" if trace.first_words_s is not None else ""
    return "\n".join([*lines, f"  Took {trace.seconds:.2f} s{first}{_cost(trace.models, prices)}."])


def _set_in(text: str) -> str:
    """Return a text whose further lines stand further in, so that none can pass for a line of the story."""
    return "\n      ".join(text.splitlines())


def _cost(calls: Sequence[ModelCall], prices: Prices) -> str:
    """Say what a turn's answers cost, "" unless that is known of each of them, in one currency."""
    priced = [(call, price_of(call.backend, prices)) for call in calls if call.backend != "planner"]
    currencies = {price.currency if price is not None else "" for _, price in priced}
    if len(currencies) != 1 or "" in currencies or any(call.input_tokens is None for call, _ in priced):
        return ""
    costs = [
        price.of(call.input_tokens or 0, call.cached_tokens or 0, call.output_tokens or 0)
        for call, price in priced
        if price is not None
    ]
    return f", its answers cost {sum(costs):.6f} {currencies.pop()}"


def _model(call: ModelCall) -> str:
    tokens = ""
    if call.input_tokens is not None:
        cached = f" ({call.cached_tokens} of them cached)" if call.cached_tokens else ""
        tokens = f", read {call.input_tokens} tokens{cached}, wrote {call.output_tokens}"
    decided = f"chose {', '.join(call.decided)}" if call.decided else "replied"
    cut = ", cut at its limit" if call.finish == "length" else ""
    return f"{call.backend} {decided} in {call.seconds:.2f} s{tokens}{cut}"


def _tool(call: ToolCall) -> str:
    arguments = ", ".join(f"{name}={value!r}" for name, value in call.arguments.items())
    outcome = f" [{call.outcome}]" if call.outcome else ""
    failed = "" if call.ok else "failed: "
    return f"{call.name}({arguments}), {call.effect or 'unknown'}, {call.seconds:.2f} s{outcome}: {failed}{call.detail}"


def _item(item: ShownItem) -> list[str]:
    lines = [f"{item.reference}. {item.item_id}: {item.reason or 'no reason'} [{item.source or 'none'}]"]
    for cause in item.causes:
        what = _KINDS.get(cause.kind, cause.kind)
        lines.append(f"   without {what} {cause.subject}: {-cause.effect:+.2f} (a random other: {-cause.control:+.2f})")
    lines += [f"   failed the check {name!r}" for name in item.failed_checks]
    return lines
