"""Exact match as the SIGMORPHON shared tasks count it: from a lemma and features to one form, right to the letter."""

from collections import Counter

import torch

from cvae.core.errors import BadData, BadWord, UnknownCharacter
from cvae.data.batches import in_chunks
from cvae.data.columns import LEMMA, features_column, is_triple, names_triples
from cvae.data.tables import decode_text, read_sheet
from cvae.data.vocabulary import clean_name, compose
from cvae.evaluation.metrics import wilson_interval
from cvae.evaluation.protocol import Report
from cvae.inference.conversion import encode
from cvae.inference.decoding import decode_forms
from cvae.model.cvae import CVAE


def score_task(model: CVAE, content: bytes, name: str) -> Report:
    """Inflect the lemma of each row of a test file, and compare the answer with the row's form.

    The file is one of triples, see `cvae.data.columns`. All rows count: those whose features are no column of the
    model, and those whose lemma has letters outside its alphabet, are wrong. Raises BadData for another file, and for a
    model without a column of lemmas.
    """
    vocabulary = model.vocabulary
    if LEMMA not in vocabulary.tenses:
        raise BadData(f"This model has no column “{LEMMA}”: train it on lemma, form and features with --column all.")
    rows = read_sheet(decode_text(content, name)).rows
    place = features_column(rows)
    if place is None:
        raise BadData(f"{name} has no rows of lemma, form and features, separated by tabs.")
    rows = rows[names_triples(rows[0], place) :]
    asked, unknown, unreadable = [], 0, 0
    for cells in (row.cells for row in rows):
        features = clean_name(cells[place]) if len(cells) > 2 else ""
        if features not in vocabulary.tenses:
            unknown += 1
            continue
        try:
            asked.append((vocabulary.check(cells[0]), cells[3 - place], features))
        except (BadWord, UnknownCharacter):
            unreadable += 1
    answers: list[str] = []
    for chunk in in_chunks(asked):
        mean, _ = encode(model, [lemma for lemma, _, _ in chunk], [LEMMA] * len(chunk))
        tenses = torch.tensor([vocabulary.tenses.index(features) for _, _, features in chunk])
        answers += (form.text for form in decode_forms(model, mean, tenses))
    pairs = list(zip(answers, asked, strict=True))
    right = [features for answer, (_, form, features) in pairs if compose(answer) == compose(form)]
    low, high = wilson_interval(len(right), len(rows))
    parts, hits = (Counter(name.split(";")[0].split(".")[0] for name in names) for names in (
        [clean_name(row.cells[place]) for row in rows if is_triple(row, place)], right
    ))  # fmt: skip
    return {
        "test": name,
        "rows": len(rows),
        "right": len(right),
        "exact_match": len(right) / len(rows),
        "interval": [float(low), float(high)],
        "unknown_features": unknown,
        "unreadable": unreadable,
        "by_part_of_speech": {part: {"rows": count, "right": hits[part]} for part, count in parts.most_common()},
        "mistakes": [
            {"lemma": lemma, "features": features, "answer": answer, "right": form}
            for answer, (lemma, form, features) in pairs
            if compose(answer) != compose(form)
        ],
    }
