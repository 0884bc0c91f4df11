"""Build the data files: `python -m cvae.data.build [--out DIR]`.

The same pinned packages give the same bytes, without network or randomness. They are only needed here:

    pip install lemminflect==0.2.3 symspellpy==6.10.1 && pip install --no-deps pyinflect==0.5.1

train.txt     the 1,227 most frequent verbs, and all that people type first
large.txt     every verb on which both lexicons agree; contains train.txt
commonest.txt the 300 most frequent verbs of large.txt, on which an error weighs most
heldout.txt   200 verbs of seven classes (`cvae.data.inflection`), none of whose forms is in any other file but test.txt
test.txt      the ten conversions of the classroom report, `source-tense target-tense source target`; all in train.txt
invented_*    paradigms of verbs that do not exist: see `cvae.data.build.invented`

What no program can decide is in `sources/`: overrides, dropped words, held-out verbs, everyday verbs.
"""

import argparse
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from functools import cache
from pathlib import Path

from cvae.data.build.invented import Gate, doubling, prefixed, regular, rhyming, short
from cvae.data.build.lexicons import FORM, Lexicon, Variants, agid, check_versions, specialist, word_counts
from cvae.data.paradigms import Paradigm
from cvae.data.vocabulary import ENGLISH_TENSES

HERE = Path(__file__).parent
TRAIN_SIZE = 1227  # as many as the classroom set has
COMMONEST_SIZE = 300

TEST = (
    ("sp", "p", "abandon"),
    ("sp", "pg", "abet"),
    ("sp", "tp", "begin"),
    ("sp", "tp", "expend"),
    ("p", "tp", "send"),
    ("sp", "pg", "split"),
    ("p", "sp", "flare"),
    ("pg", "sp", "function"),
    ("pg", "p", "function"),
    ("pg", "tp", "heal"),
)

BRITISH = (
    (r"our$", "or"),
    (r"(?<=[^aeiou])re$", "er"),
    (r"yse$", "yze"),
    (r"ogue$", "og"),
    (r"(?<=.)[ao]e(?=.)", "e"),
    (r"ise$", "ize"),
)
ALWAYS_ISE = {"advertise", "apprise", "comprise", "exorcise", "merchandise", "surprise"}


def build(out: Path) -> dict[str, int]:
    """Write all files to a folder and return the number of rows of each.

    Raises RuntimeError for a wrong version of a package, or when the hand-made lists contradict the lexicons.
    """
    check_versions()
    lexicons, counts = (specialist(), agid()), word_counts()
    files = split(rank_verbs(*lexicons, counts))
    gate = Gate(files["large"] + files["heldout"], lexicons, is_dropped)
    files["invented_rhyming"] = rhyming(files["large"], gate)
    files["invented_doubling"] = doubling(gate)
    files["invented_short"] = short(files["large"], gate)
    files["invented_prefixed"] = prefixed(files["large"], gate)
    files["invented_regular"] = regular(counts, gate)
    by_base = {row[0]: row for row in files["train"]}
    texts = {name: sorted(" ".join(row) for row in rows) for name, rows in files.items()}
    texts["test"] = [conversion(source, target, by_base[verb]) for source, target, verb in TEST]
    for name, lines in texts.items():
        (out / f"{name}.txt").write_text("".join(line + "\n" for line in lines), encoding="ascii", newline="\n")
    return {name: len(lines) for name, lines in texts.items()}


def split(ranked: Mapping[str, Paradigm]) -> dict[str, list[Paradigm]]:
    """The rows of each file of real verbs, from all verbs by rank. Raises RuntimeError when that can't be done."""
    held_out = {verb for line in read_source("heldout_choice") for verb in line.partition(":")[2].split()}
    everyday = {verb for line in read_source("everyday") for verb in line.split()} | {verb for *_, verb in TEST}
    if missing := (held_out | everyday) - set(ranked):
        raise RuntimeError(f"Not among the verbs of the lexicons: {' '.join(sorted(missing))}.")
    large = [row for verb, row in ranked.items() if verb not in held_out]
    heldout = [ranked[verb] for verb in held_out]
    if shared := {form for row in heldout for form in row} & {form for row in large for form in row}:
        raise RuntimeError(f"Forms of held-out verbs that other verbs share: {' '.join(sorted(shared))}.")
    by_need = sorted(large, key=lambda row: row[0] not in everyday)  # a stable sort: then by rank
    return {"train": by_need[:TRAIN_SIZE], "large": large, "commonest": large[:COMMONEST_SIZE], "heldout": heldout}


def rank_verbs(lexicon: Lexicon, vote: Lexicon, counts: Mapping[str, int]) -> dict[str, Paradigm]:
    """Base form -> paradigm of every verb, the most frequent first.

    A verb is as frequent as the rarest of its inflected forms, so that nouns that are seldom verbs come late; one of
    which two forms are never counted is left out, unless an override asks for it.
    """
    overrides = {line.split()[0]: tuple(line.split()) for line in read_source("overrides")}
    rows, other_spellings = settle(lexicon, vote, overrides)
    tallies = {
        verb: [max(counts.get(forms[i], 0) for forms in [row, *other_spellings[verb]]) for i in range(4)]
        for verb, row in rows.items()
    }
    kept = [
        verb
        for verb, (base, *inflected) in tallies.items()
        if verb in overrides or (base and sum(count > 0 for count in inflected) >= 2)
    ]
    kept.sort(key=lambda verb: (-min(tallies[verb][1:]), -tallies[verb][0], verb))
    clashing = find_clashes([rows[verb] for verb in kept])
    return {verb: rows[verb] for verb in kept if verb not in clashing}


def settle(
    lexicon: Lexicon, vote: Lexicon, overrides: Mapping[str, Paradigm]
) -> tuple[dict[str, Paradigm], dict[str, list[Paradigm]]]:
    """One American paradigm for each verb that both lexicons have, and other spellings whose counts are also its own.

    The list of counts leans British: *labour* counts for *labor*, *travelled* for *traveled*.
    """
    rows: dict[str, Paradigm] = {}
    other_spellings: dict[str, list[Paradigm]] = defaultdict(list)
    for verb in sorted(set(lexicon) & set(vote) | set(overrides)):
        row = overrides.get(verb) or agreed_row(verb, lexicon[verb], vote[verb])
        if row is None or any(not FORM.fullmatch(form) or is_dropped(form) for form in row):
            continue
        if twin := american_twin(verb, lexicon.keys() & vote.keys()):
            other_spellings[twin].append(row)
        else:
            rows[verb] = row
        if verb.endswith("l"):
            other_spellings[verb].append(tuple(re.sub(r"(ed|ing)$", r"l\1", form) for form in row))
    return rows, other_spellings


def agreed_row(verb: str, ours: Variants, theirs: Variants) -> Paradigm | None:
    """The paradigm whose forms both lexicons put first; None when they differ, except about a doubled l."""
    forms = [verb]
    for a, b in list(zip(ours, theirs, strict=True))[:3]:
        ending = next((ending for ending in ("ed", "ing") if a[0].endswith(ending)), "")
        if a[0] == b[0]:
            forms.append(a[0])
        elif ending and verb.endswith("l") and verb + ending in a + b:
            forms.append(verb + ending)  # traveled, not travelled
        else:
            return None
    return tuple(forms)


def american_twin(verb: str, known: Set[str]) -> str | None:
    """Return the American spelling of a British base form if that is a known verb, too, and otherwise None."""
    for british, american in BRITISH:
        twin = re.sub(british, american, verb)
        if twin != verb and twin in known and not (verb in ALWAYS_ISE and british == r"ise$"):
            return twin
    return None


def find_clashes(ranked: Sequence[Paradigm]) -> set[str]:
    """Verbs to leave out so that no two share a form in one tense: *rout* and *route* would share *routing*.

    The one that ends in e stays, else the more frequent: the earlier in `ranked`.
    """
    owner: dict[tuple[int, str], Paradigm] = {}
    clashing = set()
    for row in ranked:
        for slot in enumerate(row):
            first = owner.setdefault(slot, row)
            if first is not row:
                clashing.add(first[0] if row[0] == first[0] + "e" else row[0])
    return clashing


def conversion(source: str, target: str, row: Paradigm) -> str:
    """Write one line of test.txt: the two tenses, then the two forms."""
    forms = dict(zip(ENGLISH_TENSES, row, strict=True))
    return f"{source} {target} {forms[source]} {forms[target]}"


def read_source(name: str) -> list[str]:
    """The lines of a hand-made list in `sources/`, without comments and empty lines."""
    lines = (HERE / "sources" / f"{name}.txt").read_text(encoding="ascii").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def is_dropped(form: str) -> bool:
    """Whether `sources/drop.txt` rules a word out."""
    return _drop_pattern().fullmatch(form) is not None


@cache
def _drop_pattern() -> re.Pattern[str]:
    return re.compile("|".join(read_source("drop")).replace(" ", "|").replace("*", "[a-z]*"))


def main() -> None:
    """Build the files as the command line asks."""
    parser = argparse.ArgumentParser(prog="python -m cvae.data.build", description="Build the data files.")
    where = "where to write (default: %(default)s)"
    parser.add_argument("--out", type=Path, default=HERE.parent / "lists", metavar="DIR", help=where)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in build(out).items():
        print(f"{name:<18}{rows:>7,}")


if __name__ == "__main__":
    main()
