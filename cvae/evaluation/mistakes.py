"""The wrong conversions of a report: all of them as JSON values, and the choice of those to show in a terminal."""

from collections import Counter
from typing import Any

from cvae.core.text import counted
from cvae.data.inflection import INFLECTION_CLASSES
from cvae.data.verbs import headword
from cvae.data.vocabulary import Vocabulary
from cvae.evaluation.exact_match import Marked
from cvae.inference.decoding import percent

SHOWN = 20
WIDTH = 17
"""The longest word that is shown whole: the longest of the English data."""

Mistake = dict[str, Any]


def describe_mistakes(marked: Marked, vocabulary: Vocabulary) -> list[Mistake]:
    """Describe every wrong conversion between different tenses, with the inflection class of an English verb."""
    assert marked.confidence is not None
    english = vocabulary.is_english
    return [
        {
            "kind": marked.classes[verb] if english else "",
            "verb": headword(marked.rows[verb]),
            "from": vocabulary.tenses[source],
            "to": vocabulary.tenses[target],
            "source": marked.rows[verb][source],
            "answer": marked.answers[verb][source][target],
            "right": marked.rows[verb][target],
            "confidence": float(marked.confidence[verb, source, target]),
        }
        for verb, source, target in marked.wrong
    ]


def choose_mistakes(wrong: list[Mistake], count: int = SHOWN) -> list[Mistake]:
    """Choose at most `count` of the mistakes, those of one inflection class together.

    Another verb goes before a second mistake with the same one; the classes take turns, each with its surest
    mistake first.
    """
    of_verb, of_kind = Counter[str](), Counter[tuple[str, int]]()
    ranked = []
    for mistake in sorted(wrong, key=lambda mistake: -mistake["confidence"]):
        again = of_verb[mistake["verb"]]
        ranked.append((again, of_kind[mistake["kind"], again], mistake))
        of_verb[mistake["verb"]] += 1
        of_kind[mistake["kind"], again] += 1
    ranked.sort(key=lambda item: item[:2])
    order = {name: i for i, name in enumerate(INFLECTION_CLASSES)}
    return sorted((mistake for *_, mistake in ranked[:count]), key=lambda mistake: order.get(mistake["kind"], 0))


def mistake_lines(wrong: list[Mistake]) -> list[str]:
    """Write the number of mistakes, and a table of some."""
    if not wrong:
        return ["  No conversion is wrong."]
    shown = choose_mistakes(wrong)
    some = "" if len(shown) == len(wrong) else f"; the surest of each kind, {len(shown)} in all"
    kinds = any(m["kind"] for m in shown)
    lines = [
        f"  {counted(len(wrong), 'wrong conversion')}{some}",
        _line("kind" if kinds else "", "tenses", "source", "answer", "right", "confidence"),
    ]
    for m in shown:
        tenses = f"{abbreviated(m['from'], 12)} → {abbreviated(m['to'], 12)}"
        source, answer, right = (abbreviated(m[name]) for name in ("source", "answer", "right"))
        lines.append(_line(m["kind"], tenses, source, answer, right, percent(m["confidence"])))
    return lines


def _line(kind: str, tenses: str, source: str, answer: str, right: str, confidence: str) -> str:
    """Write one row of the table; without inflection classes, tenses have their column, as their names may be long."""
    first = f"{kind:<20}{tenses:<10}" if kind else f"{tenses:<30}"
    return f"  {first}{source:<18}{answer:<18}{right:<18}{confidence:>10}"


def abbreviated(word: str, width: int = WIDTH) -> str:
    """Return a word, cut to `width` letters and an ellipsis when it is longer."""
    return word if len(word) <= width else word[:width] + "…"


def wrong_verbs(wrong: list[Mistake], count: int = 4) -> str:
    """Name the verbs with mistakes in a phrase: `3 wrong, of go and eat`."""
    if not wrong:
        return "none wrong"
    verbs = list(dict.fromkeys(mistake["verb"] for mistake in wrong))
    rest = len(verbs) - count
    named = [*verbs[:count], *([f"{rest:,} more"] if rest > 0 else [])]
    listed = " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))
    return f"{len(wrong):,} wrong, of {listed}"
