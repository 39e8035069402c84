"""The brief for a colleague who takes a client over: every line rests on the records and carries the id to check it."""

from __future__ import annotations

from collections import Counter

from agent.context import TurnContext
from agent.events import Brief
from agent.floor import client_lines
from agent.floor.client_card import summary
from agent.floor.client_lines import Line
from agent.floor.dossier import Dossier, read_dossier
from agent.floor.shop import Emit, Shop
from agent.intent.dates_said import spoken_day
from agent.state import TurnResult
from recsys.seller.titles import month, short_title

_N_NOTES = 3
_N_CONTACTS = 3
_N_REASONS = 3
_COME_BACK = 2  # pieces of one house from which a client comes back to it


def handover_brief(shop: Shop, context: TurnContext, emit: Emit) -> TurnResult:
    """Write the brief of the conversation's client."""
    dossier = read_dossier(shop, context)
    sections = client_lines.without_empty(
        {
            "Who": _who(dossier),
            "What they buy": client_lines.purchase_lines(dossier),
            "Taste and where it moved": [*client_lines.taste_lines(dossier), *client_lines.turn_lines(dossier)],
            "Sizes": client_lines.sizes(dossier),
            "What works": _works(shop, dossier),
            "What to avoid": _avoid(shop, dossier),
            "Open follow-ups and wishes": [
                *client_lines.follow_up_lines(dossier),
                *client_lines.saved_lines(dossier, shop.catalogue),
            ],
            "Last contacts": [
                *client_lines.contact_lines(dossier, _N_CONTACTS),
                *client_lines.consent_lines(dossier),
            ],
            "Newest notes": client_lines.remark_lines(dossier, _N_NOTES),
        }
    )
    evidence = client_lines.as_evidence(line for lines in sections.values() for line in lines)
    ids = iter(evidence)
    shown = {
        heading: tuple(f"{line.text} [{next(ids).evidence_id}]" for line in lines)
        for heading, lines in sections.items()
    }
    emit(Brief(f"Brief: {dossier.name}", shown))
    text = "\n".join(f"{heading}: {'; '.join(lines)}" for heading, lines in shown.items())
    owned = [one.item.item_id for one in dossier.owned[: -client_lines.N_RECENT - 1 : -1]]
    spoken = f"The brief for whoever looks after {dossier.name} next. {summary(dossier)}"
    return TurnResult(f"Shown as a brief:\n{text}", spoken, references=owned, evidence=evidence)


def _who(dossier: Dossier) -> list[Line]:
    looked_after = f", looked after by {dossier.client.associate_id}" if dossier.client.associate_id else ""
    who = Line(f"{dossier.name}, client {dossier.client.client_id}{looked_after}", "client")
    return [who, *client_lines.filed_lines(dossier), *client_lines.date_lines(dossier)]


def _works(shop: Shop, dossier: Dossier) -> list[Line]:
    """Return what was liked, the houses come back to, and the last reasons that were found helpful."""
    lines = client_lines.opinion_lines(dossier, shop.catalogue, "like")
    houses = Counter(one.item.brand for one in dossier.owned if one.item.brand).most_common(2)
    lines += [Line(f"comes back to {house}: {count} pieces", house) for house, count in houses if count >= _COME_BACK]
    helpful = [one for one in dossier.of_reasons if one.verdict == "helpful"][-_N_REASONS:]
    for one in reversed(helpful):
        name, at = short_title(shop.catalogue.item(one.item_id)), one.at.date()
        lines.append(
            Line(f'found this reason for the {name} helpful ({spoken_day(at)}): "{one.reason}"', one.item_id, at)
        )
    wanted = [fact for fact in dossier.facts if fact.kind in ("taste", "preference")]
    return lines + [client_lines.remembered_line(fact) for fact in wanted]


def _avoid(shop: Shop, dossier: Dossier) -> list[Line]:
    """Return what is to be avoided, what was turned down or brought back, and reasons that were wrong."""
    lines = [client_lines.remembered_line(fact) for fact in dossier.facts if fact.kind == "avoid"]
    lines += client_lines.opinion_lines(dossier, shop.catalogue, "dislike")
    for back in dossier.returned:
        when = f" in {month(back.at)}" if back.at else ""
        lines.append(Line(f"brought back the {back.name}{when}", back.item.item_id, back.at))
    wrong = [one for one in dossier.of_reasons if one.verdict == "wrong"][-_N_REASONS:]
    for one in wrong:
        name, at = short_title(shop.catalogue.item(one.item_id)), one.at.date()
        lines.append(
            Line(f'called this reason for the {name} wrong ({spoken_day(at)}): "{one.reason}"', one.item_id, at)
        )
    return lines
