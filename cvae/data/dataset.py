"""The data of a run: the words that it trains on, and the verbs that it is measured on."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Generator, Tensor

from cvae.core.config import Augmentation, TrainConfig
from cvae.core.errors import BadData
from cvae.core.files import write_text
from cvae.data.batches import WordTable, draw_words
from cvae.data.inflection import inflection_class
from cvae.data.paradigms import OWN, Pair, Paradigm, Paradigms, parse_paradigms, read_pairs, read_paradigms
from cvae.data.vocabulary import Vocabulary


@dataclass(frozen=True)
class TrainingData:
    """The words of a run: `table` holds first those of the data file, then those of each augmentation.

    extra: for each augmentation, its first word, its number of words, and how many are drawn in an epoch.
    heldout: verbs none of whose forms is trained on; pairs: the test pairs. Both are empty for data of other tenses.
    """

    paradigms: Paradigms
    table: WordTable
    extra: tuple[tuple[int, int, int], ...]
    heldout: tuple[Paradigm, ...]
    pairs: tuple[Pair, ...]

    def words_of_epoch(self, generator: Generator) -> Tensor:
        """Draw the words of an epoch as indices (M,) into the table: all of the data, and some of each augmentation."""
        words = [torch.arange(len(self.paradigms) * self.table.tenses)]
        return torch.cat(words + [draw_words(*part, generator) for part in self.extra])


def load_training_data(config: TrainConfig, folder: Path | None = None) -> TrainingData:
    """Read the files that a config names; `folder` is that of a run that may have data of its own. Raises BadData."""
    paradigms = read_paradigms(config.data, folder).spread(config.verbs)
    rows, extra = list(paradigms.rows), []
    tenses, words = len(paradigms.vocabulary.tenses), len(paradigms) * len(paradigms.vocabulary.tenses)
    for augmentation in config.augmentation:
        more = read_paradigms(augmentation.data)
        if more.vocabulary != paradigms.vocabulary:
            raise BadData(f"{augmentation.data} has other tenses or letters than {config.data}.")
        chosen = chosen_rows(more, augmentation)
        extra.append((len(rows) * tenses, len(chosen) * tenses, round(augmentation.ratio * words)))
        rows += chosen
    heldout, pairs = tuple[Paradigm, ...](), tuple[Pair, ...]()
    if paradigms.vocabulary == Vocabulary():
        heldout, pairs = unseen_rows(rows), tuple(read_pairs())
    table = WordTable.of(rows, paradigms.vocabulary)
    return TrainingData(paradigms, table, tuple(extra), heldout, pairs)


def chosen_rows(paradigms: Paradigms, augmentation: Augmentation) -> list[Paradigm]:
    """Choose the verbs of an augmentation's file that belong to its inflection classes."""
    classes = augmentation.classes
    return [row for row in paradigms.rows if not classes or inflection_class(row) in classes]


def unseen_rows(trained: Iterable[Paradigm]) -> tuple[Paradigm, ...]:
    """Return the held-out verbs that share no form with a verb that is trained on, be it by augmentation."""
    forms = {form for row in trained for form in row}
    return tuple(row for row in read_paradigms("heldout").rows if forms.isdisjoint(row))


def check_data(config: TrainConfig, folder: Path | None = None) -> None:
    """Read every file that a config names, so that no run begins with bad data. Raises BadData."""
    for name in (config.data, *(augmentation.data for augmentation in config.augmentation)):
        read_paradigms(name, folder)


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
