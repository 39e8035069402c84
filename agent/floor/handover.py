"""The brief for a colleague who takes a client over: every line rests on the records and carries the id to check it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.context import Actor, TurnContext
from agent.events import Brief
from agent.floor import client_lines
from agent.floor.client_card import summary
from agent.floor.client_lines import Line
from agent.floor.dossier import Dossier, read_dossier
from agent.floor.shop import Emit, Shop
from agent.intent.dates_said import spoken_day
from agent.policy import require
from agent.records.handovers import BriefLine, Handover, Handovers
from agent.state import TurnResult
from recsys.errors import InputError
from recsys.seller.titles import month, short_title

MAX_AT_ONCE = 100  # clients whose briefs are written in one press
_N_NOTES = 3
_N_CONTACTS = 3
_N_REASONS = 3
_COME_BACK = 2  # pieces of one house from which a client comes back to it


@dataclass(frozen=True)
class Reading:
    """A line of a kept brief, held against the records of today."""

    line: BriefLine
    is_still_so: bool


@dataclass(frozen=True)
class HandedOver:
    """What became of a hand-over: who changed hands, and how many of the associate's clients are left."""

    client_ids: tuple[str, ...]
    n_left: int = 0


def handover_brief(shop: Shop, context: TurnContext, emit: Emit) -> TurnResult:
    """Write the brief of the conversation's client."""
    dossier = read_dossier(shop, context)
    sections = _sections(shop, dossier)
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


def hand_over(shop: Shop, actor: Actor, client_ids: Sequence[str], to: str, *, key: str) -> HandedOver:
    """Give clients to another associate, each with the brief of this moment; at most MAX_AT_ONCE.

    Raises:
        InputError: If no client is chosen.
        Refused: If the actor is no manager, or sees one of the clients not.
    """
    require(actor, "manage")
    if not client_ids:
        raise InputError("no client is chosen: mark those who are to change hands")
    chosen = list(dict.fromkeys(client_ids))
    briefs = {one: _kept(shop, TurnContext(actor, one, "")) for one in chosen[:MAX_AT_ONCE]}
    given = Handovers(shop.boutique).give(actor, to, briefs, key=key, at=shop.clock())
    return HandedOver(tuple(given), len(chosen) - len(briefs))


def read_again(shop: Shop, context: TurnContext, handover: Handover) -> tuple[Reading, ...]:
    """Hold each line of a kept brief against what the records say now, so that nobody need take it on trust."""
    now = {line.statement for line in _kept(shop, context)}
    return tuple(Reading(line, line.statement in now) for line in handover.brief)


def _kept(shop: Shop, context: TurnContext) -> list[BriefLine]:
    """Write the brief as it is kept; who looks after the client is on the hand-over itself."""
    dossier = read_dossier(shop, context)
    unbound = replace(dossier, client=dossier.client.model_copy(update={"associate_id": None}))
    sections = _sections(shop, unbound)
    ids = iter(client_lines.as_evidence(line for lines in sections.values() for line in lines))
    return [
        BriefLine(
            heading,
            next(ids).evidence_id,
            line.text,
            line.statement,
            line.subject,
            line.at.isoformat() if line.at else "",
        )
        for heading, lines in sections.items()
        for line in lines
    ]


def _sections(shop: Shop, dossier: Dossier) -> dict[str, list[Line]]:
    return client_lines.without_empty(
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


def _who(dossier: Dossier) -> list[Line]:
    looked_after = f", looked after by {dossier.client.associate_id}" if dossier.client.associate_id else ""
    number = f", client {dossier.client.client_id}" if dossier.client.name else ""
    who = Line(f"{dossier.name}{number}{looked_after}", "client")
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
