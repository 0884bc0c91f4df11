"""Decoded words as HTML: letters with their doubts, confidences, and what the word lists say.

All text that comes from a visitor, a model or a checkpoint goes through `escape`.
"""

from collections.abc import Sequence
from html import escape

import numpy as np

from cvae.data.paradigms import Paradigm
from cvae.data.vocabulary import Vocabulary
from cvae.inference.alternatives import likeliest_letters, new_letters
from cvae.inference.conversion import Conversion, Form
from cvae.inference.word_lists import Entry

LONG = 16
"""Longer words are set smaller, so that a phone can show them."""
SMALL = 0.0005
"""A smaller share is not shown in per cent."""
NO_DOUBT = 0.05
"""A letter less doubtful than this has no bar."""
TITLES = ("Tense", "Form", "Confidence", "Compared with")
BRIEF = TITLES[:3]
LEGEND = (
    '<p class="legend"><b>Bold, underlined</b>: not in the typed word. <i></i>Bars: doubt about a letter; '
    "point at it for what else it might have been.</p>"
)
BRIEF_LEGEND = LEGEND.removesuffix("</p>") + " Confidence: the probability of the whole word.</p>"
INVITATION = '<p class="legend">Type a verb, or click one. Invented ones count: the model goes by their letters.</p>'


def table(conversion: Conversion, entry: Entry, rules: Paradigm, vocabulary: Vocabulary) -> str:
    """The forms in all tenses, one a row, beside what the word lists and the rules say (`rules` may be empty)."""
    rows = [
        _row(
            vocabulary,
            i,
            _letters(form, conversion.word, vocabulary),
            _bar(form.confidence),
            _comparisons(form, i, entry, rules),
        )
        for i, form in enumerate(conversion.forms.values())
    ]
    return _table(rows) + LEGEND


def brief_table(conversion: Conversion, vocabulary: Vocabulary) -> str:
    """The forms in all tenses with nothing to compare them with."""
    rows = [
        _row(vocabulary, i, _letters(form, conversion.word, vocabulary), _bar(form.confidence))
        for i, form in enumerate(conversion.forms.values())
    ]
    return _table(rows, BRIEF) + BRIEF_LEGEND


def empty_table(vocabulary: Vocabulary, titles: Sequence[str] = TITLES) -> str:
    """The same table with nothing in it, so that the page stands still when the first word comes."""
    waiting, compared = '<span class="word waiting">····</span>', None if titles == BRIEF else ""
    rows = [_row(vocabulary, i, waiting, "", compared) for i in range(len(vocabulary.tenses))]
    return _table(rows, titles) + INVITATION


def alone(conversion: Conversion, tense: str, entry: Entry, rules: Paradigm, vocabulary: Vocabulary) -> str:
    """One form, large."""
    form, i = conversion.forms[tense], vocabulary.tense(tense)
    return (
        f'<div class="alone" style="--tense:var(--tense-{i})">{_tense(vocabulary, i)}<br>'
        f"{_letters(form, conversion.word, vocabulary, 'large')}"
        f'<p>{_bar(form.confidence)} <span class="quiet">confidence</span></p>'
        f"<p>{_comparisons(form, i, entry, rules)}</p></div>{LEGEND}"
    )


def tense_posterior(shares: np.ndarray, read_as: str, vocabulary: Vocabulary) -> str:
    """p(tense | word) as small bars, the tense it was read as in bold."""
    rows = [
        f'<tr{" class=read" if name == read_as else ""} style="--tense:var(--tense-{i})">'
        f'<th scope="row">{_tense(vocabulary, i)}</th><td>{_bar(float(share))}</td></tr>'
        for i, (name, share) in enumerate(zip(vocabulary.tenses, shares, strict=True))
    ]
    return f'<table class="tenses">{"".join(rows)}</table>'


def _table(rows: list[str], titles: Sequence[str] = TITLES) -> str:
    # The roles are those that the elements have anyway, and lose on a phone, where style.css makes a grid of them.
    head = "".join(f'<th role="columnheader" scope="col">{title}</th>' for title in titles)
    kind = "forms" if len(titles) == len(TITLES) else "forms brief"
    return (
        f'<table role="table" class="{kind}"><thead><tr role="row">{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _row(vocabulary: Vocabulary, i: int, form: str, sure: str, comparison: str | None = None) -> str:
    compared = "" if comparison is None else f'<td role="cell" class="lists">{comparison}</td>'
    return (
        f'<tr role="row" style="--tense:var(--tense-{i})"><th role="rowheader" scope="row">{_tense(vocabulary, i)}</th>'
        f'<td role="cell">{form}</td>'
        f'<td role="cell" class="sure">{sure}</td>{compared}</tr>'
    )


def _tense(vocabulary: Vocabulary, i: int) -> str:
    return f'<span class="dot"></span>{escape(vocabulary.title(vocabulary.tenses[i]))}'


def _letters(form: Form, word: str, vocabulary: Vocabulary, size: str = "") -> str:
    """Each letter over a bar of its doubt; new letters bold and underlined; the end of the word is a step, too."""
    assert form.probabilities is not None
    new = new_letters(word, form.text)
    letters = []
    for step, probabilities in enumerate(form.probabilities):
        letter = form.text[step] if step < len(form.text) else ""
        best = likeliest_letters(probabilities, vocabulary)
        doubt = 1 - dict(best).get(letter, 0.0)
        height = f"{doubt:.0%}" if doubt >= NO_DOUBT else "0"
        kind = "end" if not letter else "new" if new[step] else ""
        title = ", ".join(f"{name or 'end of the word'} {share:.1%}" for name, share in best)
        letters.append(
            f'<span class="letter {kind}" title="{escape(title)}" style="--doubt:{height}">'
            f"<b>{escape(letter)}</b><i></i></span>"
        )
    size = size or ("long" if len(form.text) > LONG else "")
    note = "" if form.ended else f'<span class="unfinished">stopped after {len(form.text)} letters: no end came</span>'
    return f'<span class="word {size}" role="img" aria-label="{escape(form.text)}">{"".join(letters)}</span>{note}'


def _bar(share: float, powers: bool = False) -> str:
    """A share as an aligned number with a bar; with `powers`, one too small for per cents as 3·10⁻⁷."""
    number = f"{share:.1%}"
    if powers and 0 < share < SMALL:
        digit, _, power = f"{share:.0e}".partition("e-")
        number = f"{digit}·10<sup>−{int(power)}</sup>"
    return (
        f'<span class="number">{number}</span>'
        f'<span class="bar" aria-hidden="true"><span style="width:{share:.1%}"></span></span>'
    )


def _comparisons(form: Form, tense: int, entry: Entry, rules: Paradigm) -> str:
    """Whether the word lists and the rules have the same form, one a line."""
    # Several are right where verbs share a form, as `lie` and `lay` do.
    lines = [("lists", sorted({row[tense] for row in entry.rows})), ("rules", [rules[tense]] if rules else [])]
    return "".join(
        f'<div class="against"><span class="quiet">{name}</span>{_comparison(form, right)}</div>'
        for name, right in lines
        if right or name == "lists"
    )


def _comparison(form: Form, right: list[str]) -> str:
    if not right:
        return '<span class="quiet">–</span>'
    if form.text in right:
        return '<span class="agrees">✓ same</span>'
    return f'<span class="differs">≠ <b>{escape(" or ".join(right))}</b></span>'


def outcome(title: str, form: Form, word: str, tense: str, vocabulary: Vocabulary) -> str:
    """One form under a title, with its probability."""
    i = vocabulary.tense(tense)
    return (
        f'<div class="outcome" style="--tense:var(--tense-{i})"><span class="quiet">{escape(title)}</span><br>'
        f"{_letters(form, word, vocabulary)}<p>{_bar(form.confidence, powers=True)}</p></div>"
    )


def shares(rows: list[tuple[str, float]], tense: int, word: str) -> str:
    """Words with their shares, one a row."""
    cells = [
        f'<tr><th scope="row"><span class="word">{_marked(text, word)}</span></th>'
        f"<td>{_bar(share, powers=True)}</td></tr>"
        for text, share in rows
    ]
    return f'<table class="shares" style="--tense:var(--tense-{tense})">{"".join(cells)}</table>'


def _marked(text: str, word: str) -> str:
    """The letters of a word, the new ones bold and underlined."""
    if not text:
        return '<span class="quiet">no letter</span>'
    pairs = zip(text, new_letters(word, text), strict=True)
    return "".join(f'<span class="letter {"new" if new else ""}"><b>{escape(c)}</b></span>' for c, new in pairs)
