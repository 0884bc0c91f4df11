"""What a map of verbs can be coloured by."""

from collections import Counter
from collections.abc import Sequence

from cvae.data.inflection import kind
from cvae.data.vocabulary import Vocabulary
from cvae.inference.latent import Atlas

ENDINGS = 9
"""So many endings have a colour of their own; the rest share one."""
REST = "other"

Trait = list[str] | list[float]
"""For each verb a class or a number."""

TRAITS = {
    "regular": "regular or irregular",
    "rule": "spelling rule",
    "ending": "ending",
    "first": "first letter",
    "length": "length in letters",
    "kl": "KL in nats",
}


def traits(vocabulary: Vocabulary) -> list[str]:
    """The traits that verbs of this vocabulary have: those of English spelling only where it is English."""
    english = ("regular", "rule")
    return [name for name in TRAITS if name not in english or vocabulary == Vocabulary()]


def trait(name: str, atlas: Atlas) -> Trait:
    """One of TRAITS for every verb of the atlas; letters and lengths are those of its first form."""
    bases = [row[0] for row in atlas.rows]
    if name == "regular":
        return ["irregular" if "irregular" in kind(row) else "regular" for row in atlas.rows]
    if name == "rule":
        return [kind(row) for row in atlas.rows]
    if name == "ending":
        return _common([f"-{base[-2:]}" for base in bases], ENDINGS)
    if name == "first":
        return [base[0] for base in bases]
    return [float(len(base)) for base in bases] if name == "length" else atlas.verb_kl.tolist()


def _common(classes: Sequence[str], count: int) -> list[str]:
    """The classes with all but the `count` commonest put together."""
    common = {name for name, _ in Counter(classes).most_common(count)}
    return [name if name in common else REST for name in classes]


def classes(values: Sequence[str]) -> list[str]:
    """The classes in the order of the legend: the commonest first, letters by the alphabet, the rest last."""
    counts = Counter(values)
    if all(len(name) == 1 for name in counts):
        return sorted(counts)
    return sorted(counts, key=lambda name: (name == REST, -counts[name], name))
