"""Drafts a message to the client about pieces on show. Drafting is always allowed; sending is another matter."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from agent.context import TurnContext
from agent.events import Claim, MessageDraft
from agent.floor.draft_check import says_more
from agent.floor.message_phrases import (
    Language,
    LanguageCode,
    Tone,
    ToneName,
    language_of,
    languages,
    require_language,
    require_tone,
)
from agent.floor.persona import persona
from agent.floor.shop import Emit, Shop
from agent.floor.suggestions import recommend
from agent.floor.wording import (
    Piece,
    Sentence,
    about,
    english_reason,
    greeting,
    introduction,
    spoken_name,
    translated_reason,
)
from agent.intent.wishes import Wish
from agent.policy import require
from agent.records.messages import CHANNELS, Draft, channel_of, may_contact
from agent.state import SlateState, TurnResult, View, empty_view, remembered, to_remember
from recsys.errors import InputError, NotFound
from recsys.schema import Client, Filters
from recsys.seller.evidence import Purchase

N_PIECES = 2  # where nobody says which


def draft_message(
    shop: Shop,
    context: TurnContext,
    state: SlateState,
    items: Sequence[str],
    tone: str | None,
    language: str | None,
    channel: str | None,
    key: str,
    emit: Emit,
) -> TurnResult:
    """Draft a message, or word the thread's draft anew in another tone, language or for another channel.

    Args:
        items: References to items on show; none for those of the draft that is worded anew, else the first two.
        tone, language, channel: In words; None for the draft's, else what suits the client.
        key: Names the occasion.

    Raises:
        NotFound: If nothing is on show and there is no draft.
        InputError: If tone, language or channel are none of ours.
    """
    require(context.actor, "serve")
    client = shop.client(context)
    before = shop.messages.newest(context.actor, client.client_id, context.thread_id)
    again = before if before is not None and not items and (tone or language or channel) else None
    in_tone: ToneName = require_tone(tone) if tone else _tone(again)
    code = require_language(language) if language else _language(again, client)
    by = _channel(shop, context, channel, again)
    chosen = list(again.items) if again is not None else _chosen(shop, state, items)
    pieces = _pieces(shop, context, state, chosen)
    paragraphs, in_english = _compose(shop, client, pieces, in_tone, code)
    sentences = [sentence for paragraph in paragraphs for sentence in paragraph]
    words = languages()[code]
    draft = Draft(
        draft_id=draft_id_of(key),
        client_id=client.client_id,
        thread=context.thread_id,
        author=context.actor.actor_id,
        channel=by,
        tone=in_tone,
        language=code,
        subject=words.tones[in_tone].subject if by in ("e-mail", "letter") else "",
        body="\n\n".join(_joined(paragraph, words.sentence_gap) for paragraph in paragraphs),
        claims=tuple((one.text, one.rests_on) for one in sentences),
        items=tuple(chosen),
        state="draft",
        at=shop.clock(),
    )
    kept = shop.messages.keep(context.actor, draft, key=key)
    emit(shown_draft(kept))
    return _result(shop, context, kept, pieces, in_english)


def draft_about(shop: Shop, context: TurnContext, state: SlateState, item_id: str, key: str, emit: Emit) -> TurnResult:
    """Draft a first message: about one piece, else about what is on show, else about new suggestions.

    Args:
        item_id: The piece, put on show as well; "" for none.
        key: Names the occasion.

    Raises:
        NotFound: If there is nothing to write about.
    """
    update: Mapping[str, Any] = {}
    if item_id:
        reason = shop.explainer.explain(shop.purchases(context), item_id)
        emit(shop.card(1, item_id, reason))
        update = {"view": View(**{**empty_view(), "slate": [item_id], "reasons": to_remember([reason])})}
    elif not (state.get("view") or empty_view())["slate"]:
        update = recommend(shop, context, state, Wish(Filters()), emit).update
    shown = cast(SlateState, {**state, **update})
    drafted = draft_message(shop, context, shown, [], None, None, None, key, emit)
    return replace(drafted, update=update)


def shown_draft(draft: Draft) -> MessageDraft:
    """Return a draft as the associate sees it."""
    claims = tuple(Claim(sentence, rests_on) for sentence, rests_on in draft.claims)
    shown = (draft.draft_id, draft.channel, draft.tone, draft.language, draft.subject, draft.body)
    return MessageDraft(*shown, claims)


def _joined(paragraph: Sequence[Sentence], gap: str) -> str:
    """Return a paragraph; after an English sentence stands a space, also in a language that sets none."""
    ends = [gap or (" " if one.text[-1:].isascii() else "") for one in paragraph]
    return "".join(one.text + end for one, end in zip(paragraph, ends, strict=True)).rstrip()


def draft_id_of(key: str) -> str:
    """Return the id of the draft that an occasion makes."""
    return f"d{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _tone(again: Draft | None) -> ToneName:
    return require_tone(again.tone) if again is not None else "warm"


def _language(again: Draft | None, client: Client) -> LanguageCode:
    if again is not None:
        return require_language(again.language)
    return language_of(client.preferences.get("language", "")) or "en"


def _channel(shop: Shop, context: TurnContext, said: str | None, again: Draft | None) -> str:
    if said:
        known = channel_of(said)
        if known is None:
            raise InputError(f"no channel {said!r}; there is: {', '.join(CHANNELS)}")
        return known
    if again is not None:
        return again.channel
    agreed = may_contact(shop.boutique, context.actor, shop.client_id(context), None, shop.clock()).channel
    return agreed or "e-mail"


def _chosen(shop: Shop, state: SlateState, items: Sequence[str]) -> list[str]:
    slate = (state.get("view") or empty_view())["slate"]
    if not slate:
        raise NotFound("nothing is on show to write about: ask for suggestions or search first")
    return list(dict.fromkeys(shop.slate_item(state, one) for one in items)) or slate[:N_PIECES]


def _pieces(shop: Shop, context: TurnContext, state: SlateState, chosen: Sequence[str]) -> list[Piece]:
    """Return the pieces with the reasons that they were shown with, else newly found ones."""
    purchases = shop.purchases(context)
    view = state.get("view") or empty_view()
    pieces = []
    for item_id in chosen:
        shown = remembered(view, view["slate"].index(item_id)) if item_id in view["slate"] else None
        item = shop.catalogue.item(item_id)
        piece = Piece(item, shown or shop.explainer.explain(purchases, item_id))
        pieces.append(_without_requests(shop, piece, purchases))
    return pieces


def _without_requests(shop: Shop, piece: Piece, purchases: Sequence[Purchase]) -> Piece:
    """Return the piece with a reason that does not rest on what was asked for here alone.

    What the associate asks in this conversation was not said by the client.
    """
    if not any(fact.kind == "request" for fact in piece.reason.evidence):
        return piece
    if english_reason(piece, languages()["en"], shop.catalogue):
        return piece
    return Piece(piece.item, shop.explainer.explain(purchases, piece.item.item_id))


def _compose(
    shop: Shop, client: Client, pieces: Sequence[Piece], in_tone: ToneName, code: LanguageCode
) -> tuple[list[list[Sentence]], list[Piece]]:
    """Return the paragraphs that hold, and the pieces whose reason is in English for want of words."""
    language = languages()[code]
    tone = language.tones[in_tone]
    count = len(pieces)
    in_english: list[Piece] = []
    paragraphs = [[greeting(tone, client.name)], [Sentence(tone.opening.said(count))]]
    for place, piece in enumerate(pieces):
        reason, is_english = _reason(shop, piece, language, [one.text for part in paragraphs for one in part])
        in_english += [piece] if is_english else []
        paragraphs.append([introduction(tone.pieces.said(place, count), piece.item, language), *reason])
    paragraphs += [[Sentence(tone.closing.said(count))], [Sentence(tone.sign_off)]]
    held = [_held(shop, paragraph, tone, language) for paragraph in paragraphs]
    return [paragraph for paragraph in held if paragraph], in_english


def _held(shop: Shop, paragraph: Sequence[Sentence], tone: Tone, language: Language) -> list[Sentence]:
    """Return the sentences that say no more than their facts; none where the first, which the others lean on, does."""
    guided = shop.recommender.guided
    attributes = guided.attribute_set if guided is not None else None
    said = [one for one in paragraph if one.text]
    held = [one for one in said if not says_more(one, tone, language, shop.catalogue, attributes)]
    return held if held and held[0] is said[0] else []


def _reason(shop: Shop, piece: Piece, language: Language, said: Sequence[str]) -> tuple[list[Sentence], bool]:
    """Return why a piece was chosen, and whether it is said in English for want of words in the language."""
    if not any(fact.is_cause for fact in piece.reason.evidence):
        return about(piece.item, language), False
    if language.reasons:
        sentence = translated_reason(piece, language, shop.catalogue, said)
        if sentence is not None:
            return [sentence], False
    english = languages()["en"]
    told = english_reason(piece, english, shop.catalogue)
    return told or about(piece.item, language), bool(told) and language is not english


def _result(
    shop: Shop, context: TurnContext, draft: Draft, pieces: Sequence[Piece], in_english: Sequence[Piece]
) -> TurnResult:
    decision = may_contact(shop.boutique, context.actor, draft.client_id, draft.channel, shop.clock())
    language = languages()[require_language(draft.language)].names[1].capitalize()
    who = persona(shop, context).name
    parts = [f"A draft for {who} by {draft.channel}, {draft.tone}, in {language}. Nothing is sent."]
    if in_english:
        names = ", ".join(spoken_name(piece.item) for piece in in_english)
        parts.append(f"The reason for {names} stays in English: there are no {language} words for it yet.")
    wanted = shop.client(context).preferences.get("language", "")
    if draft.language == "en" and wanted and language_of(wanted) is None:
        parts.append(f"The language on file is {wanted}, in which no message can be worded yet.")
    if not decision.allowed:
        parts.append(f"It cannot be sent now: {decision.reason}.")
    spoken = " ".join(parts)
    names = "; ".join(spoken_name(piece.item) for piece in pieces)
    evidence = [fact for piece in pieces for fact in piece.reason.evidence]
    content = f"{spoken} The draft is on show. It is about: {names}."
    return TurnResult(content, spoken, references=list(draft.items), evidence=evidence)
