"""Decoded words as HTML: letters with their doubts, confidences, and what the word lists say.

All text that comes from a visitor, a model or a checkpoint goes through `escape`.
"""

from html import escape

import numpy as np

from cvae.data.paradigms import Paradigm, spellings
from cvae.data.vocabulary import Vocabulary, clusters, compose
from cvae.inference.alternatives import likeliest_letters, new_letters
from cvae.inference.conversion import Conversion, Form
from cvae.inference.word_lists import Entry
from pages.shared.tables import Cell, Row, table, tense_colour

LONG = 16
"""Longer words are set smaller, so that a phone can show them."""
SMALL = 0.0005
"""A smaller share is not shown in per cent."""
NO_DOUBT = 0.05
"""A letter less doubtful than this has no bar."""
TITLES = ("Tense", "Form", "Confidence", "Compared with")
BRIEF = TITLES[:3]
LISTINGS = {
    "trained": "“{word}” was in the training data.",
    "practised": "“{word}” was among the invented or repeated verbs of the training.",
    "real": "“{word}” is a real verb, but the model was not trained on it.",
    "unlisted": "“{word}” is in no word list: the model has to guess from its letters.",
}
"""What the word lists know about a word."""
LEGEND = (
    '<p class="legend"><b>Bold, underlined</b>: not in the typed word. <i></i>Bars: doubt about a letter; '
    "point at it for what else it might have been.</p>"
)
BRIEF_LEGEND = LEGEND.removesuffix("</p>") + " Confidence: the probability of the whole word.</p>"
INVITATION = '<p class="legend">Type a verb, or click one. Invented ones count: the model goes by their letters.</p>'


def forms_table(conversion: Conversion, entry: Entry, rules: Paradigm, vocabulary: Vocabulary) -> str:
    """Return the forms in all tenses, compared with the word lists and, where there are any, the rules of spelling."""
    rows = [
        _row(vocabulary, i, _letters(form, conversion.word, vocabulary), _bar(form.confidence), compared)
        for i, form in enumerate(conversion.forms.values())
        for compared in [_comparisons(form, i, entry, rules)]
    ]
    return table("forms", rows, TITLES) + LEGEND


def brief_table(conversion: Conversion, entry: Entry, vocabulary: Vocabulary) -> str:
    """Return the forms in all tenses; where the word lists have another form, it stands below."""
    rows = []
    for i, form in enumerate(conversion.forms.values()):
        listed = sorted({each for row in entry.rows for each in spellings(row, i)})
        other = "" if form.text in listed or not listed else f"<br>{_comparison(form, listed)} in the word lists"
        rows.append(_row(vocabulary, i, _letters(form, conversion.word, vocabulary) + other, _bar(form.confidence)))
    return table("forms brief", rows, BRIEF) + BRIEF_LEGEND


def empty_table(vocabulary: Vocabulary, brief: bool = False) -> str:
    """Return the same table without forms, so that nothing moves when the first word comes."""
    waiting, compared = '<span class="word waiting">····</span>', None if brief else ""
    rows = [_row(vocabulary, i, waiting, "", compared) for i in range(len(vocabulary.tenses))]
    return table("forms brief" if brief else "forms", rows, BRIEF if brief else TITLES) + INVITATION


def _row(vocabulary: Vocabulary, i: int, form: str, confidence: str, compared: str | None = None) -> Row:
    cells: list[str | Cell] = [tense_name(vocabulary, i), form, Cell(confidence, "sure")]
    return Row(cells if compared is None else [*cells, Cell(compared, "lists")], colour=tense_colour(i))


def alone(conversion: Conversion, tense: str, entry: Entry, rules: Paradigm, vocabulary: Vocabulary) -> str:
    """Return one form, set large."""
    form, i = conversion.forms[tense], vocabulary.tense(tense)
    return (
        f'<div class="alone" style="--tense:{tense_colour(i)}">{tense_name(vocabulary, i)}<br>'
        f"{_letters(form, conversion.word, vocabulary, 'large')}"
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


def _letters(form: Form, word: str, vocabulary: Vocabulary, size: str = "") -> str:
    """Return each letter over a bar of its doubt; new letters bold and underlined; the end of the word is a step, too.

    Letters that are drawn as one, such as a letter with its marks or joined Arabic letters, share a cell and its doubt.
    """
    assert form.probabilities is not None
    new = new_letters(word, form.text)
    letters = []
    steps = range(len(form.probabilities))
    for piece in [*clusters(form.text), slice(len(form.text), len(form.probabilities))]:
        best = [likeliest_letters(form.probabilities[step], vocabulary) for step in steps[piece]]
        if not best:
            continue
        written = form.text[piece]
        doubt = max(1 - dict(shares).get(written[i : i + 1], 0.0) for i, shares in enumerate(best))
        height = f"{doubt:.0%}" if doubt >= NO_DOUBT else "0"
        kind = "end" if not written else "new" if any(new[piece]) else ""
        title = "; ".join(
            ", ".join(f"{name or 'end of the word'} {share:.1%}" for name, share in shares) for shares in best
        )
        letters.append(
            f'<span class="letter {kind}" title="{escape(title)}" style="--doubt:{height}">'
            f"<b>{escape(compose(written))}</b><i></i></span>"
        )
    size = size or ("long" if len(form.text) > LONG else "")
    note = "" if form.ended else f'<span class="unfinished">stopped after {len(form.text)} letters: no end came</span>'
    label = escape(compose(form.text))
    return f'<span class="word {size}" dir="auto" role="img" aria-label="{label}">{"".join(letters)}</span>{note}'


def _bar(share: float, powers: bool = False) -> str:
    """Return a share as an aligned number with a bar; with `powers`, one too small for per cents as 3·10⁻⁷."""
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
    lines = [
        ("lists", sorted({form for row in entry.rows for form in spellings(row, tense)})),
        ("rules", [rules[tense]] if rules else []),
    ]
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
    """Return one form under a title, with its probability."""
    i = vocabulary.tense(tense)
    return (
        f'<div class="outcome" style="--tense:{tense_colour(i)}"><span class="quiet">{escape(title)}</span><br>'
        f"{_letters(form, word, vocabulary)}<p>{_bar(form.confidence, powers=True)}</p></div>"
    )


def shares(rows: list[tuple[str, float]], tense: int, word: str) -> str:
    """Return words with their shares, one in each row."""
    return table(
        "shares",
        [
            Row([f'<span class="word">{_marked(text, word)}</span>', _bar(share, powers=True)], "", tense_colour(tense))
            for text, share in rows
        ],
    )


def _marked(text: str, word: str) -> str:
    """Return the letters of a word, the new ones bold and underlined."""
    if not text:
        return '<span class="quiet">no letter</span>'
    new = new_letters(word, text)
    return "".join(
        f'<span class="letter {"new" if any(new[piece]) else ""}"><b>{escape(compose(text[piece]))}</b></span>'
        for piece in clusters(text)
    )
