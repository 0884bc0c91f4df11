"""Decoded words as HTML: letters with their doubts, confidences, and what the word lists say.

All text that comes from a visitor, a model or a checkpoint goes through `escape`.
"""

import json
from dataclasses import dataclass
from html import escape

import numpy as np

from cvae.data.verbs import Paradigm
from cvae.data.vocabulary import Vocabulary, clusters, compose, isolated
from cvae.inference.alternatives import Branch, likeliest_letters, new_letters
from cvae.inference.conversion import Conversion
from cvae.inference.decoding import Form, percent
from cvae.inference.word_lists import Entry
from pages.shared.tables import Cell, Row, table, tense_colour

LONG = 16
"""The number of letters above which a word is set smaller, so that it fits on a phone."""
SMALL = 0.0005
"""The share below which it is written with a power of ten."""
NO_DOUBT = 0.05
"""The doubt below which a letter has no bar."""
TITLES = ("Tense", "Form", "Confidence", "Compared with")
BRIEF = TITLES[:3]
CANDIDATES = 5
"""The number of letters that are offered at each step."""
SAID = {"": "end", " ": "space"}
"""The names of the end of a word and of a space, which screen readers can read."""
NO_LETTER = '<span class="quiet">no letter</span>'
LISTINGS = {
    "trained": "“{word}” was in the training data.",
    "practised": "“{word}” was among the invented or repeated verbs in training.",
    "real": "“{word}” is a real verb, but the model was not trained on it.",
    "unlisted": "“{word}” is in no word list: the model has to guess from its letters.",
    "unknown": "It is not known whether “{word}” was in the training data, which is not available here.",
}
"""What is said about a word, by the list that it is in."""
LEGEND = (
    '<p class="legend"><b>Bold, underlined</b>: not in the typed word. <i></i>Bars: doubt about a letter; '
    "click a letter to see what else it could have been.</p>"
)
BRIEF_LEGEND = LEGEND.removesuffix("</p>") + " Confidence: the probability of the whole word.</p>"
INVITATION = (
    '<p class="legend">Type a verb, or click one. Invented verbs work, too: the model goes by their letters.</p>'
)


@dataclass(frozen=True)
class Choice:
    """Letters that a visitor chose: the form of this name begins with them, and ends there if `whole`.

    name: its tense, or another name where several forms have the same. own: the form that the model writes by itself.
    """

    name: str
    begins: str
    whole: bool
    own: Form


def point_table(conversion: Conversion, vocabulary: Vocabulary, choice: Choice | None, across: bool) -> str:
    """Return the forms decoded at one point, small, with their confidences.

    across: side by side in the colours of their tenses, without a header; otherwise one a row, where the colours of the
    page mean something else.
    """
    rows = []
    for i, (tense, form) in enumerate(conversion.forms.items()):
        name = tense_name(vocabulary, i) if across else escape(vocabulary.title(tense))
        confidence = Cell(_number(form.confidence), "sure")
        letters = _letters(conversion, i, vocabulary, choice)
        rows.append(Row([name, letters, confidence], colour=tense_colour(i) if across else "var(--quiet)"))
    return table("forms point across", rows) if across else table("forms point", rows, BRIEF)


def forms_table(
    conversion: Conversion, entry: Entry, rules: Paradigm, vocabulary: Vocabulary, choice: Choice | None = None
) -> str:
    """Return the forms in all tenses, compared with the word lists and, where there are any, the rules of spelling."""
    rows = [
        _row(vocabulary, i, _letters(conversion, i, vocabulary, choice), _bar(form.confidence), compared)
        for i, form in enumerate(conversion.forms.values())
        for compared in [_comparisons(form, i, entry, rules)]
    ]
    return table("forms", rows, TITLES) + LEGEND


def brief_table(conversion: Conversion, entry: Entry, vocabulary: Vocabulary, choice: Choice | None = None) -> str:
    """Return the forms in all tenses; where the word lists have another form, it stands below."""
    rows = []
    for i, form in enumerate(conversion.forms.values()):
        listed = entry.forms(i)
        other = "" if form.text in listed or not listed else f"<br>{_comparison(form, listed)} in the word lists"
        letters = _letters(conversion, i, vocabulary, choice)
        rows.append(_row(vocabulary, i, letters + other, _number(form.confidence)))
    return table("forms brief", rows, BRIEF) + BRIEF_LEGEND


def empty_table(vocabulary: Vocabulary, brief: bool = False) -> str:
    """Return the same table without forms, so that nothing moves when the first word comes."""
    waiting, compared = '<span class="word waiting">····</span>', None if brief else ""
    rows = [_row(vocabulary, i, waiting, "", compared) for i in range(len(vocabulary.tenses))]
    return table("forms brief" if brief else "forms", rows, BRIEF if brief else TITLES) + INVITATION


def _row(vocabulary: Vocabulary, i: int, form: str, confidence: str, compared: str | None = None) -> Row:
    cells: list[str | Cell] = [tense_name(vocabulary, i), form, Cell(confidence, "sure")]
    return Row(cells if compared is None else [*cells, Cell(compared, "lists")], colour=tense_colour(i))


def alone(
    conversion: Conversion,
    tense: str,
    entry: Entry,
    rules: Paradigm,
    vocabulary: Vocabulary,
    choice: Choice | None = None,
) -> str:
    """Return one form, set large."""
    form, i = conversion.forms[tense], vocabulary.tense(tense)
    return (
        f'<div class="alone" style="--tense:{tense_colour(i)}">{tense_name(vocabulary, i)}<br>'
        f"{_letters(conversion, i, vocabulary, choice, 'large')}"
        f'<p>{_bar(form.confidence)} <span class="quiet">confidence</span></p>'
        f"<p>{_comparisons(form, i, entry, rules)}</p></div>{LEGEND}"
    )


def tense_bars(shares: np.ndarray, read_as: str, vocabulary: Vocabulary) -> str:
    """Return p(tense | word) as bars, with the tense in which the word was read set in bold."""
    rows = [
        Row([tense_name(vocabulary, i), _bar(float(share))], "read" if name == read_as else "", tense_colour(i))
        for i, (name, share) in enumerate(zip(vocabulary.tenses, shares, strict=True))
    ]
    return table("tenses", rows)


def tense_name(vocabulary: Vocabulary, i: int) -> str:
    """Return the name of a tense after a dot in its colour."""
    return f'<span class="dot"></span>{escape(vocabulary.title(vocabulary.tenses[i]))}'


def _letters(conversion: Conversion, tense: int, vocabulary: Vocabulary, choice: Choice | None, size: str = "") -> str:
    name = vocabulary.tenses[tense]
    return spelled(name, conversion.forms[name], vocabulary, choice, conversion.word, size)


def spelled(
    name: str, form: Form, vocabulary: Vocabulary, choice: Choice | None = None, word: str = "", size: str = ""
) -> str:
    """Return each letter over a bar of its doubt; the end of the word is a step, too.

    Letters that the word which was read does not have are bold and underlined, if there was one. The name tells this
    form from others on the page: it is the tense, where each tense has one form. Letters that are drawn as one, such
    as a letter with its marks or joined Arabic letters, share a cell and its doubt. letters.js makes a button of each:
    `data-at` is the step of the most doubtful of them, `data-choices` are the likeliest letters there ("" is the end of
    the word), how they are shown by themselves, and their probabilities.
    """
    chosen = choice if choice and choice.name == name else None
    assert form.probabilities is not None
    new = new_letters(word, form.text) if word else [False] * len(form.text)
    forced = -1 if chosen is None else len(chosen.begins) - (not chosen.whole)
    letters = []
    steps = range(len(form.probabilities))
    for piece in [*clusters(form.text), slice(len(form.text), len(form.probabilities))]:
        if not (cell := steps[piece]):
            continue
        doubts = {at: 1 - float(form.probabilities[at, form.ids[at]]) for at in cell}
        at = max(doubts, key=doubts.__getitem__)
        shares = dict(likeliest_letters(form.probabilities[at], vocabulary, CANDIDATES))
        shares.setdefault(form.text[at : at + 1], 1 - doubts[at])
        choices = [[each, SAID.get(each) or isolated(each), round(share, 5)] for each, share in shares.items()]
        kinds = {"end": at == len(form.text), "new": any(new[piece]), "forced": forced in cell}
        letters.append(
            f'<span class="{" ".join(["letter", *(kind for kind, holds in kinds.items() if holds)])}" data-at="{at}" '
            f'data-choices="{escape(json.dumps(choices))}" '
            f'style="--doubt:{doubts[at] if doubts[at] >= NO_DOUBT else 0:.0%}">'
            f"<b>{escape(compose(form.text[piece]))}</b><i></i></span>"
        )
    size = size or ("long" if len(form.text) > LONG else "")
    note = "" if form.ended else f'<span class="unfinished">stopped after {len(form.text)} letters: no end came</span>'
    if chosen is not None:
        own = f"{escape(compose(chosen.own.text)) or 'no letter'} {escape(percent(chosen.own.confidence))}"
        note += f'<button class="undo" title="Back to the model’s own letters">↶ {own}</button>'
    return (
        f'<span class="word {size}" dir="auto" role="group" aria-label="{escape(compose(form.text))}" '
        f'data-name="{escape(name)}" data-text="{escape(form.text)}">{"".join(letters)}</span>{note}'
    )


def tree(branches: list[Branch], tense: str, colour: int, begins: str = "") -> str:
    """Return branches as nested lists: letters with their share, each a button that chooses the letters up to it."""
    rows = []
    for branch in branches:
        text, whole = begins + branch.letters, not branch.branches
        rows.append(
            f'<li><button data-name="{escape(tense)}" data-begins="{escape(text)}" data-whole="{"yes" * whole}" '
            f'aria-label="{escape(compose(text))}{"" if whole else "…"}, {escape(percent(branch.share))}">'
            f'<b>{escape(compose(branch.letters)) or "·"}</b><span class="quiet">{_number(branch.share)}</span>'
            f"</button>{tree(branch.branches, tense, colour, text)}</li>"
        )
    return f'<ul class="tree" style="--tense:{tense_colour(colour)}">{"".join(rows)}</ul>' if rows else ""


def _number(share: float) -> str:
    """Return a probability in per cent; one that is too small for that as 3·10⁻⁷."""
    if not 0 < share < SMALL:
        return f'<span class="number">{escape(percent(share))}</span>'
    digit, _, power = f"{share:.0e}".partition("e-")
    return f'<span class="number">{digit}·10<sup>−{int(power)}</sup></span>'


def _bar(share: float, number: str = "") -> str:
    """Return a share as an aligned number with a bar; number: how it is written, if it is no probability."""
    bar = f'<span class="bar" aria-hidden="true"><span style="width:{share:.1%}"></span></span>'
    return (number or _number(share)) + bar


def _comparisons(form: Form, tense: int, entry: Entry, rules: Paradigm) -> str:
    """Say whether the word lists and the rules have the same form, one a line."""
    lines = [("lists", entry.forms(tense)), ("rules", [rules[tense]] if rules else [])]
    return "".join(
        f'<div class="against"><span class="quiet">{name}</span>{_comparison(form, right)}</div>'
        for name, right in lines
        if right or name == "lists"
    )


def _comparison(form: Form, right: list[str]) -> str:
    if not right:
        return '<span class="quiet">–</span>'
    if form.text in right:
        return '<span class="quiet">✓ same</span>'
    return f'<span class="differs">≠ <b>{escape(compose(" or ".join(right)))}</b></span>'


def shares(rows: list[tuple[str, float]], tense: int, word: str) -> str:
    """Return words with their shares of some draws, one in each row; letters that `word` does not have are bold."""
    lines = []
    for text, share in rows:
        new = new_letters(word, text)
        letters = "".join(
            f'<span class="letter {"new" if any(new[piece]) else ""}"><b>{escape(compose(text[piece]))}</b></span>'
            for piece in clusters(text)
        )
        shown = f'<span class="word" dir="auto">{letters or NO_LETTER}</span>'
        number = f'<span class="number">{share:.0%}</span>'  # counted: all of the draws are 100%
        lines.append(Row([shown, _bar(share, number)], "", tense_colour(tense)))
    return table("shares", lines)
