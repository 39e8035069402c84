"""Notes about a client, and what they suggest about taste: nothing of it counts until a person accepts it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.context import TurnContext
from agent.events import Proposal, Proposals
from agent.floor.memory import effect_of, sentence_of
from agent.floor.persona import persona
from agent.floor.shop import Emit, Shop
from agent.floor.standing import items_held
from agent.intent.facts_said import FactSaid, clean_words, read_facts
from agent.records.facts import Fact
from agent.records.notes import StoredNote, StoredProposal
from agent.state import TurnResult
from recsys.errors import InputError, NotFound

MAX_NOTE = 2_000  # characters


def add_note(shop: Shop, context: TurnContext, text: str, key: str, emit: Emit) -> TurnResult:
    """Keep a note with author and date, and show what it suggests about the client's taste.

    The note is kept as it was written; what is in it is data and makes nothing happen.
    """
    said = clean_words(text, MAX_NOTE + 1)
    if not said:
        raise InputError("the note is empty: say what is to be noted")
    if len(said) > MAX_NOTE:
        raise InputError(f"the note has more than {MAX_NOTE:,} characters: write it in two")
    guided = shop.recommender.guided
    found = read_facts(said, guided.attribute_set if guided is not None else None, shop.catalogue)
    counted = [one for one in found if _is_worth_asking(shop, one)]
    suggested = [
        StoredProposal(number, one.kind, one.subject, one.value, one.amount, one.words)
        for number, one in enumerate(counted, start=1)
    ]
    note = StoredNote(said, context.actor.actor_id, shop.clock())
    shop.notes.add(context.actor, shop.client_id(context), note, suggested, key=key)
    if not suggested:
        text = "The note is kept. It suggests no change of what is known."
        return TurnResult(text, text)
    lines = _show(shop, context, suggested, emit)
    counts = "which counts only once you accept it" if len(lines) == 1 else "which count only once you accept them"
    spoken = f"The note is kept. It suggests {_counted(len(lines))}, {counts}."
    return TurnResult(f"{spoken} Shown as proposals:\n" + "\n".join(lines), spoken)


def decide_proposals(shop: Shop, context: TurnContext, decision: str, which: str, key: str) -> TurnResult:
    """Accept or reject open proposals of the newest note that has any.

    Args:
        decision: "accept" or "reject".
        which: "all", or their numbers, for example "1 and 3".

    Raises:
        NotFound: If there is no such open proposal.
    """
    if decision not in ("accept", "reject"):
        raise InputError(f'the decision {decision!r} is unknown: use "accept" or "reject"')
    client_id = shop.client_id(context)
    waiting = [one for one in shop.notes.suggested(context.actor, client_id) if one.state == "open"]
    numbers = _numbers(which, [one.number for one in waiting])
    accept = decision == "accept"
    decided = shop.notes.decide(context.actor, client_id, numbers, accept=accept, key=key, at=shop.clock())
    if not decided:
        there = ", ".join(str(one.number) for one in waiting)
        hint = f"open are: {there}" if there else "none is open; add a note first"
        raise NotFound(f"no open proposal {clean_words(which, 40)!r}; {hint}")
    who = persona(shop, context)
    said = [_said(one) for one in decided]
    told = " ".join(
        f"{sentence_of(one, who)} {effect_of(shop, one)[:1].upper()}{effect_of(shop, one)[1:]}." for one in said
    )
    left = len(waiting) - len(decided)
    rest = f" {_counted(left).capitalize()} still open." if left else ""
    verdict = f"Accepted: {told}" if accept else f"Rejected {_counted(len(decided))}: nothing of it counts."
    return TurnResult(f"{verdict}{rest}", f"{verdict}{rest}")


def _is_worth_asking(shop: Shop, said: FactSaid) -> bool:
    """Whether a fact would add to the note itself: words alone would not, nor to avoid what no item has.

    An allergy is asked about in any case: it holds for items to come.
    """
    if said.kind == "avoid" and said.value == "anything" and "allerg" not in said.words.casefold():
        return bool(items_held(shop.catalogue, Fact("avoid", said.subject, said.value, None, "", "", shop.clock())))
    return said.kind != "preference" or bool(said.value)


def _show(shop: Shop, context: TurnContext, suggested: Sequence[StoredProposal], emit: Emit) -> list[str]:
    who = persona(shop, context)
    shown = []
    for one in suggested:
        said = _said(one)
        shown.append(
            Proposal(one.number, f"{sentence_of(said, who)} If you accept it, {effect_of(shop, said)}.", one.words)
        )
    emit(Proposals(tuple(shown)))
    return [f"{one.number}. {one.text}" for one in shown]


def _said(one: StoredProposal) -> FactSaid:
    return FactSaid(one.kind, one.subject, one.value, one.amount, one.words)


def _numbers(which: str, known: Sequence[int]) -> list[int]:
    said = which.casefold().strip()
    if said in ("", "all", "both", "everything", "them", "it", "them all", "all of them"):
        return list(known)
    ordinals = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}
    numbers = [int(one) for one in re.findall(r"\d+", said)]
    return numbers + [number for word, number in ordinals.items() if re.search(rf"\b{word}\b", said)]


def _counted(count: int) -> str:
    return f"{count} change{'' if count == 1 else 's'}"
