"""A person's own words in a draft: each sentence is held against the records again, and said what it rests on.

What can be held against the records is what `says_more` looks for: figures, names of pieces and houses, qualities of
the attribute set, links. A sentence of one's own with none of these may say anything, so it counts as not checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from agent.context import TurnContext
from agent.floor.draft_check import says_more
from agent.floor.drafting import draft_id_of
from agent.floor.message_phrases import language_of, languages, require_language, require_tone
from agent.floor.phrasing import price_of
from agent.floor.shop import Shop
from agent.floor.wording import Sentence
from agent.intent.dates_said import spoken_day
from agent.intent.facts_said import clean_words
from agent.policy import require
from agent.records.messages import Draft, channel_of
from agent.turns.grounding import sentences
from recsys.catalogue import Catalogue
from recsys.errors import InputError
from recsys.schema import Item
from recsys.seller.titles import short_title

MAX_BODY = 5_000  # characters
MAX_SUBJECT = 150
Rests = Literal["evidence", "nothing", "names", "unchecked", "beyond"]
"""evidence: worded here, each claim tested; nothing: claims nothing; names: one's own words, whose names and figures
are on record; unchecked: one's own words, with nothing that could be checked; beyond: says what is on no record."""


@dataclass(frozen=True)
class Checked:
    """A sentence of a draft, what it rests on, and what in it is on no record."""

    text: str
    rests: Rests
    evidence: tuple[str, ...]
    beyond: tuple[str, ...] = ()


def edit_draft(
    shop: Shop, context: TurnContext, before: Draft | None, subject: str, body: str, channel: str, key: str
) -> Draft:
    """Keep a person's text as the conversation's draft; sentences that stayed keep their evidence.

    Args:
        before: The draft that was changed, None for one begun blank.
        channel: In words.
        key: Names the occasion.

    Raises:
        InputError: If there is no text, too much of it, or no such channel.
    """
    require(context.actor, "serve")
    by, text = channel_of(channel), _lines(body)
    if by is None:
        raise InputError("choose a channel: e-mail, text message, WhatsApp or letter")
    if not text:
        raise InputError("there is nothing written yet: write at least one sentence")
    if len(text) > MAX_BODY:
        raise InputError(f"the message has {len(text):,} characters: keep it under {MAX_BODY:,}")
    client = shop.client(context)
    blank = Draft(
        draft_id_of(key), client.client_id, context.thread_id, context.actor.actor_id, by, "neutral",
        language_of(client.preferences.get("language", "")) or "en", "", "", (), (), "draft", shop.clock(),
    )  # fmt: skip
    begun = replace(blank, tone=before.tone, language=before.language, items=before.items) if before else blank
    claims, own = _claims(shop, context, before, begun, text)
    titled = clean_words(subject, MAX_SUBJECT) if by in ("e-mail", "letter") else ""
    return shop.messages.keep(context.actor, replace(begun, subject=titled, body=text, claims=claims, own=own), key=key)


def take_up(shop: Shop, context: TurnContext, draft: Draft, key: str) -> Draft:
    """Make an earlier draft the conversation's draft again; the earlier one stays what it was."""
    again = replace(
        draft, draft_id=draft_id_of(key), thread=context.thread_id, author=context.actor.actor_id, state="draft",
        at=shop.clock(),
    )  # fmt: skip
    return shop.messages.keep(context.actor, again, key=key)


def checked(shop: Shop, draft: Draft) -> list[list[Checked]]:
    """Return a draft's paragraphs as sentences with what each rests on."""
    known = {text: _standing(shop, draft, text, rests_on) for text, rests_on in draft.claims}
    paragraphs = [list(_split(line, list(known))) for line in draft.body.splitlines() if line.strip()]
    return [[known.get(one) or _standing(shop, draft, one, ()) for one in paragraph] for paragraph in paragraphs]


def _lines(body: str) -> str:
    """Return a text without control characters, line by line, at most one empty line between."""
    kept = [clean_words(line, MAX_BODY + 1) for line in body.splitlines()]
    return "\n\n".join(part.strip() for part in "\n".join(kept).split("\n\n") if part.strip())


def _claims(
    shop: Shop, context: TurnContext, before: Draft | None, draft: Draft, text: str
) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], tuple[str, ...]]:
    kept = {one: facts for one, facts in before.claims if one not in before.own} if before is not None else {}
    claims: list[tuple[str, tuple[str, ...]]] = []
    own: list[str] = []
    for line in text.splitlines():
        so_far = ""
        for sentence in _split(line, list(kept)):
            so_far = f"{so_far} {sentence}"
            if sentence in kept:
                claims.append((sentence, kept[sentence]))
            else:
                own.append(sentence)
                claims.append((sentence, _facts_that_hold(shop, context, before, draft, sentence, so_far)))
    return tuple(claims), tuple(own)


def _split(line: str, known: Sequence[str]) -> Iterator[str]:
    """Yield the sentences of a line; those known are found again where they stand whole."""
    rest = line.strip()
    while rest:
        whole = max((one for one in known if one and _stands_first(rest, one)), key=len, default="")
        sentence = whole or next(iter(sentences([rest])), rest)
        yield sentence.strip()
        rest = rest[len(sentence) :].strip()


def _stands_first(text: str, sentence: str) -> bool:
    after = text[len(sentence) : len(sentence) + 1]
    return text.startswith(sentence) and (not after or after.isspace() or sentence[-1] in "。！？")


def _standing(shop: Shop, draft: Draft, text: str, rests_on: tuple[str, ...]) -> Checked:
    if text not in draft.own:
        return Checked(text, "evidence" if rests_on else "nothing", rests_on)
    if text in languages()[require_language(draft.language)].tones[require_tone(draft.tone)].fixed():
        return Checked(text, "nothing", ())
    beyond = _beyond(shop, draft, text, rests_on)
    if beyond:
        return Checked(text, "beyond", rests_on, tuple(dict.fromkeys(beyond)))
    return Checked(text, "names" if rests_on else "unchecked", rests_on)


def _beyond(shop: Shop, draft: Draft, text: str, facts: Sequence[str]) -> tuple[str, ...]:
    """Return the figures, names, qualities and links in a text that facts do not hold."""
    language = languages()[require_language(draft.language)]
    guided = shop.recommender.guided
    attributes = guided.attribute_set if guided is not None else None
    held = Sentence(text, tuple(facts) or ("",))  # without facts everything that can be checked is beyond them
    return says_more(held, language.tones[require_tone(draft.tone)], language, shop.catalogue, attributes)


def _facts_that_hold(
    shop: Shop, context: TurnContext, before: Draft | None, draft: Draft, sentence: str, so_far: str
) -> tuple[str, ...]:
    """Return the facts on record that hold something of a sentence.

    They are about the pieces named in it, else in its paragraph before it: a figure that is true of another piece
    holds nothing here.
    """
    said = _beyond(shop, draft, sentence, ())
    client = shop.client(context)
    name = [f"The name on record is {client.name}"] if client.name and client.name.split()[0] in sentence else []
    if not said:
        return tuple(name)
    items = _named(shop.catalogue, sentence) or _named(shop.catalogue, so_far)
    facts = [fact for item in items for fact in _facts_of(shop, context, item)]
    titles = [short_title(item) for item in items]
    told = [fact for _, known in (before.claims if before is not None else ()) for fact in known]
    facts += [fact for fact in told if any(title in fact for title in titles)]
    holding = [fact for fact in facts if any(one.casefold() in fact.casefold() for one in said)]
    return tuple(dict.fromkeys([*name, *holding]))


def _facts_of(shop: Shop, context: TurnContext, item: Item) -> list[str]:
    name = short_title(item)
    brand = f" by {item.brand}" if item.brand else ""
    facts = [f"The catalogue lists {item.title}{brand}, called {name}"]
    facts += [f"The catalogue price of {name} is {price_of(item)}"] if item.price_minor is not None else []
    said = {"colour": item.colour, "material": item.material}
    facts += [f"The catalogue gives the {field} of {name} as {value}" for field, value in said.items() if value]
    bought = [one.at for one in shop.purchases(context) if one.item_id == item.item_id and one.at is not None]
    return facts + [f"{name} was bought on {spoken_day(at)}" for at in bought]


def _named(catalogue: Catalogue, text: str) -> list[Item]:
    said = text.casefold()
    return [item for name, item in _by_name(catalogue).items() if name in said]


@lru_cache(maxsize=4)
def _by_name(catalogue: Catalogue) -> dict[str, Item]:
    """Return the items by their name in small letters, as far as it is no word of other speech."""
    named = ((short_title(item).casefold(), item) for item in catalogue.items)
    return {name: item for name, item in named if len(name.split()) > 1}
