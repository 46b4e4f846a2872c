"""How the page looks: colours, fonts, style sheet and script. Imports Gradio, so it is imported when a page is made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gradio as gr

from chat.words import FROM_RIGHT_TO_LEFT, for_gradio, for_the_script

ASSETS = Path(__file__).parent / "assets"


def look() -> dict[str, Any]:
    """What `launch` is told about the page's look and words: a theme of its own, with its user's fonts."""
    fonts = ["system-ui", "-apple-system", "'Segoe UI'", "Roboto", "'Helvetica Neue'", "Arial", "sans-serif"]
    mono = ["ui-monospace", "Menlo", "Consolas", "monospace"]
    theme = gr.themes.Base(primary_hue="teal", neutral_hue="stone", radius_size="md", font=fonts, font_mono=mono).set(
        body_background_fill="#faf9f7",
        body_background_fill_dark="#171614",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#1f1d1b",
        background_fill_secondary="#f4f2ee",
        background_fill_secondary_dark="#262421",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_shadow="none",
        body_text_color="#1c1917",
        body_text_color_dark="#ece9e4",
        body_text_color_subdued="#5f5953",
        body_text_color_subdued_dark="#b3ada5",
        block_title_text_color="#44403c",
        block_title_text_color_dark="#d6d3d1",
        block_label_text_color="#44403c",
        block_label_text_color_dark="#d6d3d1",
        border_color_primary="#d9d5cd",
        border_color_primary_dark="#3d3934",
        input_background_fill="#ffffff",
        input_background_fill_dark="#1f1d1b",
        input_border_color="#a39d94",
        input_border_color_dark="#6b655d",
        input_border_width="1px",
        input_placeholder_color="#6b655d",
        input_placeholder_color_dark="#a39d94",
        color_accent="#0f766e",
        color_accent_soft="#dcefec",
        color_accent_soft_dark="#123b38",
        button_primary_background_fill="#0f766e",
        button_primary_background_fill_hover="#115e59",
        button_primary_background_fill_dark="#0f766e",
        button_primary_background_fill_hover_dark="#0d9488",
        button_primary_border_color="#0f766e",
        button_primary_border_color_dark="#0f766e",
        button_primary_text_color="#ffffff",
        button_secondary_background_fill="#eceae5",
        button_secondary_background_fill_hover="#dfdcd5",
        button_secondary_background_fill_dark="#2e2b28",
        button_secondary_background_fill_hover_dark="#3d3934",
        button_secondary_text_color="#1c1917",
        button_secondary_text_color_dark="#ece9e4",
        link_text_color="#0f766e",
        link_text_color_dark="#5eead4",
    )
    script = (ASSETS / "page.js").read_text(encoding="utf-8")
    return {
        "theme": theme,
        "css": (ASSETS / "page.css").read_text(encoding="utf-8"),
        "head": f"<script>{_words()}\n{script}</script>",
        "i18n": gr.I18n(**for_gradio()),
    }


def _words() -> str:
    """What the page's script says, by language, and which of them are written from right to left."""
    words = json.dumps(for_the_script()).replace("<", "\\u003c")  # none of them may end the script
    return f"window.articleQAWords = {words};\nwindow.articleQAFromTheRight = {json.dumps(FROM_RIGHT_TO_LEFT)};"
