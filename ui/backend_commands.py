"""Commands about who answers: the chat models that can be used, what they can do, and a server for the packaged one."""

from __future__ import annotations

import json
import os
import secrets
import signal
import threading
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from agent.settings import Settings
from recsys.errors import ClientellerError

if TYPE_CHECKING:
    from agent.chat_models.backends import Backend
    from agent.intent.vocabulary import Vocabulary
    from recsys.ranker import FloatArray

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.command()
@click.option("--refresh", is_flag=True, help="Ask again what was found out before.")
@click.option("--no-probe", is_flag=True, help="List only; call no model.")
@as_json
@click.pass_obj
def backends(settings: Settings, refresh: bool, no_probe: bool, as_json: bool) -> None:
    """List the chat models that can be used, and try those that are set."""
    from agent.chat_models.registry import known_backends

    known = known_backends()
    roles_of = _configured(settings)
    configured = {_shown(name, settings): roles for name, roles in roles_of.items()}
    tried = [] if no_probe else [_tried(name, roles, settings, refresh) for name, roles in roles_of.items()]
    if as_json:
        document = {"known": [asdict(one) for one in known], "configured": configured, "tried": tried}
        click.echo(json.dumps(document, indent=2))
        return
    click.echo("Known:")
    for one in known:
        click.echo(f"  {one.form:22} {one.what}{f' (pip install {one.missing})' if one.missing else ''}")
    click.echo("Set:")
    for name, roles in configured.items():
        click.echo(f"  {name:22} {', '.join(roles)}")
    for report in tried:
        click.echo("\n".join(_lines(report)))


@click.command("model-server")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@as_json
@click.pass_obj
def model_server(settings: Settings, port: int, as_json: bool) -> None:
    """Serve the packaged language model over the OpenAI API, to this machine only.

    Its key is CLIENTELLER_MODEL_SERVER_KEY, or one that is made and printed.
    """
    from agent.chat_models.model_file import find_chat_weights
    from agent.chat_models.model_server import MODEL, start_server

    weights = find_chat_weights(settings.cache, settings.model_file)
    click.echo("loading the model ...", err=True)
    server = start_server(weights, port, settings.threads, os.environ)
    use = {"CLIENTELLER_CHAT_MODEL": f"openai:{MODEL}", "CLIENTELLER_BASE_URL": server.address}
    if server.chosen_key:
        use["OPENAI_API_KEY"] = server.key
    click.echo(json.dumps(use) if as_json else "\n".join(f"export {name}={value}" for name, value in use.items()))
    ended = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: ended.set())
    click.echo("serving; stop it with Ctrl+C", err=True)
    ended.wait()


def _configured(settings: Settings) -> dict[str, list[str]]:
    """Return the models that are set, each with what it is for."""
    named = [
        (settings.chat_model, "agent"),
        (settings.for_role("explainer").chat_model, "explainer"),
        (settings.for_role("annotator").chat_model, "annotator"),
        *((name, f"fallback {number}") for number, name in enumerate(settings.fallback_models, start=1)),
    ]
    roles: dict[str, list[str]] = {}
    for name, role in named:
        roles.setdefault(name, []).append(role)
    return roles


def _tried(name: str, roles: Sequence[str], settings: Settings, refresh: bool) -> dict[str, Any]:
    """Open one model and measure it; a failure is a result too."""
    from agent.chat_models.backends import open_backend

    report: dict[str, Any] = {"model": _shown(name, settings), "roles": list(roles)}
    if name == "none":
        return {**report, "reachable": True}
    click.echo(f"trying {report['model']} ...", err=True)
    try:
        opened = open_backend(name, settings, _vocabulary(), refresh=refresh)
        return {**report, "reachable": True, **_measured(opened)}
    except ClientellerError as error:
        return {**report, "reachable": False, "fault": str(error)}


def _measured(opened: Backend) -> dict[str, Any]:
    from agent.chat_models.capabilities import measure_speed
    from agent.chat_models.context_length import context_length

    found = opened.capabilities
    own = opened.kind == "embedded"  # chooses tools and keeps to schemas by means of its own
    return {
        "label": opened.label,
        "tool_calls": own or (found is not None and found.tool_calls),
        "json_schema": own or (found is not None and found.json_schema),
        "checked_on": None if found is None else found.checked_on.isoformat(),
        "context_length": _slot_tokens() if own else context_length(opened.model),
        **measure_speed(opened.model, opened.label, secrets.token_hex(8)).model_dump(),
    }


def _slot_tokens() -> int:
    from agent.chat_models.embedded_engine import SLOT_TOKENS

    return SLOT_TOKENS


def _shown(name: str, settings: Settings) -> str:
    from agent.chat_models.registry import read_model_name

    return read_model_name(name, settings, _vocabulary()).shown


def _lines(report: dict[str, Any]) -> list[str]:
    lines = [f"{report.get('model')}:"]
    if not report["reachable"]:
        return [*lines, f"  not usable: {report['fault']}"]
    if "tool_calls" not in report:
        return [*lines, "  needs no model"]
    checked = f" (asked on {report['checked_on']})" if report["checked_on"] else ""
    return [
        *lines,
        f"  calls tools itself: {_yes(report['tool_calls'])}{checked}",
        f"  keeps to a JSON schema: {_yes(report['json_schema'])}",
        f"  streams: {_yes(report['streams'])}",
        f"  reads at most: {_number(report['context_length'], 'tokens')}",
        f"  first word after: {report['first_s']:.1f} s",
        f"  reads: {_number(report['input_per_s'], 'tokens/s')}, writes: {_number(report['output_per_s'], 'tokens/s')}",
    ]


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _number(value: float | None, unit: str) -> str:
    return "unknown" if value is None else f"{value:,.0f} {unit}"


class _LateEncoder:
    """The sentence encoder, loaded only if somebody encodes."""

    version = "late"

    def encode(self, texts: Sequence[str]) -> FloatArray:
        from recsys.text_encoder import TextEncoder

        return TextEncoder.load().encode(texts)


def _vocabulary() -> Vocabulary:
    from agent.intent.vocabulary import Vocabulary

    return Vocabulary((), (), (), _LateEncoder())
