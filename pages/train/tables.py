"""A run in words and tables: its status, its latest figures, and what its model converts and decodes."""

from collections.abc import Sequence
from html import escape
from typing import Literal

from cvae.data.vocabulary import Vocabulary
from cvae.runs.history import duration
from cvae.training.records import EpochRecord
from cvae.training.scoring import SAMPLES_SHOWN, changed
from cvae.training.scoring import SHOWN as CONVERSIONS
from pages.shared.tables import Cell, Row, table
from pages.train.my_runs import Shown

Colour = Literal["gray", "green", "orange", "red", "blue"]
HEAD = (
    "epoch", "BLEU-4", "Gaussian score", "distinct", "held-out", "reconstruction, nats", "KL, nats", "words/s",
    "time left",
)  # fmt: skip
STATES: dict[str, tuple[str, Colour, str]] = {
    "queued": ("hourglass_top", "gray", "waiting"),
    "starting": ("hourglass_top", "gray", "starting"),
    "running": ("play_arrow", "green", "running"),
    "paused": ("pause", "orange", "paused"),
    "finished": ("check", "blue", "finished"),
    "stopped": ("stop", "gray", "stopped"),
    "failed": ("error", "red", "failed"),
    "interrupted": ("power_off", "red", "interrupted"),
}
"""Icon, colour and word of each status."""


def sentence(shown: Shown) -> str:
    """Say how a run stands and what can be done."""
    standing, epochs = shown.standing, len(shown.watched.history)
    kept = f"Everything up to epoch {epochs} is here" if epochs else "No epoch was finished yet"
    texts = {
        "queued": f"Number {standing.position} in the queue: it starts by itself. Keep this page open, or its link.",
        "starting": "A process is being started.",
        "running": "Turn the knobs while it learns. The link in the address bar leads back here.",
        "paused": "Paused between two steps.",
        "finished": "Finished. Use the model, keep the run, or begin another one.",
        "stopped": f"Stopped. {standing.reason} {kept}; resume goes on from there.",
        "failed": f"It failed. {standing.reason} {kept}.",
        "interrupted": "The process that trained this run is gone. "
        f"{standing.reason or 'It was killed, or the app was restarted.'} {kept}; resume goes on from there.",
    }
    return " ".join(texts[standing.status].split())


def figures_table(shown: Sequence[Shown], colours: Sequence[str]) -> str:
    """The latest figures of each run, one run in each row; two runs that are compared are named."""
    named = len(shown) > 1
    rows = [_figures(each, colours[each.place % len(colours)], named) for each in shown]
    return table("figures", rows, ["", *HEAD] if named else HEAD, named=named, wide=True)


def _figures(shown: Shown, colour: str, named: bool) -> Row:
    progress, scored, points = shown.watched.progress, shown.watched.scored, shown.watched.points
    bleu4, gaussian, distinct, heldout = (
        (scored[-1].bleu4, scored[-1].gaussian_score, scored[-1].distinct, scored[-1].heldout)
        if scored
        else (None, None, None, None)
    )
    running = shown.standing.status == "running"
    cells = [
        f"{progress.done:.1f} of {progress.epochs}" if progress.done else f"0 of {progress.epochs}",
        _number(bleu4, "{:.3f}"),
        _number(gaussian, "{:.2f}"),
        _number(distinct, "{:,}"),
        _number(heldout, "{:.1%}"),
        _number(points[-1].reconstruction if points else None, "{:.2f}"),
        _number(points[-1].kl if points else None, "{:.2f}"),
        _number(progress.words_per_second if running else None, "{:,.0f}"),
        duration(progress.seconds_left) if running and progress.seconds_left is not None else "–",
    ]
    name = [f'<span class="dot"></span>{escape(shown.letter)}'] if named else []
    return Row([*name, *cells], colour=colour)


def _number(value: float | None, pattern: str) -> str:
    return "–" if value is None else pattern.format(value)


def conversions(scored: Sequence[EpochRecord], vocabulary: Vocabulary) -> str:
    """The latest conversions of the verbs that each scored epoch converts; forms that have just changed are marked."""
    now = scored[-1].conversions if scored else ()
    before = scored[-2].conversions if len(scored) > 1 else ()
    new = changed(before, now) if before else [(False,) * (len(row) - 1) for row in now]
    rows = [
        Row([f'<span class="decoded">{escape(word)}</span>', *_cells(forms, marks)])
        for (word, *forms), marks in zip(now, new, strict=True)
    ]
    return _decoded(["verb", *map(vocabulary.title, vocabulary.tenses)], rows, len(now) or CONVERSIONS, named=True)


def samples(scored: Sequence[EpochRecord], vocabulary: Vocabulary) -> str:
    """The latest decodings of the points of the prior that each scored epoch decodes, changes marked likewise."""
    now = scored[-1].samples if scored else ()
    before = (scored[-2].samples if len(scored) > 1 else ()) or now
    rows = [
        Row(_cells(forms, [form != old for form, old in zip(forms, olds, strict=True)]))
        for forms, olds in zip(now, before, strict=True)
    ]
    return _decoded([vocabulary.title(name) for name in vocabulary.tenses], rows, SAMPLES_SHOWN, named=False)


def _cells(forms: Sequence[str], marks: Sequence[bool]) -> list[Cell]:
    return [
        Cell(f'<span class="decoded">{escape(_short(form)) or "–"}</span>', "fresh" if fresh else "")
        for form, fresh in zip(forms, marks, strict=True)
    ]


def _short(form: str, most: int = 16) -> str:
    """The word, cut to the width of its column: an untrained model does not end its words."""
    return form if len(form) <= most else form[: most - 1] + "…"


def _decoded(head: Sequence[str], rows: Sequence[Row], count: int, named: bool) -> str:
    """A table of decoded words with `count` rows, the missing ones empty, so that it never changes its height."""
    empty = [Row(['<span class="waiting">···</span>'] * len(head))] * (count - len(rows))
    return table("said", [*rows, *empty], [escape(title) for title in head], named=named, wide=True)
