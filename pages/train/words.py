"""What a model says while it learns, as tables whose height never changes; what is new is marked."""

from collections.abc import Sequence
from html import escape

from cvae.data.paradigms import Paradigm
from cvae.data.vocabulary import Vocabulary
from cvae.training.loop import SAMPLES_SHOWN
from cvae.training.records import EpochRecord
from cvae.training.scoring import SHOWN as CONVERSIONS
from cvae.training.scoring import changed


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
