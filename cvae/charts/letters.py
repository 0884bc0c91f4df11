"""Figures of letters, in colours that can be read on light and on dark ground."""

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from cvae.charts.base import MONO
from cvae.data.vocabulary import EOS, SPECIALS, Vocabulary, isolated
from cvae.inference.alternatives import entropy_bits, likeliest_letters
from cvae.inference.decoding import Form, percent

ACCENT = "107, 112, 224"
MARK = "#7a7d8c"
END = "end"
ROW = 18
"""The height of a row of the heatmap in pixels."""
CROWDED = 14
"""The number of steps above which letters are small, so that a phone can show them."""
SHARES = (0.0, 0.01, 0.1, 0.5, 1.0)
"""Ticks of the heatmap's colours, which grow with the square root, so that a doubt of one per cent can be seen."""


def writable_ids(vocabulary: Vocabulary) -> list[int]:
    """Return the ids that the decoder may write: the letters in alphabetical order, then the end of the word."""
    return [*range(SPECIALS, len(vocabulary)), EOS]


def letter_name(i: int, vocabulary: Vocabulary) -> str:
    """Return the letter of an id, or `end` for EOS."""
    return END if i == EOS else vocabulary.letter(i)


def shown_name(name: str) -> str:
    """Return a `letter_name` as it is shown by itself."""
    return name if name == END else isolated(name)


def letter_heatmap(form: Form, vocabulary: Vocabulary, size: int = 13) -> go.Figure:
    """Draw the decoder's probabilities: steps across, letters down, the chosen letters framed.

    The last trace is an invisible grid of points, one a cell, because Streamlit reports clicks on points, not on
    heatmaps. Its `customdata` is (step, row of `writable_ids`). The form must have probabilities.
    size: of letters, in pixels.
    """
    assert form.probabilities is not None
    ids, chosen = writable_ids(vocabulary), form.ids
    names = [shown_name(letter_name(i, vocabulary)) for i in ids]
    shares = form.probabilities[:, ids].T  # (letters, steps)
    steps = list(range(1, len(chosen) + 1))
    figure = go.Figure([_heatmap(steps, shares), _grid(shares, names, _step_notes(form, vocabulary))])
    figure.update_layout(
        height=ROW * size // 13 * len(ids) + 70,
        margin={"l": 38, "r": 0, "t": 4 * size + 4, "b": 8},
        font={"size": size},
        showlegend=False,
        dragmode=False,
        hovermode="closest",
        hoverdistance=80,
        plot_bgcolor="rgba(0,0,0,0)",
        hoverlabel={"align": "left"},
        shapes=[
            {
                "type": "rect",
                "x0": step - 0.47,
                "x1": step + 0.47,
                "y0": row - 0.44,
                "y1": row + 0.44,
                "line": {"color": MARK, "width": 2.5},
            }
            for step, row in zip(steps, map(ids.index, chosen), strict=True)
        ],
        xaxis={
            "tickvals": steps,
            "ticktext": [shown_name(letter_name(i, vocabulary)) for i in chosen],
            "title": {"text": "step, with the letter that was chosen", "standoff": 6, "font": {"size": size + 1}},
            "side": "top",
            "tickangle": 0,
            "range": [0.5, len(chosen) + 0.5],
        },
        yaxis={"tickvals": list(range(len(ids))), "ticktext": names, "range": [len(ids) - 0.5, -0.5]},
    )
    crowded = len(chosen) > CROWDED
    for axis, small in ((figure.layout.xaxis, 3 * crowded), (figure.layout.yaxis, 0)):
        font = {"family": MONO, "size": size - small}
        axis.update(fixedrange=True, showgrid=False, zeroline=False, tickfont=font, ticks="")
    return figure


def _heatmap(steps: Sequence[int], shares: np.ndarray) -> go.Heatmap:
    ticks = {"tickvals": [share**0.5 for share in SHARES], "ticktext": [f"{share:.0%}" for share in SHARES]}
    return go.Heatmap(
        x=steps,
        z=np.sqrt(shares),
        zmin=0,
        zmax=1,
        colorscale=[[0, f"rgba({ACCENT}, 0.06)"], [1, f"rgba({ACCENT}, 1)"]],
        xgap=2,
        ygap=2,
        hoverinfo="skip",
        colorbar={"thickness": 8, "len": 0.5, "y": 1, "yanchor": "top", "outlinewidth": 0, **ticks},
    )


def _grid(shares: np.ndarray, names: Sequence[str], notes: Sequence[str]) -> go.Scatter:
    cells = [(step, row) for step in range(shares.shape[1]) for row in range(shares.shape[0])]
    unseen = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=[step + 1 for step, _ in cells],
        y=[row for _, row in cells],
        mode="markers",
        marker={"symbol": "square", "size": ROW, "opacity": 0},
        selected=unseen,
        unselected=unseen,
        customdata=cells,
        text=[
            f"<b>{names[row]}</b> {escape(percent(shares[row, step]))} at step {step + 1}<br>{notes[step]}"
            for step, row in cells
        ],
        hovertemplate="%{text}<extra></extra>",
    )


def _step_notes(form: Form, vocabulary: Vocabulary) -> list[str]:
    """Describe for each step the five likeliest letters and the entropy."""
    assert form.probabilities is not None
    notes = []
    for step, bits in zip(form.probabilities, entropy_bits(form.probabilities), strict=True):
        best = likeliest_letters(step, vocabulary, 5)
        lines = "<br>".join(f"{shown_name(letter or END)} {escape(percent(share))}" for letter, share in best)
        notes.append(f"<br>likeliest:<br>{lines}<br><br>entropy {bits:.2f} bits<br>click to choose")
    return notes


def letter_table(form: Form, vocabulary: Vocabulary) -> tuple[list[str], list[list[str]]]:
    """Return the numbers of the heatmap: one row a step with its letter, its entropy in bits and all probabilities."""
    assert form.probabilities is not None
    ids, chosen = writable_ids(vocabulary), form.ids
    header = ["step", "letter", "entropy_bits", *(letter_name(i, vocabulary) for i in ids)]
    entropies = entropy_bits(form.probabilities)
    return header, [
        [str(step + 1), letter_name(i, vocabulary), f"{entropies[step]:.4f}"]
        + [f"{form.probabilities[step, j]:.6f}" for j in ids]
        for step, i in enumerate(chosen)
    ]
