"""Long-term memory of a client: facts are written down as they were understood, and forgotten with leave only."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.context import TurnContext
from agent.floor import approving
from agent.floor.persona import Persona, persona
from agent.floor.shop import Emit, Shop
from agent.floor.standing import items_held
from agent.intent.dates_said import spoken_day
from agent.intent.facts_said import MAX_WORDS, FactSaid, clean_words, read_facts
from agent.records.facts import Fact
from agent.records.messages import ALL_CHANNELS, channel_of
from agent.state import TurnResult
from recsys.catalogue import words
from recsys.errors import InputError, NotFound

_NO_CONTACT = re.compile(
    r"\b(?:do(?:es)? not|don't|doesn't|never|stop|no longer)\b (?:(?:want|wants|wish|wishes)\b (?:to be |any )?)?"
    r"(?:writ|contact|messag|text|e-?mail|whatsapp)|\bno (?:more )?(?:text )?(?:messages|e-?mails|letters|contact)\b|"
    r"\bunsubscribe|\bwithdr[ae]ws? (?:my |her |his |their )?consent",
)


def remember(shop: Shop, context: TurnContext, text: str, key: str) -> TurnResult:
    """Write down the facts in a person's words, and say what was understood and what it changes.

    Words that no rule reads are kept as a preference. A wish not to be written to withdraws consent at once; consent is
    never given this way.
    """
    said = clean_words(text)
    if not said:
        raise InputError('there is nothing to remember: say it in words, for example "shoe size 39" or "no wool"')
    if _NO_CONTACT.search(said.casefold()):
        return _withdraw(shop, context, said, key)
    guided = shop.recommender.guided
    found = read_facts(said, guided.attribute_set if guided is not None else None, shop.catalogue)
    facts = found or [FactSaid("preference", said, "", None, said)]
    for number, one in enumerate(facts, start=1):
        shop.facts.put(context.actor, shop.client_id(context), _fact(shop, context, one), key=f"{key}:{number}")
    who = persona(shop, context)
    told = " ".join(f"{sentence_of(one, who)} {_capital(effect_of(shop, one))}." for one in facts)
    cut = f" Only the first {MAX_WORDS} characters were read." if len(text.strip()) > MAX_WORDS else ""
    answer = f"Remembered. {told}{cut}"
    return TurnResult(answer, answer, measured=[told])


def forget(shop: Shop, context: TurnContext, text: str, key: str, emit: Emit) -> TurnResult:
    """Ask leave to erase a remembered fact for good.

    Raises:
        NotFound: If the words name no fact, or more than one; the text lists what is remembered.
    """
    known, who = shop.facts.all(context.actor, shop.client_id(context)), persona(shop, context)
    fact = _named(text, known)
    if fact is None:
        kept = "; ".join(fact_line(one, you=who.is_self) for one in known) or "nothing"
        raise NotFound(f"{clean_words(text, 80)!r} names no single remembered fact; remembered is: {kept}")
    arguments = {"kind": fact.kind, "subject": fact.subject, "value": fact.value}
    said = fact_line(fact, you=who.is_self)
    detail = f"{_capital(said)} ({fact.source}, {spoken_day(fact.at.date())}). It is erased for good."
    title = f"Forget one fact about {'you' if who.is_self else who.name}"
    return approving.ask(shop, context, "forget_fact", arguments, title, detail, key, emit)


def fact_line(fact: Fact | FactSaid, *, you: bool = False) -> str:
    """Return a fact in a few words, for example "shoe size 39", "avoids wool", "a little more minimal".

    Args:
        you: Whether the client reads it themselves.
    """
    match fact.kind:
        case "avoid":
            return f"{'you avoid' if you else 'avoids'} {fact.subject}"
        case "taste":
            return f"{'a little ' if abs(fact.amount or 0.0) < 1.0 else ''}{fact.value}"
        case "size":
            return f"{fact.subject} {fact.value}"
        case "date" | "preference":
            return f"{fact.subject}: {fact.value}" if fact.value else fact.subject


def effect_of(shop: Shop, fact: FactSaid) -> str:
    """Say what a fact changes once it is remembered."""
    match fact.kind:
        case "avoid":
            held = Fact("avoid", fact.subject, fact.value, None, "", "", shop.clock())
            count = len(items_held(shop.catalogue, held))
            if count == 0:
                return "no item of the catalogue names it now, so no suggestion changes; it holds for new ones"
            return f"{count} of {len(shop.catalogue)} items {'is' if count == 1 else 'are'} no longer suggested"
        case "taste":
            degree = "a little " if abs(fact.amount or 0.0) < 1.0 else ""
            return f"suggestions lean {degree}that way from now on"
        case "size" | "date":
            return "it is shown with the record; the ranking does not use it"
        case "preference":
            return "it is shown with the record in these words; the ranking does not use it"


def sentence_of(fact: FactSaid, who: Persona) -> str:
    """Say a fact in a sentence, as it was understood."""
    s = "" if who.is_self else "s"
    match fact.kind:
        case "avoid":
            where = "" if fact.value == "anything" else f", by {fact.value}"
            return f"{_capital(who.subject)} avoid{s} {fact.subject}{where}."
        case "taste":
            degree = "a little " if abs(fact.amount or 0.0) < 1.0 else ""
            return f"{_capital(who.subject)} like{s} things {degree}{fact.value}."
        case "size":
            return f"{_capital(who.whose)} {fact.subject} is {fact.value}."
        case "date":
            return f"{_capital(who.whose)} {fact.subject} is {'on' if fact.value[:1].isdigit() else 'in'} {fact.value}."
        case "preference":
            return f'About {"you" if who.is_self else who.name}: "{fact_line(fact)}".'


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _fact(shop: Shop, context: TurnContext, said: FactSaid) -> Fact:
    at, author = shop.clock(), context.actor.actor_id
    by = "said by the client" if context.actor.role == "shopper" else f"written by {author}"
    return Fact(said.kind, said.subject, said.value, said.amount, by, author, at)


def _withdraw(shop: Shop, context: TurnContext, said: str, key: str) -> TurnResult:
    channel = channel_of(said) or ALL_CHANNELS
    shop.messages.record_consent(
        context.actor, shop.client_id(context), channel, given=False, source=said, key=key, at=shop.clock()
    )
    who = persona(shop, context)
    by = "on any channel" if channel == ALL_CHANNELS else f"by {channel}"
    text = f"Noted: from now on nothing is sent to {who.subject} {by}. This was written down with today's date."
    return TurnResult(text, text)


def _named(text: str, known: Sequence[Fact]) -> Fact | None:
    """Return the one fact that words mean: most of their words are in it; None if there is none or a tie."""
    said = set(words(clean_words(text))) | {part for part in text.split() if any(one.isdigit() for one in part)}
    scored = [(len(said & _words_of(one)), one) for one in known]
    best = max((score for score, _ in scored), default=0)
    chosen = [one for score, one in scored if score == best]
    return chosen[0] if best > 0 and len(chosen) == 1 else None


def _words_of(fact: Fact) -> set[str]:
    """Return the words by which a fact is called, its figures among them."""
    line = f"{fact.subject} {fact_line(fact) if fact.kind == 'taste' else fact.value}"
    return set(words(line)) | set(line.split())
