"""The saved states of threads: read with care, and only the newest few of each kept."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AnyMessage, BaseMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite import SqliteSaver

from recsys.errors import InputError

_LOG = logging.getLogger(__name__)
KEPT = 4  # checkpoints of each thread; each holds the whole state


@dataclass(frozen=True)
class Saved:
    """A thread as it was last saved.

    Attributes:
        checkpoint_id: "" where nothing is saved.
        is_damaged: Whether something newer could not be read and was thrown away.
    """

    checkpoint_id: str
    values: dict[str, Any]
    is_damaged: bool = False

    @property
    def messages(self) -> list[AnyMessage]:
        """The messages of the thread."""
        return list(self.values.get("messages", []))


def config_of(thread_id: str, checkpoint_id: str = "") -> RunnableConfig:
    """Return the LangGraph configuration of a thread, or of one saved state of it."""
    at = {"checkpoint_id": checkpoint_id} if checkpoint_id else {}
    return RunnableConfig(configurable={"thread_id": thread_id, "checkpoint_ns": "", **at})


def read(saver: SqliteSaver, thread_id: str) -> Saved:
    """Return the newest state of a thread that can be read; newer ones are thrown away, of this thread only.

    Raises:
        InputError: If the file itself cannot be read.
    """
    is_damaged = False
    try:
        while newest := _newest_id(saver, thread_id):
            values = values_at(saver, thread_id, newest)
            if values is not None:
                return Saved(newest, values, is_damaged)
            _LOG.error("the saved state %s of a conversation cannot be read and is thrown away", newest)
            _delete(saver, thread_id, newest)
            is_damaged = True
    except sqlite3.Error as error:
        raise InputError(f"the boutique's threads.db cannot be read ({error}): restore a copy or delete it") from error
    return Saved("", {}, is_damaged)


def values_at(saver: SqliteSaver, thread_id: str, checkpoint_id: str) -> dict[str, Any] | None:
    """Return one saved state, None where there is none or it cannot be read."""
    try:
        found = saver.get_tuple(config_of(thread_id, checkpoint_id))
        values = found.checkpoint["channel_values"] if found is not None else None
    except sqlite3.Error:  # the file, not the row
        raise
    except Exception as error:  # whatever a damaged row makes of the decoder
        _LOG.warning("a saved state cannot be decoded: %s", type(error).__name__)
        return None
    return values if isinstance(values, dict) and _is_sound(values) else None


def discard_after(saver: SqliteSaver, thread_id: str, checkpoint_id: str) -> bool:
    """Take a thread back to an earlier saved state, or with "" to its beginning; return False if it is not kept."""
    if checkpoint_id and values_at(saver, thread_id, checkpoint_id) is None:
        return False
    with saver.cursor() as cursor:
        for table in ("writes", "checkpoints"):
            cursor.execute(f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id > ?", (thread_id, checkpoint_id))
    return True


def prune(saver: SqliteSaver, thread_id: str, kept: int = KEPT) -> None:
    """Delete all but the newest saved states of a thread."""
    with saver.cursor() as cursor:
        newest = cursor.execute(
            "SELECT checkpoint_id FROM checkpoints WHERE thread_id = ? ORDER BY checkpoint_id DESC LIMIT 1 OFFSET ?",
            (thread_id, kept - 1),
        ).fetchone()
        if newest is not None:
            for table in ("writes", "checkpoints"):
                cursor.execute(f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id < ?", (thread_id, newest[0]))


def _newest_id(saver: SqliteSaver, thread_id: str) -> str:
    with saver.cursor(transaction=False) as cursor:
        row = cursor.execute(
            "SELECT checkpoint_id FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = ''"
            " ORDER BY checkpoint_id DESC LIMIT 1",
            (thread_id,),
        ).fetchone()
    return str(row[0]) if row is not None else ""


def _delete(saver: SqliteSaver, thread_id: str, checkpoint_id: str) -> None:
    with saver.cursor() as cursor:
        for table in ("writes", "checkpoints"):
            cursor.execute(f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id = ?", (thread_id, checkpoint_id))


def _is_sound(values: dict[str, Any]) -> bool:
    """Whether a state has the form of one of ours; what may not be decoded comes back as something else."""
    messages, view = values.get("messages", []), values.get("view", {})
    whole = isinstance(messages, list) and all(isinstance(message, BaseMessage) for message in messages)
    lists = all(isinstance(values.get(name, []), list) for name in ("past", "shown"))
    return whole and isinstance(view, dict) and lists
