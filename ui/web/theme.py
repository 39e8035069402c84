"""Colours and faces of the page as a Gradio theme: warm paper, the system's own faces, one restrained accent."""

from __future__ import annotations

import gradio as gr
from gradio.themes.utils import colors, sizes

SANS = ("ui-sans-serif", "system-ui", "Segoe UI", "Helvetica Neue", "Arial", "Liberation Sans", "sans-serif")
MONO = ("ui-monospace", "Menlo", "Consolas", "monospace")
_CLAY = colors.Color(
    "#fbf3ee", "#f3e1d7", "#e6c5b4", "#d3a18a", "#b97a5f", "#9a5a41", "#834a35", "#6b3c2c", "#553024", "#40251c",
    "#2b1913", name="clay",
)  # fmt: skip
_PAPER = colors.Color(
    "#fdfbf7", "#f8f4ec", "#ece5d8", "#d9cfbf", "#a99d8c", "#7d7264", "#61584d", "#4b443c", "#36312b", "#25211d",
    "#191613", name="paper",
)  # fmt: skip


def boutique_theme() -> gr.themes.Base:
    """Return the page's theme. Fonts are names only: none is ever fetched."""
    return gr.themes.Base(
        primary_hue=_CLAY,
        secondary_hue=_CLAY,
        neutral_hue=_PAPER,
        radius_size=sizes.radius_md,
        font=[gr.themes.Font(name) for name in SANS],
        font_mono=[gr.themes.Font(name) for name in MONO],
    ).set(
        body_background_fill="#f8f4ec",
        body_background_fill_dark="#1c1916",
        body_text_color="#2c2622",
        body_text_color_dark="#ece5d8",
        block_background_fill="#fdfbf7",
        block_background_fill_dark="#25211d",
        button_primary_background_fill="#7a4632",
        button_primary_background_fill_dark="#8f5640",
        button_primary_background_fill_hover="#663927",
        button_primary_background_fill_hover_dark="#9d6048",
        button_primary_text_color="#fffdf8",
        button_primary_text_color_dark="#fffdf8",
    )
