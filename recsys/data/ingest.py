"""Ingestion: from a folder of files to a boutique, in one transaction, with a report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from recsys.data.boutique import Boutique
from recsys.data.database import FILE
from recsys.data.records import Record
from recsys.data.report import FileReport, IngestReport
from recsys.data.sources import Load, ScoresFile, Source, find_source
from recsys.data.text_files import Reject, check_file
from recsys.data.writer import BoutiqueWriter, Counts
from recsys.errors import InputError
from recsys.guided.scores import GuidedScores, read_scores_csv
from recsys.schema import Interaction, Item

OnProgress = Callable[[int, int | None], None]

RESERVED = "guest:"
"""How the ids of clients begin who came without an account; no source may bring one, or a guest could be shown it."""
_BATCH_ROWS = 1000
_PROGRESS_EVERY_S = 0.1


def ingest(
    source: Path,
    boutique_path: Path,
    *,
    mapping: Path | None = None,
    strict: bool = False,
    on_progress: OnProgress | None = None,
) -> IngestReport:
    """Read a folder into a boutique: all of it or, on any error, nothing.

    Reading the same files again changes nothing. Rows that cannot be taken are left out and reported.

    Args:
        source: A folder: with a mapping clienteller.yaml, or with items.csv and sequences.txt, or with raw Amazon
            review and metadata files.
        boutique_path: The boutique's folder, made if missing.
        mapping: A mapping file to use in place of the folder's own.
        strict: Refuse everything as soon as one row cannot be taken.
        on_progress: Called with the rows done and the rows in all (None: not known), ten times a second at most.

    Raises:
        InputError: If a file cannot be used, or nothing at all could be taken; the boutique is as before.
        NotReady: If another run is writing to the boutique.
    """
    started = time.monotonic()
    found = find_source(source, mapping)
    report = IngestReport(str(source), found.form)
    with _opened(boutique_path) as boutique:
        with boutique.writer() as writer:
            ingestion = _Ingestion(writer, report, found, strict, on_progress or (lambda done, total: None))
            ingestion.run()
        report.n_items, report.n_clients = boutique.n_items(), boutique.n_clients()
        report.n_interactions = boutique.n_interactions()
    report.duration_s = time.monotonic() - started
    return report


@contextmanager
def _opened(path: Path) -> Iterator[Boutique]:
    """Open the boutique, making it if missing; what was made is removed again if the block fails."""
    had_folder, had_file = path.exists(), (path / FILE).exists()
    boutique = Boutique.create(path)
    try:
        yield boutique
    except BaseException:
        boutique.close()
        if not had_file:
            for file in [*path.glob(f"{FILE}*"), path / "boutique.lock"]:
                file.unlink(missing_ok=True)
        if not had_folder:
            with suppress(OSError):  # somebody else put something in
                path.rmdir()
        raise
    boutique.close()


class _Ingestion:
    """One run over the files of a source, writing in batches and keeping count."""

    def __init__(
        self, writer: BoutiqueWriter, report: IngestReport, source: Source, strict: bool, on_progress: OnProgress
    ) -> None:
        self._writer = writer
        self._report = report
        self._source = source
        self._strict = strict
        self._on_progress = on_progress
        self._told_at = 0.0

    def run(self) -> None:
        for load in self._source.loads:
            self._load(load)
        if self._source.scores is not None:
            self._load_scores(self._source.scores)
        self._tell(always=True)
        if not any(file.taken for file in self._report.files):
            raise InputError(f"{self._report.source}: no row could be taken; {self._first_reject()}")
        if self._writer.n_items == 0:
            raise InputError(f"{self._report.source}: the catalogue would be empty; {self._first_reject()}")

    def _first_reject(self) -> str:
        for file in self._report.files:
            for reject in file.rejects:
                return f"{file.file}, line {reject.line}: {reject.reason}"
        return "add a file of items"

    def _load(self, load: Load) -> None:
        file = self._begin(load.file)
        writers: dict[str, Callable[[list[Any]], Counts]] = {
            "items": self._writer.upsert_items,
            "clients": self._writer.upsert_clients,
            "interactions": self._writer.add_interactions,
        }
        write = writers[load.kind]
        batch: list[Record] = []
        lines: dict[str, int] = {}
        for entry in load.entries:
            if isinstance(entry, Reject):
                self._reject(file, entry)
                continue
            line, record = entry
            problem = self._problem(record, lines, line)
            if problem is not None:
                self._reject(file, Reject(line, problem))
                continue
            batch.append(record)
            if len(batch) == _BATCH_ROWS:
                file.take(write(batch))
                batch.clear()
                self._tell()
        file.take(write(batch))

    def _problem(self, record: Record, lines: dict[str, int], line: int) -> str | None:
        """Return why a record cannot be taken beside the others, None if it can; remember the line of its id."""
        if not isinstance(record, Item) and record.client_id.startswith(RESERVED):
            return f"client_id {record.client_id!a}: ids that begin with {RESERVED!r} are kept for guests"
        if isinstance(record, Interaction):
            known = self._writer.knows_item(record.item_id)
            return None if known else self._source.unknown_item.format(record.item_id)
        record_id = record.item_id if isinstance(record, Item) else record.client_id
        first = lines.setdefault(record_id, line)
        return None if first == line else f"{record_id!a} is on line {first} already"

    def _load_scores(self, scores_file: ScoresFile) -> None:
        check_file(scores_file.file)
        file = self._begin(scores_file.file)
        scores = read_scores_csv(scores_file.file, scores_file.attribute_set, scores_file.scorer)
        known = [self._writer.knows_item(item_id) for item_id in scores.item_ids]
        for line, (item_id, is_known) in enumerate(zip(scores.item_ids, known, strict=True), start=2):
            if not is_known:
                self._reject(file, Reject(line, self._source.unknown_item.format(item_id)))
        kept = tuple(item_id for item_id, is_known in zip(scores.item_ids, known, strict=True) if is_known)
        if kept:
            file.take(
                self._writer.put_guided_scores(
                    GuidedScores(scores.attribute_set, kept, scores.values[known], scores.scorer)
                )
            )

    def _begin(self, path: Path) -> FileReport:
        file = FileReport(path.name)
        self._report.files.append(file)
        return file

    def _reject(self, file: FileReport, reject: Reject) -> None:
        if self._strict:
            raise InputError(f"{file.file}, line {reject.line}: {reject.reason}; nothing was taken")
        file.reject(reject)
        self._tell()

    def _tell(self, always: bool = False) -> None:
        now = time.monotonic()
        if always or now - self._told_at >= _PROGRESS_EVERY_S:
            self._told_at = now
            self._on_progress(sum(file.read for file in self._report.files), None)
