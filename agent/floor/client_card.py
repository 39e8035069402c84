"""What is known of the conversation's client, on one card."""

from __future__ import annotations

from itertools import chain

from agent.context import TurnContext
from agent.events import ClientCard
from agent.floor import client_lines, phrasing
from agent.floor.client_lines import Line
from agent.floor.dossier import Dossier, days_of, read_dossier
from agent.floor.shop import Emit, Shop
from agent.state import TurnResult
from recsys.seller.titles import month


def profile(shop: Shop, context: TurnContext, emit: Emit) -> TurnResult:
    """Show everything known of the client that the reader may know, each line a fact of the records."""
    dossier = read_dossier(shop, context)
    sections = _sections(shop, dossier)
    turns = client_lines.turn_lines(dossier)
    guided, path = shop.recommender.guided, dossier.trajectory
    taste = phrasing.taste_bars(guided, path.sequence) if guided is not None and path is not None else ()
    shown = {heading: tuple(line.text for line in lines) for heading, lines in sections.items()}
    emit(ClientCard(dossier.client.client_id, dossier.name, shown, taste, client_lines.taste_moves(dossier)))
    text = summary(dossier)
    lines = [f"{heading}: {'; '.join(texts)}" for heading, texts in shown.items()]
    lines += [f"The taste {line.text}" for line in turns]
    content = "\n".join(["Shown as a card:", text, *lines])
    owned = [one.item.item_id for one in dossier.owned[: -client_lines.N_RECENT - 1 : -1]]
    return TurnResult(
        content, text, references=owned, evidence=client_lines.as_evidence(chain(*sections.values(), turns))
    )


def summary(dossier: Dossier) -> str:
    """Tell the most telling facts in two or three sentences, to the client themselves or to the staff."""
    has, their = ("You have", "Your") if dossier.is_reader else (f"{dossier.name} has", "Their")
    owned = dossier.owned
    if not owned:
        return f"{has} no purchases on record yet."
    days = days_of(owned)
    since = f" since {month(days[0])}" if days else ""
    said = [f"{has} kept {len(owned)} {'piece' if len(owned) == 1 else 'pieces'}{since}, last the {owned[-1].name}."]
    if dossier.taste_words:
        said.append(f"{their} choices lean towards what is {', '.join(dossier.taste_words)}.")
    if dossier.drifts:
        said.append(f"{their} taste {client_lines.turned(owned, dossier.drifts[-1], dossier.attributes)}.")
    return " ".join(said)


def _sections(shop: Shop, dossier: Dossier) -> dict[str, list[Line]]:
    remembered = [client_lines.remembered_line(fact, you=dossier.is_reader) for fact in dossier.facts]
    return client_lines.without_empty(
        {
            "Purchases": client_lines.purchase_lines(dossier),
            "Taste": client_lines.taste_lines(dossier),
            "Sizes": client_lines.sizes(dossier),
            "Dates": client_lines.date_lines(dossier),
            "Wish list and basket": client_lines.saved_lines(dossier, shop.catalogue),
            "Likes and dislikes": client_lines.opinion_lines(dossier, shop.catalogue),
            "Remembered": remembered,
            "On file": client_lines.filed_lines(dossier),
            "Notes": client_lines.remark_lines(dossier),
            "Follow-ups": client_lines.follow_up_lines(dossier),
            "Look-books": client_lines.look_book_lines(dossier),
            "Last contact": client_lines.contact_lines(dossier),
            "Consent": client_lines.consent_lines(dossier),
        }
    )
