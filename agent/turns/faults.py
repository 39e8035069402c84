"""What is said and logged of a failure: fixed words for a person, types and places in the code for the log.

A provider's own text goes to neither: it may hold a key, an address or a client's words.
"""

from __future__ import annotations

import traceback

from agent.chat_models.faults import fault_of
from agent.errors import ModelUnavailable

_UNUSABLE = "I found no good answer to that. I can suggest pieces, search the catalogue or compare items."
_TOO_LONG = "This conversation has grown too long for the language model. Please begin a new one."
_NO_MODEL = "The language model does not answer at the moment, so this message was not dealt with. Please try again."
_N_CAUSES, _N_FRAMES = 4, 6  # told of one failure


class UnusableAnswer(ModelUnavailable):
    """The chat model answered, but with nothing that may be passed on, also when it was asked again."""


class OutOfTime(ModelUnavailable):
    """The chat model was still writing when the turn's time was over."""


def is_too_long(error: Exception) -> bool:
    """Whether a chat model refused the conversation for its length."""
    return fault_of(error).kind == "context"


def words_for(error: Exception) -> str:
    """Return what a person is told when nothing could answer; always one of the fixed texts."""
    if isinstance(error, UnusableAnswer):
        return _UNUSABLE
    return _TOO_LONG if is_too_long(error) else _NO_MODEL


def report(error: BaseException) -> str:
    """Describe an error for the log: its type and where it happened, and so its causes, without their texts."""
    parts: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(parts) < _N_CAUSES:
        frames = traceback.extract_tb(cause.__traceback__)[-_N_FRAMES:]
        places = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
        parts.append(f"{type(cause).__name__} ({places or 'no place'})")
        cause = cause.__cause__ or cause.__context__
    return " from ".join(parts)
