"""Commands for the people who may log in to the page: add, list, revoke."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from agent.context import ROLES, Actor, Role
from agent.settings import Settings
from recsys.clock import now
from recsys.errors import InputError

if TYPE_CHECKING:
    from agent.records.users import User, Users

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another
_GROUPS, _GROUP = 4, 4  # 79 bits
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
def users() -> None:
    """Add, list and revoke the people who may log in to the page."""


@users.command(name="add")
@click.argument("name")
@click.option("--as", "role", type=click.Choice(ROLES), required=True, help="What they are in the boutique.")
@click.option("--id", "actor_id", required=True, help="Their id: of a shopper the client's, of staff their own.")
@click.option("--generate", is_flag=True, help="Make a password and print it, this once.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@click.pass_obj
def add_user(settings: Settings, name: str, role: Role, actor_id: str, *, generate: bool, password_stdin: bool) -> None:
    """Let somebody log in as NAME. A name that was revoked comes back with the new password.

    The password is asked for, unless it is generated or read from standard input; of it only a hash is kept.
    """
    if generate and password_stdin:
        raise InputError("--generate and --password-stdin exclude each other: give one of them")
    with _users(settings) as on_record:
        password = _password(generate=generate, stdin=password_stdin)
        added = on_record.add(name, password, Actor(actor_id, role), now=now())
    if generate:
        click.echo(password)
        click.echo("Shown this once.", err=True)
    click.echo(f"{added.name} may log in as {role} {actor_id}", err=True)


@users.command(name="list")
@as_json
@click.pass_obj
def list_users(settings: Settings, as_json: bool) -> None:
    """List the users on record: who they are, and whether they may log in."""
    with _users(settings) as on_record:
        found = on_record.all()
    if as_json:
        click.echo(json.dumps([_told(one) for one in found], indent=2))
        return
    for one in found:
        click.echo(f"{one.name:<16} {one.actor.role:<9} {one.actor.actor_id:<12} {_state(one)}")
    if not found:
        click.echo("no users yet: add one with 'clienteller users add NAME --as associate --id ID'", err=True)


@users.command(name="revoke")
@click.argument("name")
@click.pass_obj
def revoke_user(settings: Settings, name: str) -> None:
    """Let NAME log in no more; their sessions end at once, also on a server that is running."""
    with _users(settings) as on_record:
        ended = on_record.revoke(name, now=now())
    click.echo(f"{ended.name} is revoked")


def new_password() -> str:
    """Return a password that nobody guesses and everybody can type."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def _password(*, generate: bool, stdin: bool) -> str:
    if generate:
        return new_password()
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


@contextmanager
def _users(settings: Settings) -> Iterator[Users]:
    from agent.records.users import Users
    from recsys.data.boutique import Boutique

    boutique = Boutique.open(settings.boutique)
    try:
        yield Users(boutique)
    finally:
        boutique.close()


def _state(user: User) -> str:
    return "may log in" if user.revoked_at is None else f"revoked {user.revoked_at:%Y-%m-%d}"


def _told(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "role": user.actor.role,
        "actor_id": user.actor.actor_id,
        "at": user.at.isoformat(),
        "revoked_at": user.revoked_at.isoformat() if user.revoked_at is not None else None,
    }
