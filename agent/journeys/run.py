"""Plays and grades journeys: those kept in a folder without playing them again, others on a copy of the boutique."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from agent.journeys.file import Journey
from agent.journeys.grade import GradedJourney, grade
from agent.journeys.report import Report
from agent.journeys.stage import Stage, cast_of
from agent.journeys.transcript import PlayedJourney, find, keep
from agent.settings import Settings
from agent.tracing.trace import TurnTrace, read_trace
from recsys.errors import InputError

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Choice:
    """Which journeys to play, and how often.

    Attributes:
        only: The id of the one journey to play, "" for all.
        split: "development", "held-out", or "" for both.
        k: How many times each is played.
    """

    only: str = ""
    split: str = ""
    k: int = 1

    def of(self, journeys: Sequence[Journey]) -> list[Journey]:
        """Return the journeys that are meant.

        Raises:
            InputError: If none is.
        """
        chosen = [one for one in journeys if self.only in ("", one.id) and (not self.split or one.split == self.split)]
        if not chosen:
            raise InputError(f"no journey {self.only!r} here: the first is called {journeys[0].id!r}")
        return chosen


def run_journeys(
    settings: Settings, journeys: Sequence[Journey], choice: Choice, out: Path | None, on_progress: Progress
) -> Report:
    """Play and grade journeys.

    Args:
        settings: Of the boutique and the chat model. The boutique itself is not touched.
        journeys: All of a file.
        out: Where transcripts are kept; what is there already and still fits is graded without being played again.
        on_progress: Told one line for each journey.

    Raises:
        InputError: If no journey is meant, or none can be played in this boutique.
    """
    chosen = choice.of(journeys)
    with tempfile.TemporaryDirectory(prefix="journeys-") as folder:
        stage = Stage(settings, Path(folder) / "boutique")
        try:
            return run_on(stage, chosen, choice.k, out, on_progress)
        finally:
            stage.close()


def traces_of(
    settings: Settings, journeys: Sequence[Journey], choice: Choice, out: Path | None, on_progress: Progress
) -> tuple[str, dict[str, list[TurnTrace]]]:
    """Play journeys and return who answered, and the records of each journey's turns by its id.

    Args:
        as for `run_journeys`; each journey is played once.
    """
    with tempfile.TemporaryDirectory(prefix="journeys-") as folder:
        stage = Stage(settings, Path(folder) / "boutique")
        try:
            found: dict[str, list[TurnTrace]] = {}
            name = ""
            for number, journey in enumerate(choice.of(journeys), start=1):
                if not _can_be_played(journey, stage):
                    continue
                played = _played(stage, journey, 1, out)
                name = played.model
                found[journey.id] = [read_trace(trace) for trace in played.traces]
                on_progress(f"{name}: {number}, {journey.id}")
            return name, found
        finally:
            stage.close()


def _can_be_played(journey: Journey, stage: Stage) -> bool:
    try:
        cast_of(journey, stage.world)
    except InputError:
        return False
    return True


def run_on(stage: Stage, chosen: Sequence[Journey], k: int, out: Path | None, on_progress: Progress) -> Report:
    """Play and grade journeys on a stage that stands.

    Raises:
        InputError: If none of them can be played in this boutique.
    """
    graded: list[GradedJourney] = []
    skipped: list[tuple[str, str]] = []
    for number, journey in enumerate(chosen, start=1):
        try:
            cast_of(journey, stage.world)
        except InputError as reason:
            skipped.append((journey.id, str(reason)))
            continue
        for run in range(1, k + 1):
            graded.append(_one(stage, journey, run, out))
            verdict = "right" if graded[-1].right else "wrong"
            on_progress(f"{number} of {len(chosen)}: {journey.id}{f' run {run}' if k > 1 else ''}: {verdict}")
    if not graded:
        raise InputError(f"none of these journeys can be played here: {skipped[0][1]}")
    return Report(graded[0].model, graded, skipped)


def _one(stage: Stage, journey: Journey, run: int, out: Path | None) -> GradedJourney:
    played = _played(stage, journey, run, out)
    return grade(journey, played, stage.world, dt.date.fromisoformat(played.day))


def _played(stage: Stage, journey: Journey, run: int, out: Path | None) -> PlayedJourney:
    """Return a journey as it was kept, or play it."""
    stamp = stamp_of(journey, stage.settings, stage.world.fingerprint)
    played = find(out, journey.id, run, stamp) if out is not None else None
    if played is None:
        played = stage.play(journey, run, stamp)
        if out is not None:
            keep(out, played)
    return played


def stamp_of(journey: Journey, settings: Settings, fingerprint: str) -> str:
    """Return what a transcript is known by: the words said, who answers, and the catalogue."""
    who = replace(settings, boutique=Path(), cache=Path())
    return sha256(f"{journey.stamp} {who} {fingerprint}".encode()).hexdigest()[:16]
