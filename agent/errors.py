"""The errors of the agent, beside those of recsys.errors.

ClientellerError
└── AgentError
    ├── Refused            the actor may not do this
    └── ModelUnavailable   the chat model could not be reached or did not answer in time
        └── ModelFailed    (agent.chat_models.faults) one that may not be asked again in this turn
"""

from recsys.errors import ClientellerError


class AgentError(ClientellerError):
    """An expected failure of the agent."""


class Refused(AgentError):
    """The actor may not do this; the text says what they may do instead."""


class ModelUnavailable(AgentError):
    """The chat model could not be reached or did not answer in time."""


def as_sentence(line: str) -> str:
    """Return an error's one line as a sentence for a person."""
    said = line[:1].upper() + line[1:]
    return said if said.endswith((".", "!", "?")) else f"{said}."
