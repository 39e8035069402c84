"""Systems side by side on the text axis: every metric with its interval, and differences to one of the systems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from recsys.errors import NotFound
from recsys.evaluation.markdown import markdown_table
from recsys.evaluation.ranking_report import Interval
from recsys.evaluation.text_metrics import TextScores

# How a metric is called in a table and with how many digits; what is not a count or in 0-100 lies in 0-1.
_COLUMNS = {
    "bleu": ("BLEU", 2),
    "rouge_l": ("ROUGE-L", 2),
    "similarity": ("similarity", 3),
    "shuffled_gap": ("shuffled-reference gap", 3),
    "reference_specificity": ("finds own reference", 3),
    "specificity": ("finds own item", 3),
    "distinct_1": ("distinct-1", 4),
    "distinct_2": ("distinct-2", 4),
    "unique_sentence_ratio": ("unique sentences", 4),
    "n_words": ("words", 1),
}


@dataclass(frozen=True)
class TextReport:
    """All systems on the same cases.

    Attributes:
        n_choices: Items that the own one is looked for among; chance is 1 / n_choices.
        summaries: System to metric to figure.
        base: The system that differences are taken to, or None.
        differences: Every other system minus the base, paired.
        seed: Of rivals, shuffled references and resampling.
    """

    n_texts: int
    n_clients: int
    n_choices: int
    summaries: dict[str, dict[str, Interval]]
    base: str | None
    differences: dict[str, dict[str, Interval]]
    seed: int

    def as_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready values."""
        return asdict(self)

    def table(self) -> str:
        """Return the report as Markdown: one table of figures and one of differences to the base."""
        note = (
            f"{self.n_texts:,} texts for {self.n_clients:,} clients, seed {self.seed}; in brackets 95 % bootstrap "
            f"intervals over clients; an own item is found by chance in 1 of {self.n_choices}"
        )
        lines = [note, "", *_table("system", self.summaries, "")]
        if self.differences:
            lines += ["", *_table(f"minus {self.base}", self.differences, "+")]
        return "\n".join(lines)


def report_texts(systems: Mapping[str, TextScores], base: str | None = None, seed: int = 0) -> TextReport:
    """Put systems side by side.

    Args:
        systems: Name to scores, at least one, all of the same cases.
        base: The system to take paired differences to.
        seed: That the texts were scored with; the resampling takes it too.

    Raises:
        NotFound: If `base` is not among the systems.
        InputError: If there is a base and the systems do not hold the same cases.
    """
    if base is not None and base not in systems:
        raise NotFound(f"no system is called {base!r}: choose among {', '.join(systems)}")
    first = next(iter(systems.values()))
    others = {name: scores for name, scores in systems.items() if base is not None and name != base}
    return TextReport(
        n_texts=len(first.clients),
        n_clients=len(set(first.clients)),
        n_choices=first.n_choices,
        summaries={name: scores.summary(seed) for name, scores in systems.items()},
        base=base,
        differences={name: scores.difference(systems[base], seed) for name, scores in others.items()} if base else {},
        seed=seed,
    )


def _table(head: str, figures: Mapping[str, Mapping[str, Interval]], sign: str) -> list[str]:
    shown = [name for name in _COLUMNS if any(name in row for row in figures.values())]
    rows = [
        [system, *(_cell(row.get(name), _COLUMNS[name][1], sign) for name in shown)] for system, row in figures.items()
    ]
    return markdown_table([head, *(_COLUMNS[name][0] for name in shown)], rows)


def _cell(figure: Interval | None, digits: int, sign: str) -> str:
    if figure is None:
        return "-"
    form = f"{sign}.{digits}f"
    return f"{figure.mean:{form}} [{figure.low:{form}}, {figure.high:{form}}]"
