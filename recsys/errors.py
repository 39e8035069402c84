"""The errors that recsys raises on purpose; each message names the thing, what is allowed and the next step.

ClientellerError
├── InputError        a file, row or argument from outside cannot be used
├── NotFound          a client, item or attribute that does not exist
├── NotReady          something must be made first (ingest, train, index)
├── StaleArtifact     weights or an index belong to other data than the boutique holds now
└── ModelFileError    a packaged model file is missing or has the wrong hash
"""


class ClientellerError(Exception):
    """An expected failure; its text is one line that can be shown as it stands."""


class InputError(ClientellerError):
    """A file, row or argument from outside cannot be used."""


class NotFound(ClientellerError):
    """A client, item or attribute does not exist."""


class NotReady(ClientellerError):
    """Something must be made first, and the message names the command that makes it."""


class StaleArtifact(ClientellerError):
    """Weights or an index belong to other data than the boutique holds now."""


class ModelFileError(ClientellerError):
    """A packaged model file is missing or its SHA-256 is not the pinned one."""
