"""A run in words and tables: its status, its latest figures, and what its model converts and decodes."""

from collections.abc import Sequence
from html import escape
from typing import Literal

from cvae.charts.curve_traces import short_title
from cvae.data.verbs import Paradigm, VerbSet, headword, spellings
from cvae.data.vocabulary import Vocabulary, compose
from cvae.runs.history import Watched
from cvae.runs.progress import duration
from cvae.runs.run import Status
from cvae.training.records import SHARES, EpochRecord
from cvae.training.scoring import SAMPLES_SHOWN
from cvae.training.scoring import SHOWN as CONVERSIONS
from pages.shared.tables import Cell, Row, table
from pages.train.lessons import SEEDS, Lesson
from pages.train.my_runs import Shown

Colour = Literal["gray", "green", "orange", "red", "blue"]
HEAD = (
    "epoch", "BLEU-4", "Gaussian score", "distinct", "held-out", "reconstruction, nats", "KL, nats", "words/s",
    "time left",
)  # fmt: skip
LOOKS: dict[Status, tuple[str, Colour]] = {
    "queued": ("hourglass_top", "gray"),
    "starting": ("hourglass_top", "gray"),
    "running": ("play_arrow", "green"),
    "paused": ("pause", "orange"),
    "finished": ("check", "blue"),
    "stopped": ("stop", "gray"),
    "failed": ("error", "red"),
    "interrupted": ("power_off", "red"),
}
"""The icon and colour of each status."""


def describe_standing(shown: Shown) -> str:
    """Say how a run stands and what can be done."""
    standing, epochs = shown.standing, len(shown.watched.history)
    kept = f"Everything up to epoch {epochs} is here" if epochs else "No epoch was finished yet"
    resume = f"{kept}; Resume {'continues from there' if epochs else 'starts over'}."
    texts = {
        "queued": f"Number {standing.position} in the queue: it starts by itself. Keep this page or its link.",
        "starting": f"A process is being started. {standing.reason}",
        "running": standing.reason,
        "paused": f"Paused between two steps. {standing.reason}",
        "finished": "Finished. Use the model, keep the run, or begin another one.",
        "stopped": f"Stopped. {standing.reason} {resume}",
        "failed": f"It failed. {standing.reason} {resume}",
        "interrupted": "The process that trained this run is gone. "
        f"{standing.reason or 'It was killed, or the app was restarted.'} {resume}",
    }
    return " ".join(texts[standing.status].split())


def checklist(lesson: Lesson, runs: Sequence[Watched] | None) -> str:
    """Return the steps of a lesson: those that have happened in its runs are ticked, and the next one is marked."""
    done = [runs is not None and step.done(runs) for step in lesson.steps]
    now = done.index(False) if False in done and runs is not None else None
    items = "".join(
        f'<li class="{"done" if tick else "now" if i == now else ""}">'
        f"{_mark(True, 'done', '') if tick else ''}{escape(step.text)}</li>"
        for i, (step, tick) in enumerate(zip(lesson.steps, done, strict=True))
    )
    return f'<ol class="ticks">{items}</ol>'


def conclusion(lesson: Lesson, shown: Sequence[Shown]) -> str:
    """Return what a lesson shows, and its last figures beside their ranges over seeds."""
    rows = [
        Row([f"{each.letter} {short_title(column)}", *_compared(column, expected, each)])
        for column, ranges in lesson.expected.items()
        for expected, each in zip(ranges, shown, strict=True)
    ]
    head = ["", "here", f"{SEEDS} seeds"]
    return f'<p class="shows">{escape(lesson.conclude)}</p>{table("numbers", rows, head)}'


def _compared(column: str, expected: tuple[float, float], shown: Shown) -> list[str]:
    """Return the last value of a run, and the range that was expected of it."""
    pattern = "{:.0%}" if column in SHARES else "{:.0f}" if column == "active_units" else "{:.1f}"
    values = [value for record in shown.watched.scored if (value := getattr(record, column)) is not None]
    low, high = (pattern.format(value) for value in expected)
    return [_number(values[-1] if values else None, pattern), low if low == high else f"{low} to {high}"]


def decodings(shown: Sequence[Shown], verb: str, tense: int) -> str:
    """Return one form of a verb over the scored epochs: decoded after the true letters, and after the decoder's own."""
    ways = [(each, way) for each in shown for way in ("forced", "conversions")]
    letters = {"forced": "true letters", "conversions": "own letters"}
    titles = [": ".join(filter(None, (each.called, letters[way]))) for each, way in ways]
    by_epoch: dict[int, list[str]] = {}
    for i, (each, way) in enumerate(ways):
        for record in each.watched.scored:
            words = {row[0]: row[1 + tense] for row in getattr(record, way)}
            by_epoch.setdefault(record.epoch, ["–"] * len(ways))[i] = _word(words.get(verb, ""), 24)
    rows = [Row([str(epoch), *words]) for epoch, words in sorted(by_epoch.items())]
    return table("said", rows, ["epoch", *map(escape, titles)], wide=True)


def describe_progress(shown: Shown) -> str:
    """Say how far a run is and, while it trains, whether it is being scored and how long it will still take."""
    progress, running = shown.watched.progress, shown.standing.status == "running"
    left = f" · {duration(progress.seconds_left)} left" if running and progress.seconds_left else ""
    measuring = " · measuring" if running and progress.measuring else ""
    return f"epoch {progress.done:.1f} of {progress.epochs}{measuring}{left}"


def figures_table(shown: Sequence[Shown], colours: Sequence[str]) -> str:
    """Return the latest figures of each run, one run in each row; two runs that are compared are named."""
    named = len(shown) > 1
    rows = [_figures(each, colours[each.place % len(colours)], named) for each in shown]
    return table("figures", rows, ["", *HEAD] if named else HEAD, named=named, wide=True)


def _figures(shown: Shown, colour: str, named: bool) -> Row:
    progress, scored, points = shown.watched.progress, shown.watched.scored, shown.watched.points
    last = scored[-1] if scored else None
    running = shown.standing.status == "running"
    cells = [
        f"{progress.done:.1f} of {progress.epochs}" if progress.done else f"0 of {progress.epochs}",
        _number(last.bleu4 if last else None, "{:.3f}"),
        _number(last.gaussian_score if last else None, "{:.2f}"),
        _number(last.distinct if last else None, "{:,}"),
        _number(last.heldout if last else None, "{:.1%}"),
        _number(points[-1].reconstruction if points else None, "{:.2f}"),
        _number(points[-1].kl if points else None, "{:.2f}"),
        _number(progress.words_per_second if running else None, "{:,.0f}"),
        duration(progress.seconds_left) if running and progress.seconds_left is not None else "–",
    ]
    name = [f'<span class="dot"></span>{escape(shown.letter)}'] if named else []
    return Row([*name, *cells], colour=colour)


def _number(value: float | None, pattern: str) -> str:
    return "–" if value is None else pattern.format(value)


def measures(scored: Sequence[EpochRecord]) -> str:
    """Return the newest measurements of z as a list."""
    last = scored[-1] if scored else None
    active, told, fidelity = (last.active_units, last.mutual_information, last.tense_fidelity) if last else (None,) * 3
    facts = {
        "active units": _number(active, "{:.0f} of " + str(len(last.kl_per_dimension) if last else 0)),
        "mutual information": _number(told, "{:.1f} nats"),
        "tense fidelity": _number(fidelity, "{:.0%}"),
    }
    items = "".join(f"<dt>{name}</dt><dd>{fact}</dd>" for name, fact in facts.items())
    return f'<dl class="measures">{items}</dl>'


def conversions(
    scored: Sequence[EpochRecord], vocabulary: Vocabulary, rows: Sequence[Paradigm], never: Sequence[Paradigm]
) -> str:
    """Return the newest conversions of the same verbs, right or wrong by the true paradigms `rows` and `never`.

    Those of `never`, which are not trained on, have a star.
    """
    now = scored[-1].conversions if scored else ()
    known: dict[str, list[Paradigm]] = {}
    for row in (*rows, *never):
        known.setdefault(headword(row), []).append(row)
    starred = set(map(headword, never))
    lines = []
    for word, *forms in now:
        truth = [[each for row in known.get(word, ()) for each in spellings(row, i)] for i in range(len(forms))]
        lines.append(Row([_word(word) + "*" * (word in starred), *map(_marked, forms, truth)]))
    return _decoded(["verb", *map(vocabulary.title, vocabulary.tenses)], lines, len(now) or CONVERSIONS, named=True)


def samples(scored: Sequence[EpochRecord], vocabulary: Vocabulary, rows: Sequence[Paradigm]) -> str:
    """Return the newest decodings of the same points of the prior; those that are verbs of the data are marked."""
    now, known = scored[-1].samples if scored else (), VerbSet(rows)
    lines = [
        Row([_mark(forms in known, "a verb of the data", "no verb of the data"), *map(_word, forms)]) for forms in now
    ]
    head = ["", *map(vocabulary.title, vocabulary.tenses)]
    return _decoded(head, lines, SAMPLES_SHOWN, named=False)


def _marked(form: str, truth: Sequence[str]) -> Cell:
    """Return a form with its mark, and the true one under the pointer; unmarked where the truth is not known."""
    if not truth:
        return Cell(_word(form))
    right = form in truth
    title = "" if right else f' title="{escape(truth[0])}"'
    return Cell(f"<span{title}>{_mark(right, 'right', 'wrong')}{_word(form)}</span>", "" if right else "wrong")


def _mark(right: bool, yes: str, no: str) -> str:
    sign, said = ("✓", yes) if right else ("✗", no)
    return f'<i role="img" aria-label="{said}" class="{"yes" if right else "no"}">{sign}</i>'


def _word(form: str, most: int = 10) -> str:
    """Return the word, cut to the width of its column: an untrained model does not end its words."""
    word = compose(form)
    short = word if len(word) <= most else word[: most - 1] + "…"
    return f'<span class="decoded" dir="auto">{escape(short) or "–"}</span>'


def _decoded(head: Sequence[str], rows: Sequence[Row], count: int, named: bool) -> str:
    """Return a table of decoded words with `count` rows; missing ones are empty, so that it keeps its height."""
    empty = [Row(['<span class="waiting">···</span>'] * len(head))] * (count - len(rows))
    return table("said", [*rows, *empty], [escape(title) for title in head], named=named, wide=True)
