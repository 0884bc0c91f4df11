"""Paradigms as tensors, and the batches of an epoch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import torch
from torch import Generator, Tensor

from cvae.core.config import Objective
from cvae.data.verbs import Paradigm, Verb, spellings
from cvae.data.vocabulary import PAD, Vocabulary


@dataclass(frozen=True)
class Batch:
    """Source words and their target words. Ids are padded with PAD after EOS; lengths count EOS."""

    source: Tensor  # (B, S)
    source_lengths: Tensor  # (B,)
    source_tense: Tensor  # (B,)
    target: Tensor  # (B, T)
    target_tense: Tensor  # (B,)

    def to(self, device: torch.device) -> "Batch":
        """Move the batch to a device. The lengths stay on the processor, where packing needs them."""
        if device == self.source.device:
            return self
        moved = (column.to(device) for column in (self.source_tense, self.target, self.target_tense))
        return Batch(self.source.to(device), self.source_lengths, *moved)

    def split(self, parts: int) -> list["Batch"]:
        """Split the words into at most `parts` batches of about the same size."""
        size = -(-len(self.source) // parts)
        columns = (self.source, self.source_lengths, self.source_tense, self.target, self.target_tense)
        return [Batch(*share) for share in zip(*(column.split(size) for column in columns), strict=True)]


Item = TypeVar("Item")


def pad_words(words: Sequence[str], vocabulary: Vocabulary) -> tuple[Tensor, Tensor]:
    """Encode words as ids (B, T) that end in EOS and PAD, and lengths (B,). Raises BadWord or UnknownCharacter."""
    ids = [vocabulary.encode(word) for word in words]
    lengths = [len(word) for word in ids]
    longest = max(lengths, default=0)
    return torch.tensor([word + [PAD] * (longest - len(word)) for word in ids]), torch.tensor(lengths)


@dataclass(frozen=True)
class WordTable:
    """All words of N verbs in C tenses. Word i < N * C is the first spelling of verb i // C in tense i % C.

    Other spellings follow these; a word of length 0 is a missing form. written: for each word, the word that a model
    learns to write in its place, which is the first spelling of the same form.
    """

    letters: Tensor  # (W, T)
    lengths: Tensor  # (W,)
    written: Tensor  # (W,)
    tenses: int

    @classmethod
    def of(cls, rows: Sequence[Paradigm], vocabulary: Vocabulary) -> "WordTable":
        """Encode all words of these rows."""
        first = [form for row in rows for form in row]
        places = [(i, tense) for i, row in enumerate(rows) for tense in range(len(row))]
        others = [
            (form, i * len(vocabulary.tenses) + tense)
            for i, tense in places
            if isinstance(rows[i], Verb)
            for form in spellings(rows[i], tense)[1:]
        ]
        ids = [vocabulary.encode(word) if word else [] for word in [*first, *(form for form, _ in others)]]
        lengths = torch.tensor([len(word) for word in ids])
        letters = torch.full((len(ids), max(map(len, ids), default=0)), PAD)
        for word, row in zip(ids, letters, strict=True):
            row[: len(word)] = torch.tensor(word, dtype=torch.long)
        written = torch.tensor([*range(len(first)), *(place for _, place in others)], dtype=torch.long)
        return cls(letters, lengths, written, len(vocabulary.tenses))

    def __len__(self) -> int:
        return len(self.lengths)

    def words_of(self, first: int, count: int) -> Tensor:
        """Return all spellings of all forms of `count` verbs from number `first` on: indices (M,)."""
        verb = self.written // self.tenses
        return ((verb >= first) & (verb < first + count) & (self.lengths > 0)).nonzero()[:, 0]

    @cached_property
    def known(self) -> Tensor:
        """Which forms there are: (N, C), bool."""
        first = int(self.written.max()) + 1
        return (self.lengths[:first] > 0).view(-1, self.tenses)

    def draw_targets(self, words: Tensor, generator: Generator) -> Tensor:
        """Draw for each of the words (B,) a form to write: one of its verb, in any of the tenses that it has."""
        verb = self.written[words] // self.tenses
        tense = torch.randint(self.tenses, words.shape, generator=generator)
        if not self.known.all():
            chances = self.known[verb] * torch.rand(len(words), self.tenses, generator=generator)
            tense = torch.where(self.known[verb, tense], tense, chances.argmax(1))
        return verb * self.tenses + tense

    def batch(self, source: Tensor, target: Tensor) -> Batch:
        """Make the batch that decodes the words `source` (B,) into `target` (B,), each cut to its longest word."""
        return Batch(
            self.letters[source, : int(self.lengths[source].max())],
            self.lengths[source],
            self.written[source] % self.tenses,
            self.letters[target, : int(self.lengths[target].max())],
            self.written[target] % self.tenses,
        )


def epoch_batches(
    table: WordTable, words: Tensor, objective: Objective, batch_size: int, generator: Generator
) -> list[tuple[Tensor, Tensor]]:
    """Draw the batches of one epoch over `words` (M,): pairs of indices (source, target), in random order.

    The sources of a batch have about the same length, see `by_length`. The target of a word is the same verb in a
    random tense (`cross-tense`), or the word itself in the first spelling of its form (`same-tense`).
    """
    words = words[torch.randperm(len(words), generator=generator)]
    sources = [words[chunk] for chunk in by_length(table.lengths[words], batch_size)]
    batches = []
    for i in torch.randperm(len(sources), generator=generator).tolist():
        source = sources[i]
        target = table.written[source]
        if objective == "cross-tense":
            target = table.draw_targets(source, generator)
        batches.append((source, target))
    return batches


def by_length(lengths: Tensor, batch_size: int) -> list[Tensor]:
    """Group the indices of words with lengths (M,) into batches of equal length, so that nothing is padded.

    The words left over of each length share batches, the shortest first: full batches are worth a little padding.
    """
    full, left = list[Tensor](), list[Tensor]()
    for length in lengths.unique():
        for chunk in (lengths == length).nonzero()[:, 0].split(batch_size):
            (full if len(chunk) == batch_size else left).append(chunk)
    return full + (list(torch.cat(left).split(batch_size)) if left else [])


def draw_words(words: Tensor, amount: int, generator: Generator) -> Tensor:
    """Draw `amount` of the words (M,), so that no word is drawn more than once more than another."""
    rounds = -(-amount // len(words)) if len(words) else 0
    drawn = [words[torch.randperm(len(words), generator=generator)] for _ in range(rounds)]
    return torch.cat([torch.empty(0, dtype=torch.long), *drawn])[:amount]


def in_chunks(items: Sequence[Item], size: int = 1024) -> Iterator[Sequence[Item]]:
    """Yield the items in slices of at most `size`, which bounds the memory of one batch."""
    return (items[i : i + size] for i in range(0, len(items), size))
