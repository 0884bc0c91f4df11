"""The figures of runs that go on, as one table, and how they stand, in words."""

from collections.abc import Sequence
from html import escape
from typing import Literal

from cvae.data.paradigms import Paradigm
from cvae.data.vocabulary import Vocabulary
from cvae.runs.history import duration
from cvae.training.records import EpochRecord
from cvae.training.scoring import SAMPLES_SHOWN, changed
from cvae.training.scoring import SHOWN as CONVERSIONS
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
    """How a run stands and what can be done."""
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


def table(shown: Sequence[Shown], colours: Sequence[str]) -> str:
    """A row for each run."""
    rows = "".join(_row(each, colours[each.place % len(colours)], len(shown) > 1) for each in shown)
    # On a phone style.css makes a grid of it: the roles would be lost there, and each cell shows its own title.
    corner = [""] if len(shown) > 1 else []
    head = "".join(f'<th role="columnheader" scope="col">{title}</th>' for title in (*corner, *HEAD))
    body = f'<thead><tr role="row">{head}</tr></thead><tbody>{rows}</tbody>'
    return f'<div class="wide"><table role="table" class="figures">{body}</table></div>'


def _row(shown: Shown, colour: str, named: bool) -> str:
    progress, scored, points = shown.watched.progress, shown.watched.scored, shown.watched.points
    last = scored[-1] if scored else None
    bleu4, gaussian, distinct, heldout = (
        (last.bleu4, last.gaussian_score, last.distinct, last.heldout) if last else (None, None, None, None)
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
    dot = f'<span class="dot" style="--tense:{colour}"></span>'
    name = f'<th role="rowheader" scope="row">{dot}{escape(shown.letter)}</th>' if named else ""
    shown_cells = "".join(
        f'<td role="cell" data-title="{title}">{cell}</td>' for title, cell in zip(HEAD, cells, strict=True)
    )
    return f'<tr role="row">{name}{shown_cells}</tr>'


def _number(value: float | None, pattern: str) -> str:
    return "–" if value is None else pattern.format(value)


def conversions(scored: Sequence[EpochRecord], vocabulary: Vocabulary) -> str:
    """The same verbs from the first scores to the last, converted into all tenses."""
    now = scored[-1].conversions if scored else ()
    new = changed(scored[-2].conversions, now) if len(scored) > 1 else [(False,) * (len(row) - 1) for row in now]
    rows = [
        f'<th scope="row"><span class="decoded">{escape(word)}</span></th>{_cells(forms, marks)}'
        for (word, *forms), marks in zip(now, new, strict=True)
    ]
    head = ["verb", *(vocabulary.title(name) for name in vocabulary.tenses)]
    return _table(head, rows, CONVERSIONS if not now else len(now))


def samples(scored: Sequence[EpochRecord], vocabulary: Vocabulary) -> str:
    """The same points of the prior, decoded."""
    now = scored[-1].samples if scored else ()
    before = scored[-2].samples if len(scored) > 1 else now
    rows = [
        _cells(forms, [form != old for form, old in zip(forms, olds, strict=True)])
        for forms, olds in zip(now, before, strict=True)
    ]
    return _table([vocabulary.title(name) for name in vocabulary.tenses], rows, SAMPLES_SHOWN)


def _cells(forms: Paradigm | Sequence[str], marks: Sequence[bool]) -> str:
    return "".join(
        f'<td class="{"fresh" if fresh else ""}"><span class="decoded">{escape(_short(form)) or "–"}</span></td>'
        for form, fresh in zip(forms, marks, strict=True)
    )


def _short(form: str, most: int = 16) -> str:
    """A word that fits its column: an untrained model does not stop by itself."""
    return form if len(form) <= most else form[: most - 1] + "…"


def _table(head: Sequence[str], rows: Sequence[str], count: int) -> str:
    empty = "".join('<td><span class="waiting">···</span></td>' for _ in head)
    body = "".join(f"<tr>{row}</tr>" for row in [*rows, *[empty] * (count - len(rows))])
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    return f'<div class="wide"><table class="said"><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>'
