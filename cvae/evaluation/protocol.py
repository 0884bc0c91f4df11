"""The comparison of a model with its baselines on verbs that it never saw: groups of verbs, with 95% intervals.

The unit is the verb: its score is the share of conversions between two different tenses that are right to the letter,
and intervals come from a bootstrap over verbs (Efron and Tibshirani 1993, chapter 13, percentiles).
"""

import itertools
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cvae.data.inflection import INFLECTION_CLASSES, IRREGULAR, inflection_class
from cvae.data.verbs import Paradigm
from cvae.evaluation.exact_match import Marked
from cvae.evaluation.metrics import off_diagonal
from cvae.inference.word_lists import listed_words

RESAMPLES = 2000
LEVELS = (2.5, 97.5)
"""Percentiles of the resampled means: a 95% interval."""
COMPARED = ("all", "all, class-weighted", "regular")
"""The groups of verbs in which differences between the methods are measured."""
LENGTHS = (("to 9 letters", 0, 9), ("10 to 12", 10, 12), ("13 and more", 13, 99))
CLUSTERS = ("bl", "br", "ch", "cl", "dr", "fl", "gl", "gr", "pl", "pr", "sh", "sl", "sp", "st", "tr")
ONSETS, VOWELS, CODAS = (*"bcdfghjklmnprstvw", *CLUSTERS), "aeiou", (*"bdgklmnprst", "nd", "nt", "rt", "st")
CLOSED = 0.4
"""The share of syllables of an invented stem that end in a consonant; the last one always does."""

Report = dict[str, Any]


def compare_methods(marked: Mapping[str, Marked], reference: Sequence[Paradigm]) -> list[Report]:
    """Return one row for each group of verbs that is not empty: its size, and for each method share, low and high.

    `marked` holds the same verbs, converted by each method.
    """
    scores = {name: verb_scores(part) for name, part in marked.items()}
    return [
        {
            "group": name,
            "verbs": int((weights > 0).sum()),
            **{method: list(bootstrap_interval(part, weights)) for method, part in scores.items()},
        }
        for name, weights in verb_groups(next(iter(marked.values())), reference).items()
    ]


def differences(marked: Mapping[str, Marked], reference: Sequence[Paradigm]) -> list[Report]:
    """Return rows for the groups of COMPARED: the score of the first method less that of each other one, verb by verb.

    Each with its 95% interval, as in `compare_methods`.
    """
    (_, first), *others = ((name, verb_scores(part)) for name, part in marked.items())
    return [
        {"group": name, **{method: list(bootstrap_interval(first - scores, weights)) for method, scores in others}}
        for name, weights in verb_groups(next(iter(marked.values())), reference).items()
        if name in COMPARED
    ]


def verb_scores(marked: Marked) -> np.ndarray:
    """Return the score of each verb: (N,)."""
    different = off_diagonal(marked.right.shape[1])
    asked = marked.asked & different
    scores: np.ndarray = (marked.right & asked).sum((1, 2)) / np.maximum(asked.sum((1, 2)), 1)
    return scores


def verb_groups(marked: Marked, reference: Sequence[Paradigm]) -> dict[str, np.ndarray]:
    """Return the groups that are not empty as weights of the verbs (N,).

    All verbs, those of some lengths of the base form, the regular ones, also by length, and those of each inflection
    class. Where all are class-weighted, every class weighs as much as it does among the verbs of `reference`: a test
    set has more irregular verbs than the language.
    """
    lengths = np.array([len(row[0]) for row in marked.rows])
    classes = np.array(marked.classes)
    regular = ~np.isin(classes, IRREGULAR)
    by_length = {name: (low <= lengths) & (lengths <= high) for name, low, high in LENGTHS}
    masks = {
        **by_length,
        "regular": regular,
        **{f"regular {name}": members & regular for name, members in by_length.items()},
        **{name: classes == name for name in INFLECTION_CLASSES},
    }
    groups = {name: members.astype(float) for name, members in masks.items() if members.any()}
    return {"all": np.ones(len(lengths)), "all, class-weighted": class_weights(marked.classes, reference), **groups}


def class_weights(classes: Sequence[str], reference: Sequence[Paradigm]) -> np.ndarray:
    """Return a weight for each verb (N,) with which each class has the share that it has among the reference verbs."""
    here, there = Counter(classes), Counter(map(inflection_class, reference))
    return np.array([there[name] / here[name] for name in classes])


def bootstrap_interval(scores: np.ndarray, weights: np.ndarray) -> tuple[float, float, float]:
    """Return the weighted mean of the scores (N,) and the ends of its 95% interval, without verbs of weight 0."""
    scores, weights = scores[weights > 0], weights[weights > 0]
    counts = np.random.default_rng(0).multinomial(len(scores), np.full(len(scores), 1 / len(scores)), RESAMPLES)
    weighted = counts * weights  # (RESAMPLES, N)
    totals = np.maximum(weighted.sum(1), np.finfo(float).tiny)
    low, high = np.percentile(weighted @ scores / totals, LEVELS)
    return float(weights @ scores / weights.sum()), float(low), float(high)


def doubts(marked: Marked) -> Report:
    """Measure how well it predicts wrong forms that a word is not decoded from its own z.

    precision: of the words that are not, the share with a wrong form in another tense; recall: of the words with a
    wrong form, the share that are not decoded from their own z. Either is None when there is no such word.
    """
    different = off_diagonal(marked.right.shape[1])
    read = marked.asked.any(2)
    lost = ~marked.right[:, ~different] & read  # (N, C)
    wrong = (~marked.right & marked.asked & different).any(2)
    both = int((lost & wrong).sum())
    said, bad = int(lost.sum()), int(wrong.sum())
    return {
        "words": int(read.sum()),
        "lost": said,
        "wrong": bad,
        "precision": both / said if said else None,
        "recall": both / bad if bad else None,
    }


def invented_stems(syllables: int, count: int, seed: int = 0) -> list[str]:
    """Invent words of this many syllables that are in no list, so that a model can only copy the letters."""
    chance = random.Random(seed)

    def syllable(last: bool) -> str:
        coda = chance.choice(CODAS) if last or chance.random() < CLOSED else ""
        return f"{chance.choice(ONSETS)}{chance.choice(VOWELS)}{coda}"

    drawn = ("".join(syllable(i == syllables - 1) for i in range(syllables)) for _ in itertools.count())
    return list(itertools.islice((stem for stem in drawn if stem not in listed_words()), count))
