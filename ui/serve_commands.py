"""Commands that open the boutique to other programs: their keys, the REST server, the MCP server."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from agent.context import ROLES, Actor, Role
from agent.settings import PREFIX, Settings
from recsys.clock import now
from ui.ports import require_free_port

if TYPE_CHECKING:
    from agent.assistant import Assistant
    from agent.records.access_keys import AccessKey, AccessKeys

KEY_VARIABLE = f"{PREFIX}ACCESS_KEY"
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
host = click.option("--host", default="127.0.0.1", show_default=True)
name = click.option("--name", default="the boutique", show_default=True, help="The boutique's name in conversations.")


@click.group()
def keys() -> None:
    """Issue, list and revoke the keys of programs that call the REST and MCP servers."""


@keys.command(name="add")
@click.option("--as", "role", type=click.Choice(ROLES), required=True, help="For whom its bearer speaks.")
@click.option("--actor", required=True, help="Their id: a client's for a shopper, the staff's own else.")
@click.option("--label", default="", help="What the key is for.")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 366), help="How long it is valid.")
@as_json
@click.pass_obj
def add_key(settings: Settings, role: Role, actor: str, label: str, days: int, as_json: bool) -> None:
    """Issue a key and print it, this once: only its hash is kept."""
    with _keys(settings) as on_record:
        issued = on_record.add(Actor(actor, role), label, days=days, now=now())
    if as_json:
        click.echo(json.dumps(_told(issued.record) | {"key": issued.text}, indent=2))
        return
    click.echo(issued.text)
    until = f"{issued.record.expires_at:%d %B %Y}"
    click.echo(f"Shown this once. Speaks for {role} {actor} until {until}; key id {issued.record.key_id}.", err=True)


@keys.command(name="list")
@as_json
@click.pass_obj
def list_keys(settings: Settings, as_json: bool) -> None:
    """List the keys on record: whose, until when, whether they still open anything."""
    with _keys(settings) as on_record:
        found = on_record.all()
    if as_json:
        click.echo(json.dumps([_told(one) for one in found], indent=2))
        return
    for one in found:
        label = f"  {one.label}" if one.label else ""
        click.echo(f"{one.key_id}  {one.actor.role:<9} {one.actor.actor_id:<12} {_state(one)}{label}")
    if not found:
        click.echo("no keys yet: issue one with 'clienteller keys add --as associate --actor ID'", err=True)


@keys.command(name="revoke")
@click.argument("key_id")
@click.pass_obj
def revoke_key(settings: Settings, key_id: str) -> None:
    """End the key KEY_ID at once."""
    with _keys(settings) as on_record:
        ended = on_record.revoke(key_id, now=now())
    click.echo(f"{ended.key_id} of {ended.actor.role} {ended.actor.actor_id} is revoked")


@click.command(name="serve-api")
@host
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
@name
@click.pass_obj
def serve_api(settings: Settings, host: str, port: int, name: str) -> None:
    """Open the REST server; GET /docs lists what it does, 'clienteller keys add' makes keys for it."""
    from ui.rest.app import serve

    require_free_port(host, port)
    with _assistant(settings, name) as assistant:
        click.echo(f"{name}: http://{host}:{port} (Ctrl+C to stop)", err=True)
        serve(assistant, host, port)


@click.command(name="serve-mcp")
@host
@click.option("--port", default=8090, show_default=True, type=click.IntRange(1, 65535))
@click.option("--stdio", is_flag=True, help=f"Speak on standard input and output, for the holder of ${KEY_VARIABLE}.")
@name
@click.pass_obj
def serve_mcp(settings: Settings, host: str, port: int, stdio: bool, name: str) -> None:
    """Open the MCP server: search_catalog, get_product, recommend, explain, compare."""
    from ui.mcp.serving import PATH, serve_http, serve_stdio

    if not stdio:
        require_free_port(host, port)
    with _assistant(settings, name) as assistant:
        if stdio:
            serve_stdio(assistant, os.environ.get(KEY_VARIABLE))
            return
        click.echo(f"{name}: http://{host}:{port}{PATH} (Ctrl+C to stop)", err=True)
        serve_http(assistant, host, port)


@contextmanager
def _assistant(settings: Settings, name: str) -> Iterator[Assistant]:
    from agent.assistant import Assistant

    click.echo("loading the assistant ...", err=True)
    assistant = Assistant.open(settings, name)
    try:
        if assistant.backend.notice:
            click.echo(assistant.backend.notice, err=True)
        yield assistant
    finally:
        assistant.close()


@contextmanager
def _keys(settings: Settings) -> Iterator[AccessKeys]:
    from agent.records.access_keys import AccessKeys
    from recsys.data.boutique import Boutique

    boutique = Boutique.open(settings.boutique)
    try:
        yield AccessKeys(boutique)
    finally:
        boutique.close()


def _state(key: AccessKey) -> str:
    if key.revoked_at is not None:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    return f"{'valid until' if key.is_valid(now()) else 'expired'} {key.expires_at:%Y-%m-%d}"


def _told(key: AccessKey) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "role": key.actor.role,
        "actor_id": key.actor.actor_id,
        "label": key.label,
        "state": _state(key),
        "expires_at": key.expires_at.isoformat(),
    }
