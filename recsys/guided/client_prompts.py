"""What a language model may read of a client: the titles of the last purchases, and of the training prefix only.

The leak guard is here: `ClientHistories` is made from all sequences and gives out nothing but training prefixes, so
that no purchase held out for validation or test, nor any later than the one to be predicted, can reach a prompt.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import prompts
from recsys.data.sequences import MIN_EVALUATED, Sequences, leave_one_out
from recsys.errors import InputError
from recsys.ranker import IntArray

TEMPLATE = "score_client.md"
N_PURCHASES = 5  # the latest ones; more cost time and say little of the next
TITLE_LENGTH = 48  # characters of a title that are read
# Without these no title can close its delimiter or be read as a control token of the chat template.
_NEUTRAL = str.maketrans(dict.fromkeys("<>|\n\r\t", " "))


class ClientHistories:
    """The titles that prompts may hold, client by client.

    Args:
        sequences: All clients' sequences, held-out purchases included; only training prefixes are kept.
        titles: Title of each item in catalogue order; internal id i has titles[i - 1].
    """

    def __init__(self, sequences: Sequences, titles: Sequence[str]) -> None:
        if len(titles) != len(sequences.items):
            raise ValueError(f"{len(titles)} titles for {len(sequences.items)} items: give one title an item")
        self._prefixes = leave_one_out(sequences).train
        self._evaluated = np.diff(sequences.offsets) >= MIN_EVALUATED
        self._titles = tuple(titles)

    def __len__(self) -> int:
        return len(self._prefixes)

    def prefix(self, client: int) -> IntArray:
        """Return the training prefix of the client at `client` (0-based), internal ids, int64, oldest first."""
        return self._prefixes[client]

    def has_held_out(self, client: int) -> bool:
        """Whether purchases of the client after the training prefix are held out."""
        return bool(self._evaluated[client])

    def titles(self, client: int, before: int | None = None) -> tuple[str, ...]:
        """Return the titles of a client's last purchases, oldest first.

        Args:
            client: Place of the client in the sequences, from 0.
            before: Only purchases before this place of the training prefix, which is to be predicted; None for all
                of the prefix.

        Raises:
            ValueError: If `before` is not a place in the training prefix, so that what follows it is held out.
        """
        prefix = self._prefixes[client]
        end = len(prefix) if before is None else before
        if not 0 <= end <= len(prefix):
            raise ValueError(f"place {before} is not in the training prefix of {len(prefix)} purchases")
        return self.titles_of(prefix[:end])

    def titles_of(self, history: IntArray) -> tuple[str, ...]:
        """Return the titles of the last purchases of a history of internal ids, oldest first."""
        return tuple(self._titles[item - 1] for item in history[-N_PURCHASES:])


def client_request(domain: str, titles: Sequence[str]) -> str:
    """Return the request to score one client.

    Args:
        domain: Of the attribute set ("beauty").
        titles: What the client bought, oldest first; long ones are cut, delimiters in them made blank.
    """
    purchases = [" ".join(title.translate(_NEUTRAL).split())[:TITLE_LENGTH].rstrip() for title in titles]
    return prompts.render(TEMPLATE, domain=domain, purchases=purchases)


def draw_clients(
    histories: ClientHistories, seed: int, *, n_learn: int = 0, n_compare: int = 0
) -> tuple[list[int], list[int]]:
    """Draw clients to learn from and others to compare with, always the same ones for a seed.

    The two are taken from the two ends of one shuffled list, so that either number can change without the other's
    clients changing.

    Args:
        histories: Of all clients; those without held-out purchases, or with less than two before them,
            are left out.
        seed: Of the draw.
        n_learn, n_compare: How many.

    Raises:
        InputError: If there are not that many clients.
    """
    usable = [
        client
        for client in range(len(histories))
        if histories.has_held_out(client) and len(histories.prefix(client)) > 1
    ]
    if n_learn + n_compare > len(usable):
        raise InputError(
            f"{n_learn} + {n_compare} clients asked for, {len(usable)} have enough purchases: ask for less"
        )
    order = np.random.default_rng(seed).permutation(usable).tolist()
    return order[:n_learn], order[len(order) - n_compare :]
