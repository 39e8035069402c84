"""The report of an ingestion: what each file gave, what was refused and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from recsys.data.text_files import Reject
from recsys.data.writer import Counts

MAX_REJECTS = 1000  # kept with their reasons, for each file; all are counted
_SHOWN_REJECTS = 10


@dataclass
class FileReport:
    """What one file gave: rows read = new + changed + unchanged + rejected."""

    file: str
    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    rejects: list[Reject] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """Rows that are in the boutique now, newly or as before."""
        return self.new + self.changed + self.unchanged

    def reject(self, reject: Reject) -> None:
        """Count a refused row; keep its reason while there are not too many."""
        self.read += 1
        self.rejected += 1
        if len(self.rejects) < MAX_REJECTS:
            self.rejects.append(reject)

    def take(self, counts: Counts) -> None:
        """Count rows that were written."""
        self.read += sum(counts)
        self.new += counts.new
        self.changed += counts.changed
        self.unchanged += counts.unchanged


@dataclass
class IngestReport:
    """What an ingestion did.

    Attributes:
        form: The form in which the source was recognised.
        n_items, n_clients, n_interactions: What the boutique holds now.
    """

    source: str
    form: str
    files: list[FileReport] = field(default_factory=list)
    duration_s: float = 0.0
    n_items: int = 0
    n_clients: int = 0
    n_interactions: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data for JSON."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Return the report as lines for people."""
        lines = [f"{self.source}: read as {self.form}"]
        for file in self.files:
            counts = f"{file.new:,} new, {file.changed:,} changed, {file.unchanged:,} unchanged"
            lines.append(f"{file.file}: {file.read:,} rows: {counts}, {file.rejected:,} rejected")
            lines += [f"  line {reject.line}: {reject.reason}" for reject in file.rejects[:_SHOWN_REJECTS]]
            if file.rejected > _SHOWN_REJECTS:
                lines.append(f"  and {file.rejected - _SHOWN_REJECTS:,} more")
        totals = f"{self.n_items:,} items, {self.n_clients:,} clients, {self.n_interactions:,} interactions"
        lines.append(f"the boutique has {totals} now; took {self.duration_s:.1f} s")
        return lines
