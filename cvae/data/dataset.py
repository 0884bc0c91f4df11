"""The data of a run: the words that it trains on, and the verbs that it is measured on."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from itertools import accumulate, chain
from pathlib import Path

import torch
from torch import Generator, Tensor

from cvae.core.config import Augmentation, TrainConfig
from cvae.core.config_base import shorten
from cvae.core.errors import BadConfig, BadData
from cvae.core.files import write_text
from cvae.data.batches import WordTable, draw_words
from cvae.data.hallucination import invent_verbs
from cvae.data.inflection import INFLECTION_CLASSES, inflection_class
from cvae.data.paradigms import OWN, Pair, parse_paradigms, read_pairs, read_paradigms
from cvae.data.verbs import KeptVerbs, Paradigm, Paradigms, all_spellings
from cvae.data.vocabulary import Vocabulary

INVENTED = 20
"""The number of verbs that are invented for each real one."""
MEASURED = ("heldout", "unseen")
"""Word lists of verbs to test with: the first for choosing models, the second for the results that are claimed."""


@dataclass(frozen=True)
class TrainingData:
    """The words of a run: `table` holds first the verbs of the data file, then those of each augmentation.

    words: all words of the data file (M,); extra: for each augmentation, and for invented verbs, the words and how many
    of them are drawn in an epoch.
    heldout: verbs none of whose forms is trained on; pairs: the test pairs, none for data of other tenses.
    """

    paradigms: Paradigms
    table: WordTable
    words: Tensor
    extra: tuple[tuple[Tensor, int], ...]
    heldout: tuple[Paradigm, ...]
    pairs: tuple[Pair, ...]

    def words_of_epoch(self, generator: Generator) -> Tensor:
        """Draw the words of an epoch as indices (M,): all of the data, and some of each augmentation."""
        return torch.cat([self.words, *(draw_words(words, amount, generator) for words, amount in self.extra)])


def split_verbs(
    data: str, verbs: int, heldout: float, folder: Path | None = None
) -> tuple[Paradigms, tuple[Paradigm, ...]]:
    """Return the verbs that a run with these settings trains on, and those that it holds out. Raises BadData.

    The settings are those of `TrainConfig`; folder: that of a run that may have data of its own.
    """
    return read_paradigms(data, folder).spread(verbs).hold_out(heldout)


def load_training_data(config: TrainConfig, folder: Path | None = None) -> TrainingData:
    """Read the files that a config names; `folder` is that of a run that may have data of its own. Raises BadData."""
    paradigms, rows, heldout = read_verbs(config, folder)
    table = WordTable.of([row for part in rows for row in part], paradigms.vocabulary)
    starts = [0, *accumulate(map(len, rows))]
    words, *more_words = [table.words_of(first, len(part)) for first, part in zip(starts, rows, strict=False)]
    ratios = [*(augmentation.ratio for augmentation in config.augmentation), config.invented]
    amounts = [round(ratio * len(words)) for ratio, _ in zip(ratios, more_words, strict=False)]
    pairs = tuple(read_pairs()) if paradigms.vocabulary.is_english else ()
    return TrainingData(paradigms, table, words, tuple(zip(more_words, amounts, strict=True)), heldout, pairs)


def read_verbs(
    config: TrainConfig, folder: Path | None = None
) -> tuple[Paradigms, list[tuple[Paradigm, ...]], tuple[Paradigm, ...]]:
    """Return the data of a run, all verbs that it trains on, and those that it is measured on. Raises BadData.

    The second are those of the data, then those of each augmentation, then invented ones. The third share no spelling
    with any of these; nor does an invented one hold one of them, or of the lists to measure on. folder: that of a run
    that may have data of its own.
    """
    paradigms, heldout = split_verbs(config.data, config.verbs, config.heldout, folder)
    rows = [paradigms.rows]
    rows += [augmentation_rows(augmentation, paradigms.vocabulary, heldout) for augmentation in config.augmentation]
    listed = measured_lists(chain(*rows), paradigms.vocabulary)
    if config.invented:
        kept = KeptVerbs(chain(heldout, *listed.values()))
        invented = invent_verbs(paradigms.rows, INVENTED * len(paradigms), config.seed, config.invented_longer)
        rows.append(tuple(row for row in invented if not kept.refuse(row)))
    return paradigms, rows, heldout if config.heldout else listed.get("heldout", ())


def augmentation_rows(
    augmentation: Augmentation, vocabulary: Vocabulary, heldout: Sequence[Paradigm] = (), having: str = ""
) -> tuple[Paradigm, ...]:
    """Read the verbs of an augmentation, in the tenses of the data: those of its inflection classes.

    heldout: verbs with which they must not share a spelling. having: a text that their lines contain.
    Raises BadData when they have other letters or share no tense, and for a class that does not exist.
    """
    more, classes = read_paradigms(augmentation.data, having=having), augmentation.classes
    if more.vocabulary.alphabet != vocabulary.alphabet or not set(more.vocabulary.tenses) & set(vocabulary.tenses):
        raise BadData(f"{augmentation.data} has other tenses or letters than the data: leave this augmentation out.")
    if unknown := [name for name in classes if name not in INFLECTION_CLASSES]:
        known = ", ".join(INFLECTION_CLASSES)
        raise BadData(f"There is no inflection class {shorten(unknown[0])}: the augmentation has {known}.")
    if classes:  # a class follows from the four English tenses, of which the data may lack some
        more = replace(more, rows=tuple(row for row in more.rows if inflection_class(row) in classes))
    rows = more.in_tenses(vocabulary.tenses).rows
    return without(all_spellings(heldout), rows) if heldout else rows  # comparing tens of thousands takes a while


def without(forms: Set[str], rows: Iterable[Paradigm]) -> tuple[Paradigm, ...]:
    """Return the rows that share no spelling with these forms."""
    return tuple(row for row in rows if forms.isdisjoint(all_spellings([row])))


def measured_lists(trained: Iterable[Paradigm], vocabulary: Vocabulary) -> dict[str, tuple[Paradigm, ...]]:
    """Return the verbs of each of MEASURED that share no spelling with the trained ones: only English has any."""
    if not vocabulary.is_english:
        return {}
    forms = all_spellings(trained)
    return {name: without(forms, read_paradigms(name).in_tenses(vocabulary.tenses).rows) for name in MEASURED}


def check_data(config: TrainConfig, paradigms: Paradigms) -> None:
    """Check a config against all verbs of its data, so that no run begins that can't train on them.

    Raises BadConfig for more tenses than the model has room for, and see `check_sleep`; BadData for an augmentation
    that can't be used, see `augmentation_rows`.
    """
    config.model.check_tenses(len(paradigms.vocabulary.tenses))
    check_sleep(config, paradigms.spread(config.verbs).hold_out(config.heldout)[0])
    for augmentation in config.augmentation:
        augmentation_rows(augmentation, paradigms.vocabulary)


def check_sleep(config: TrainConfig, trained: Paradigms) -> None:
    """Raise BadConfig for a sleep phase on verbs that lack forms."""
    if config.sleep and not all(map(all, trained.rows)):
        raise BadConfig("The sleep phase needs every form of every verb, and some are missing here: set sleep to 0.")


def keep_data(folder: Path, config: TrainConfig, text: str) -> TrainConfig:
    """Write data into the folder of a run and return the config that trains on it. Raises BadData for bad data."""
    parse_paradigms(text)
    write_text(folder / OWN, text)
    return replace(config, data=OWN)


def describe_data(config: TrainConfig, data: TrainingData) -> dict[str, object]:
    """Return the name, the fingerprint and the size of the data for the header of a checkpoint."""
    return {
        "name": Path(config.data).stem,
        "fingerprint": data.paradigms.fingerprint(),
        "paradigms": len(data.paradigms),
    }
