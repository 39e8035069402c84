"""What other installed packages add to Clienteller, found by their entry points.

A package declares an object under one of our groups, for example in its pyproject.toml:

    [project.entry-points."clienteller.backends"]
    echo = "boutique_echo:open_echo"

`clienteller.backends` adds chat models, `clienteller.tools` tools of the agent, `clienteller.catalogue_readers` file
formats; who asks for a group says what its objects must be. Installing a package is what allows its code to run here.
"""

from __future__ import annotations

import logging
from importlib.metadata import EntryPoint, entry_points

_LOG = logging.getLogger(__name__)


def load_extensions(group: str) -> dict[str, object]:
    """Load everything that installed packages declare under a group.

    An extension that cannot be loaded, or whose name another package took first, is left out with one line in the log
    that names its package: it never keeps the others from working.

    Args:
        group: For example "clienteller.backends".

    Returns:
        The objects by the names that their packages gave them, in the order of these names.
    """
    loaded: dict[str, object] = {}
    for entry in sorted(entry_points(group=group), key=lambda entry: (entry.name, package_of(entry))):
        if entry.name in loaded:
            _LOG.warning("%s of %s is left out: another package has that name", entry.name, package_of(entry))
            continue
        try:
            loaded[entry.name] = entry.load()
        except (Exception, SystemExit) as error:  # code of another package runs here and may fail in any way
            _LOG.warning(
                "%s of %s cannot be used (%s): update or remove that package",
                entry.name, package_of(entry), type(error).__name__,
            )  # fmt: skip
    return loaded


def package_of(entry: EntryPoint) -> str:
    """Return the name of the package that declares an entry point."""
    return entry.dist.name if entry.dist is not None else "an unknown package"
