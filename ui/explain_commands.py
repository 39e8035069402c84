"""The commands that show an explanation with all that holds it, and whom SELLER's experts serve."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from agent.errors import ModelUnavailable
from agent.settings import Settings
from recsys.errors import InputError, NotReady
from recsys.ranker import FloatArray
from recsys.seller.gate_weights import ExpertRole, ExpertWeights, PathName, expert_weights

if TYPE_CHECKING:
    from recsys.data.boutique import Boutique
    from recsys.recommender import Recommender
    from recsys.seller.drafters import Drafter, Task
    from recsys.seller.explainer import Explained
    from recsys.seller.local_drafter import LocalDrafter, Written
    from recsys.seller.model import Seller
    from recsys.seller.trace import Identity, Trace

WRITERS = ("seller", "chat", "template")
N_ROLES = 100  # other clients over whom an explanation's page says whom each expert serves
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.command()
@click.option("--client", "client_id", required=True, help="To whom it is suggested.")
@click.option("--item", "item_id", help="What is suggested [the one of --rank].")
@click.option("--rank", type=click.IntRange(1, 1000), help="Its place among what would be suggested [1].")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File for the page.")
@click.option("--writer", type=click.Choice(WRITERS), help="Who words it [seller where there is one, else template].")
@click.option("--roles/--no-roles", default=True, help="Say whom each expert serves, over other clients [yes].")
@as_json
@click.pass_obj
def explain(
    settings: Settings,
    client_id: str,
    item_id: str | None,
    rank: int | None,
    out: Path,
    writer: str | None,
    roles: bool,
    as_json: bool,
) -> None:
    """Explain one suggestion, and write a page with all that holds the explanation."""
    from ui.explanation_page import render, write_page

    if item_id and rank:
        raise click.UsageError("name the item with --item or its place with --rank, not both")
    trace = _Desk(settings).trace(client_id, item_id, rank or 1, writer, with_roles=roles)
    path = write_page(render(trace), out)
    if as_json:
        click.echo(trace.to_json())
        return
    click.echo(trace.text)
    click.echo(str(path))


@click.command()
@click.option("--clients", "n_clients", default=200, show_default=True, type=click.IntRange(10), help="How many.")
@click.option("--seed", default=0, show_default=True, help="Of the draw of clients and of the intervals.")
@as_json
@click.pass_obj
def gates(settings: Settings, n_clients: int, seed: int, as_json: bool) -> None:
    """Say which of SELLER's experts serves which kind of client, item and reason."""
    from recsys.seller.gate_report import report_gates
    from recsys.seller.weighed_suggestions import draw_histories, weigh_suggestions

    desk = _Desk(settings)
    histories = draw_histories(desk.boutique, n_clients, seed)
    report = report_gates(weigh_suggestions(desk.require_seller(), desk.recommender, histories, _say), seed)
    click.echo(json.dumps(report.as_dict(), indent=2) if as_json else report.table())


class RecordingDrafter:
    """SELLER's local drafter that keeps what was written last, for the page; meets Drafter."""

    source: Literal["seller", "model"] = "seller"

    def __init__(self, local: LocalDrafter) -> None:
        self.seller = local.seller
        self.last: Written | None = None
        self._local = local

    def draft(self, tasks: Sequence[Task]) -> Iterator[str | None]:
        """Write one text for each task."""
        for written in self._local.write(tasks):
            self.last = written or self.last
            yield None if written is None else written.text

    def weights(self, n_purchases: int) -> tuple[tuple[ExpertWeights, ...] | None, list[float] | None]:
        """Return the gates' weights and the attention to the latest purchases, both None where nothing was written."""
        if self.last is None:
            return None, None
        from recsys.seller.adapter import TOKENS
        from recsys.seller.features import N_LATEST, N_POOLED

        soft = self.last.soft
        gates: dict[PathName, FloatArray] = {
            "behaviour": soft.gates["behaviour"][0].numpy(),
            "semantics": soft.gates["semantics"][0].numpy(),
        }
        experts = expert_weights(TOKENS, gates, soft.present[0].numpy(), N_LATEST, n_purchases)
        return experts, soft.attention[0, : min(n_purchases, N_POOLED)].tolist()


class _Desk:
    """A boutique opened for explaining."""

    def __init__(self, settings: Settings) -> None:
        from recsys.artifacts import load_catalogue, served_ranker
        from recsys.data.boutique import Boutique
        from recsys.recommender import Recommender

        self.settings = settings
        self.boutique: Boutique = Boutique.open(settings.boutique)
        catalogue, guided = load_catalogue(self.boutique)
        self.recommender: Recommender = Recommender(catalogue, served_ranker(self.boutique), guided)

    def seller(self) -> Seller | None:
        """Load SELLER; None where there is none for this catalogue."""
        from agent.drafters import open_seller

        return open_seller(self.settings, self.boutique, self.recommender.guided)

    def require_seller(self) -> Seller:
        """Load SELLER, or say how to get one."""
        found = self.seller()
        if found is None:
            raise NotReady(f"no SELLER was trained for '{self.boutique.path}': run 'clienteller seller train'")
        return found

    def trace(self, client_id: str, item_id: str | None, rank: int, writer: str | None, *, with_roles: bool) -> Trace:
        """Explain an item, by default the one of a place in the client's ranking."""
        from recsys.seller.explainer import Explainer
        from recsys.seller.facts import purchases_of
        from recsys.seller.trace import trace_of

        purchases = purchases_of(self.boutique.interactions(client_id))
        item_id = item_id or self._suggested(client_id, [one.item_id for one in purchases], rank)
        drafter, label = self._drafter(writer)
        begun = time.perf_counter()
        explained = next(iter(Explainer(self.recommender, drafter).work([(purchases, item_id)])))
        seconds = time.perf_counter() - begun
        local = drafter if isinstance(drafter, RecordingDrafter) and drafter.last is not None else None
        experts, attention = local.weights(len(purchases)) if local else (None, None)
        return trace_of(
            self.recommender,
            purchases,
            item_id,
            explained.explanation,
            explained.rejected,
            experts,
            attention,
            client_id=client_id,
            identity=replace(self._identity(explained, local), language_model=label, seconds=seconds),
            roles=self._roles(local.seller, client_id) if local and with_roles else (),
        )

    def _suggested(self, client_id: str, item_ids: Sequence[str], rank: int) -> str:
        candidates = self.recommender.rank(item_ids, k=rank).candidates
        if len(candidates) < rank:
            raise InputError(f"only {len(candidates)} items can be suggested to {client_id!r}: choose a lower --rank")
        return candidates[-1].item_id

    def _drafter(self, writer: str | None) -> tuple[Drafter | None, str]:
        """Return who words the explanation, and the name of its language model; None for the template."""
        if writer == "template":
            return None, ""
        if writer == "chat":
            return self._chat()
        seller = self.seller() if writer is None else self.require_seller()
        if seller is None:
            return None, ""
        from recsys.seller.local_drafter import LocalDrafter

        return RecordingDrafter(LocalDrafter(seller, self.recommender)), seller.identity.language_model

    def _chat(self) -> tuple[Drafter, str]:
        from agent.chat_models.backends import open_chat_model
        from agent.chat_models.writer import ChatWriter
        from agent.intent.vocabulary import vocabulary_of
        from recsys.seller.drafters import ChatDrafter
        from recsys.text_encoder import TextEncoder

        backend = open_chat_model(self.settings, vocabulary_of(self.recommender.catalogue, TextEncoder.load()))
        if backend.kind == "planner":
            raise ModelUnavailable(f"no chat model can write: {backend.notice}")
        return ChatDrafter(ChatWriter(backend)), backend.label

    def _identity(self, explained: Explained, local: RecordingDrafter | None) -> Identity:
        """Return what is known of the ranker and of the adapter, and what the text leads with."""
        from recsys.artifacts import weights_folder
        from recsys.models.weights import read_config
        from recsys.seller.template import styles_of
        from recsys.seller.trace import Identity

        config = read_config(weights_folder(self.boutique) / self.recommender.ranker.name)
        styles: dict[str, str] = {"template": next(iter(styles_of(explained.evidence)), "")}
        if local is not None and local.last is not None:
            styles["seller"] = local.last.style
        return Identity(
            ranker=self.recommender.ranker.name,
            weights_sha256=config["weights_sha256"],
            seed=config["info"].get("seed"),
            adapter_sha256=local.seller.identity.sha256 if local is not None else "",
            style=styles.get(explained.explanation.source, ""),
        )

    def _roles(self, seller: Seller, client_id: str) -> tuple[ExpertRole, ...]:
        """Return whom each expert serves, over other clients; nothing where there are too few to say."""
        from recsys.seller.gate_report import MIN_CLIENTS, report_gates
        from recsys.seller.weighed_suggestions import draw_histories, weigh_suggestions

        histories = draw_histories(self.boutique, N_ROLES, seed=0, without=[client_id])
        if len(histories) < MIN_CLIENTS:
            return ()
        return report_gates(weigh_suggestions(seller, self.recommender, histories, _say)).roles()


def _say(line: str) -> None:
    click.echo(line, err=True)
