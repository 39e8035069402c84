"""Which conversation each open page shows, so that words of one that was left do not appear in the next."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

MAX_PAGES = 2_000  # the one longest unused is forgotten first


class OnShow:
    """The key of the conversation on show, by page."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def put(self, page: str, key: str) -> None:
        """Note that a page shows a conversation from now on."""
        with self._lock:
            self._keys[page] = key
            self._keys.move_to_end(page)
            while len(self._keys) > MAX_PAGES:
                self._keys.popitem(last=False)

    def key(self, page: str) -> str | None:
        """Return what a page shows; None if that is not known."""
        with self._lock:
            return self._keys.get(page)

    def shows(self, page: str, key: str) -> bool:
        """Whether a page still shows a conversation, as far as is known."""
        return self.key(page) in (None, key)
