"""The command that erases what was written about a client."""

from __future__ import annotations

import click

from agent.settings import Settings


@click.command()
@click.argument("client_id")
@click.option("--yes", is_flag=True, help="Do not ask again.")
@click.pass_obj
def erase(settings: Settings, client_id: str, yes: bool) -> None:
    """Erase for good what was written here about a client, and their conversations; stop every server first.

    Their record and purchases stay, for they came from the source that was ingested.
    """
    from agent.context import Actor
    from agent.records.erasure import erase_client, erase_conversations, threads_of
    from recsys.data.boutique import Boutique

    operator = Actor("operator", "manager")  # whoever may read the folder may run this
    boutique = Boutique.open(settings.boutique)
    try:
        threads = threads_of(boutique, operator, client_id)
        if not yes:
            click.confirm(f"Erase everything written about {client_id!r} and {len(threads)} conversations?", abort=True)
        rows = erase_client(boutique, operator, client_id)
    finally:
        boutique.close()
    told = erase_conversations(settings.boutique, threads)
    click.echo(f"{client_id}: {sum(rows.values())} records and {told} rows of {len(threads)} conversations erased")
