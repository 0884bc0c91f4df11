"""The measurements after an epoch: the scores, and a few conversions of words that are the same throughout a run."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import torch

from cvae.core.config import TrainConfig
from cvae.data.batches import WordTable
from cvae.data.dataset import TrainingData
from cvae.data.inflection import IRREGULAR, inflection_class
from cvae.data.verbs import Paradigm, evenly_spaced, headword
from cvae.data.vocabulary import EOS
from cvae.evaluation.diagnostics import probe
from cvae.evaluation.exact_match import evaluate_pairs, evaluate_prior, mark, mean_bleu4
from cvae.evaluation.likelihood import unseen_losses
from cvae.inference.conversion import convert, encode
from cvae.inference.sampling import sample
from cvae.model.cvae import CVAE, greedy_next_letter

FAVOURITES = ("go", "sing", "walk", "stop", "try", "teach")
"""Verbs of the training set that are shown first, because each is inflected differently."""
NEVER_TRAINED = ("shoot", "marry", "blink")
"""Held-out verbs that are shown first."""
SHOWN, NEVER_SHOWN = 6, 2
"""Verbs of the training set, and of those held out, whose conversions are recorded."""


def example_verbs(data: TrainingData) -> Sequence[Paradigm]:
    """Choose irregular and regular verbs of the training set, then held-out verbs.

    Of data in other tenses than the English ones, verbs are chosen that are evenly spaced.
    """
    rows = data.paradigms.rows
    if not data.paradigms.vocabulary.is_english:
        return [*evenly_spaced(rows, SHOWN), *evenly_spaced(data.heldout, NEVER_SHOWN)]
    irregular = [row for row in rows if inflection_class(row) in IRREGULAR]
    regular = [row for row in rows if inflection_class(row) not in IRREGULAR]
    trained = [row for part in (irregular, regular) for row in favourites(part, FAVOURITES, SHOWN // 2)]
    return [*trained, *favourites(data.heldout, NEVER_TRAINED, NEVER_SHOWN)]


def favourites(rows: Sequence[Paradigm], words: Sequence[str], count: int) -> list[Paradigm]:
    """Return `count` of the rows: first those of the given words, in the order of the words, then the others."""
    rank = {word: i for i, word in enumerate(words)}
    return sorted(rows, key=lambda row: rank.get(headword(row), len(rank)))[:count]


def converted(model: CVAE, shown: Sequence[Paradigm]) -> tuple[Paradigm, ...]:
    """Convert the first form of each verb: rows of that form, then the model's answer in each tense."""
    answers = convert(model, *_headwords(model, shown))
    return tuple((answer.word, *(form.text for form in answer.forms.values())) for answer in answers)


def _headwords(model: CVAE, rows: Sequence[Paradigm]) -> tuple[list[str], list[str]]:
    """Return the first form that each verb has, and its tense."""
    words = [headword(row) for row in rows]
    return words, [model.vocabulary.tenses[row.index(word)] for row, word in zip(rows, words, strict=True)]


@torch.inference_mode()
def spelled_after_true_letters(model: CVAE, shown: Sequence[Paradigm]) -> tuple[Paradigm, ...]:
    """Spell the forms of these verbs, each letter the likeliest one after the true letters before it: rows as above.

    z is that of `converted`. An end that comes too early is shown as a dot, after which spelling goes on.
    """
    vocabulary, tenses = model.vocabulary, len(model.vocabulary.tenses)
    verbs, sources = _headwords(model, shown)
    mean, _ = encode(model, verbs, sources)  # (B, Z)
    table, words = WordTable.of(shown, vocabulary), len(verbs) * tenses
    targets, lengths = table.letters[:words], table.lengths[:words].tolist()  # (B * C, T)
    logits = model.decode_targets(mean, torch.arange(tenses).repeat(len(verbs)), targets)
    forms = []
    for ids, length in zip(greedy_next_letter(logits).tolist(), lengths, strict=True):
        letters = ["·" if i == EOS else vocabulary.letter(i) for i in ids[:length]]  # the last one should be the end
        forms.append("".join(letters).removesuffix("·"))
    return tuple((verb, *forms[i * tenses : (i + 1) * tenses]) for i, verb in enumerate(verbs))


SAMPLES_SHOWN = 5
"""The number of points of the prior whose words are recorded."""


def score(config: TrainConfig, data: TrainingData, model: CVAE) -> dict[str, Any]:
    """Return the scores of an EpochRecord by the names of its fields.

    The draws come from generators of their own, so that scoring more or less often changes no weight.
    """
    model.eval()
    rows = data.paradigms.rows
    gaussian, distinct = evaluate_prior(model, rows, config.draws)
    pairs, shown = evaluate_pairs(model, data.pairs), example_verbs(data)
    scores: dict[str, Any] = {
        "bleu4": mean_bleu4(pairs) if pairs else None,
        "pair_answers": tuple(result.answer for result in pairs),
        "pair_scores": tuple(result.bleu4 for result in pairs),
        "gaussian_score": gaussian,
        "distinct": distinct,
        "samples": tuple(sample(model, SAMPLES_SHOWN, config.seed)),
        "conversions": converted(model, shown),
        "forced": spelled_after_true_letters(model, shown) if shown else (),
        **asdict(probe(model, rows, config.objective)),
    }
    if data.heldout:
        heldout = mark(model, data.heldout)
        english = data.paradigms.vocabulary.is_english
        reconstruction, kl = unseen_losses(model, data.heldout, config.objective)
        scores |= {"heldout": heldout.exact_match, "heldout_by_kind": heldout.by_class if english else {}}
        scores |= {"heldout_reconstruction": reconstruction, "heldout_kl": kl}
    return scores
