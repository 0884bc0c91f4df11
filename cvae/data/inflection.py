"""Inflection classes: the rule of English spelling by which a verb is conjugated."""

from functools import cache

from cvae.data.paradigms import read_paradigms
from cvae.data.verbs import Paradigm

INFLECTION_CLASSES = ("plain", "e-drop", "doubling", "y", "-es", "irregular", "prefixed irregular", "other")
IRREGULAR = ("irregular", "prefixed irregular")

PREFIXES = (
    "be", "co", "for", "fore", "in", "inter", "mis", "off", "out", "over", "pre", "re", "un", "under", "up", "with",
)  # fmt: skip


def inflection_class(paradigm: Paradigm) -> str:
    """Return one of INFLECTION_CLASSES, for the first four forms of an English verb; a row that lacks one is `other`.

    plain: `walk walks walking walked`; e-drop: `bake baking baked`; doubling: `stop stopping stopped`;
    y: `try tries tried`; -es: `wash washes washed`; irregular: every past that no rule makes, `sing sang`;
    prefixed irregular: an irregular verb of large.txt with one of PREFIXES before it, form by form, `rewrite rewrote`;
    other: rare regular spellings, `agree agreeing`, `tie tying`, `panic panicked`.
    """
    found, forms = class_by_rule(paradigm), paradigm[:4]
    if found == "irregular":
        cuts = [len(prefix) for prefix in PREFIXES if all(form.startswith(prefix) for form in forms)]
        if any(tuple(form[cut:] for form in forms) in _irregulars() for cut in cuts):
            return "prefixed irregular"
    return found


def class_by_rule(paradigm: Paradigm) -> str:
    """Return what `inflection_class` does, but `irregular` for prefixed irregular verbs; this needs no data file."""
    if len(paradigm) < 4 or not all(paradigm[:4]):
        return "other"
    base, third, progressive, past = paradigm[:4]
    if progressive == base + base[-1] + "ing" and past == base + base[-1] + "ed":
        return "doubling"
    if base.endswith("y") and past == base[:-1] + "ied":
        return "y"
    if base.endswith("e") and past == base + "d":
        return "e-drop" if progressive == base[:-1] + "ing" else "other"
    if progressive == base + "ing" and past == base + "ed":
        return "-es" if third == base + "es" else "plain"
    return "other" if past == base + "ked" else "irregular"


@cache
def _irregulars() -> frozenset[Paradigm]:
    return frozenset(row[:4] for row in read_paradigms("large").rows if class_by_rule(row) == "irregular")
