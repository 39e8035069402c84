"""Two plain SVG plots: gains with intervals, and grouped bars. Text is real text; colours work on light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

INK, FAINT, GAIN, LOSS = "#6b7280", "#9ca3af", "#0f766e", "#b45309"
SHADES = ("#9ca3af", "#64748b", "#d6a35c", "#0f766e")
ROW, LABELS, WIDTH = 22, 270, 720


def forest(title: str, gains: Sequence[tuple[str, float, float, float]]) -> str:
    """Draw one line a row: a dot for the mean gain, a bar for its interval, a rule at zero.

    Args:
        title: Above the plot.
        gains: Name, mean, low, high; relative, so .05 is 5 %.
    """
    low = min([0.0, *(gain[2] for gain in gains)]) - 0.01
    high = max([0.0, *(gain[3] for gain in gains)]) + 0.01
    right = WIDTH - 60

    def x(value: float) -> float:
        return LABELS + (value - low) / (high - low) * (right - LABELS)

    parts = [_text(12, 20, title, size=14), _line(x(0), 34, x(0), 40 + ROW * len(gains), FAINT)]
    for index, (name, mean, least, most) in enumerate(gains):
        y = 50 + ROW * index
        colour = GAIN if least > 0 else LOSS if most < 0 else INK
        parts.append(_text(LABELS - 10, y + 4, name, anchor="end"))
        parts.append(_line(x(least), y, x(most), y, colour, width=2))
        parts.append(f'<circle cx="{x(mean):.1f}" cy="{y}" r="4" fill="{colour}"/>')
        parts.append(_text(right + 8, y + 4, f"{mean:+.1%}"))
    return _svg(parts, 60 + ROW * len(gains), title)


def bars(title: str, labels: Sequence[str], groups: Sequence[tuple[str, Sequence[float | None]]]) -> str:
    """Draw groups of horizontal bars.

    Args:
        title: Above the plot.
        labels: Of the bars within a group.
        groups: Name and values, one a label; None where it was not run.
    """
    most = max([1e-9, *(value or 0.0 for _, values in groups for value in values)])
    parts, y = [_text(12, 20, title, size=14)], 44
    for name, values in groups:
        parts.append(_text(12, y + 12, name, size=13))
        for label, value, shade in zip(labels, values, SHADES, strict=False):
            length = (value or 0.0) / most * (WIDTH - LABELS - 70)
            parts.append(_text(LABELS - 10, y + 12, label, anchor="end"))
            parts.append(f'<rect x="{LABELS}" y="{y}" width="{length:.1f}" height="16" rx="2" fill="{shade}"/>')
            parts.append(_text(LABELS + length + 6, y + 12, f"{value:.4f}" if value is not None else "not run"))
            y += ROW
        y += 10
    return _svg(parts, y + 10, title)


def _text(x: float, y: float, words: str, *, size: int = 12, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{INK}">{escape(words)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, width: int = 1) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def _svg(parts: Sequence[str], height: float, title: str) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'font-family="system-ui, sans-serif" role="img" aria-label="{escape(title)}">'
    )
    return "\n".join([head, *parts, "</svg>", ""])
