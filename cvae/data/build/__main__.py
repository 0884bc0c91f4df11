"""Build the data files: `python -m cvae.data.build [--out DIR]`.

The same pinned packages give the same bytes, without network or randomness:

    pip install lemminflect==0.2.3 symspellpy==6.10.1 && pip install --no-deps pyinflect==0.5.1

train.txt     the 1,227 most frequent verbs, and all that people type first, in the four tenses of the report
large.txt     every verb on which both lexicons agree, with its past participle and other spellings; contains train.txt
commonest.txt the 300 most frequent verbs of large.txt, on which an error weighs most
heldout.txt   200 verbs of seven classes, none of whose forms is in any file to train on: for choosing
unseen.txt    a test set, never for choosing: see `choose_unseen`
test.txt      the ten conversions of the classroom report, `source-tense target-tense source target`; all in train.txt
invented_*    paradigms of verbs that do not exist: see `cvae.data.build.invented` and its neighbour `invented_long`

What no program can decide is written down in `sources/`: overrides, dropped words, held-out verbs, everyday verbs.
"""

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache
from pathlib import Path

from cvae.data.build.invented import Gate, doubling, prefixed, regular, rhyming, short, shuffle_key
from cvae.data.build.invented_long import derived, syllables
from cvae.data.build.lexicons import FORM, Lexicon, Variants, agid, check_versions, specialist, word_counts
from cvae.data.build.spellings import complete, ise_spelling, without_clashes
from cvae.data.inflection import class_by_rule
from cvae.data.verbs import Paradigm, all_spellings, as_cells, contains
from cvae.data.vocabulary import ENGLISH_ALPHABET, ENGLISH_FORMS, ENGLISH_TENSES

HERE = Path(__file__).parent
TRAIN_SIZE = 1227  # as many as the classroom set has
COMMONEST_SIZE = 300
LONG = 12
UNSEEN = {"plain": 75, "e-drop": 75, "doubling": 45, "-es": 35, "y": 25, "irregular": 45, "other": 10}
"""Verbs of fewer than LONG letters in the test set, by inflection class."""

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
    out.mkdir(parents=True, exist_ok=True)
    lexicons, counts = (specialist(), agid()), word_counts()
    files = divide(rank_verbs(*lexicons, counts))
    real = [row for name in ("large", "heldout", "unseen") for row in files[name]]
    gate = Gate(real, [*files["heldout"], *files["unseen"]], lexicons, is_dropped)
    files["invented_rhyming"] = rhyming(files["large"], gate)
    files["invented_doubling"] = doubling(gate)
    files["invented_short"] = short(files["large"], gate)
    files["invented_prefixed"] = prefixed(files["large"], gate)
    files["invented_regular"] = regular(counts, gate)
    files["invented_derived"] = derived(files["large"], counts, gate)
    files["invented_syllables"] = syllables(files["large"], gate)
    texts = {name: format_rows(rows, ENGLISH_FORMS) for name, rows in files.items()}
    texts["train"] = format_rows([row[: len(ENGLISH_TENSES)] for row in files["train"]], ENGLISH_TENSES)
    forms = {row[0]: dict(zip(ENGLISH_FORMS, row, strict=True)) for row in files["train"]}
    pairs = ((source, target, forms[verb][source], forms[verb][target]) for source, target, verb in TEST)
    texts["test"] = "".join(" ".join(pair) + "\n" for pair in pairs)
    for name, text in texts.items():
        (out / f"{name}.txt").write_text(text, encoding="ascii", newline="\n")
    return {name: len(rows) for name, rows in files.items()} | {"test": len(TEST)}


def format_rows(rows: Iterable[Paradigm], tenses: tuple[str, ...]) -> str:
    """Return the text of a data file: its rows sorted, its cells separated by spaces."""
    header = [] if tenses == ENGLISH_TENSES else [f"# tenses: {', '.join(tenses)}", f"# alphabet: {ENGLISH_ALPHABET}"]
    return "".join(line + "\n" for line in [*header, *(" ".join(as_cells(row)) for row in sorted(rows))])


def divide(ranked: Mapping[str, Paradigm]) -> dict[str, list[Paradigm]]:
    """Divide all verbs, given by rank, among the files of real verbs. Raises RuntimeError when that can't be done."""
    held_out = {verb for line in read_source("heldout_choice") for verb in line.partition(":")[2].split()}
    everyday = {verb for line in read_source("everyday") for verb in line.split()} | {verb for *_, verb in TEST}
    if missing := (held_out | everyday) - set(ranked):
        raise RuntimeError(f"Not among the verbs of the lexicons: {' '.join(sorted(missing))}.")
    known = [row for verb, row in ranked.items() if verb not in held_out]
    train = sorted(known, key=lambda row: row[0] not in everyday)[:TRAIN_SIZE]  # a stable sort: then by rank
    heldout = [ranked[verb] for verb in held_out]
    unseen = choose_unseen(known, train, heldout)
    large = [row for row in known if row not in set(unseen)]
    if shared := all_spellings(heldout + unseen) & all_spellings(large):
        raise RuntimeError(f"Forms of held-out verbs that other verbs share: {' '.join(sorted(shared))}.")
    return {"train": train, "large": large, "commonest": large[:COMMONEST_SIZE], "heldout": heldout, "unseen": unseen}


def rank_verbs(lexicon: Lexicon, vote: Lexicon, counts: Mapping[str, int]) -> dict[str, Paradigm]:
    """Return verbs with all their spellings by base form, the most frequent first.

    A verb is as frequent as the rarest of its inflected forms, so that nouns that are seldom verbs come late. An
    override comes before all verbs of which two forms are never counted.
    """
    overrides = {line.split()[0]: tuple(line.split()) for line in read_source("overrides")}
    rows, other_spellings = settle(lexicon, vote, overrides)
    tallies = {
        verb: [max(counts.get(forms[i], 0) for forms in [row, *other_spellings[verb]]) for i in range(4)]
        for verb, row in rows.items()
    }

    counted = {verb for verb, (base, *more) in tallies.items() if base and sum(count > 0 for count in more) >= 2}
    counted |= overrides.keys()
    kept = sorted(rows, key=lambda verb: (verb not in counted, -min(tallies[verb][1:]), -tallies[verb][0], verb))
    clashing = find_clashes([rows[verb] for verb in kept], counted)
    participles = dict(line.split() for line in read_source("participles"))
    verbs = [
        complete(
            rows[verb],
            [entries[verb] for entries in (lexicon, vote) if verb in entries],
            participles.get(verb),
            [row for row in (*other_spellings[verb], ise_spelling(rows[verb])) if row and row[0] != verb],
        )
        for verb in kept
        if verb not in clashing
    ]
    return {verb[0]: verb for verb in without_clashes(verbs, is_dropped)}


def settle(
    lexicon: Lexicon, vote: Lexicon, overrides: Mapping[str, Paradigm]
) -> tuple[dict[str, Paradigm], dict[str, list[Paradigm]]]:
    """Return an American paradigm for each verb of both lexicons, and other spellings whose counts are its own, too.

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
    """Return the paradigm whose forms both lexicons put first; None when they differ, except about a doubled l."""
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


def find_clashes(ranked: Sequence[Paradigm], counted: Set[str]) -> set[str]:
    """Find verbs to leave out so that no two share a form in one tense: *rout* and *route* would share *routing*.

    Of two, the one that ends in e stays if it was ever counted, otherwise the more frequent, which is ranked first.
    """
    owner: dict[tuple[int, str], Paradigm] = {}
    clashing = set()
    for row in ranked:
        for slot in enumerate(row):
            first = owner.setdefault(slot, row)
            if first is not row:
                clashing.add(first[0] if row[0] == first[0] + "e" and row[0] in counted else row[0])
    return clashing


def choose_unseen(known: Sequence[Paradigm], train: Sequence[Paradigm], heldout: Sequence[Paradigm]) -> list[Paradigm]:
    """Choose the verbs of the test set by hash: none is in train.txt, and no verb that is trained on `contains` one.

    All others of at least LONG letters are taken, and of the shorter ones UNSEEN of each inflection class. Irregular
    verbs that hold a held-out one inside (`overshoot`) come first: they can't be trained on.
    """
    owners = Counter(form for row in known for form in all_spellings([row]))
    rest = sorted(
        (row for row in set(known) - set(train) if all(owners[form] == 1 for form in all_spellings([row]))),
        key=shuffle_key,
    )
    irregular = [row for row in heldout if class_by_rule(row) == "irregular"]
    chosen = {row for row in rest if any(contains(row, other) for other in irregular)}
    wanted = Counter(UNSEEN) - Counter(map(class_by_rule, chosen))
    chosen |= {row for row in rest if len(row[0]) >= LONG}
    for row in rest:
        kind = class_by_rule(row)
        if wanted[kind] and row not in chosen and not any(contains(one, row) and one not in chosen for one in known):
            chosen.add(row)
            wanted[kind] -= 1
    return sorted(chosen, key=shuffle_key)


def read_source(name: str) -> list[str]:
    """Read the lines of a hand-made list in `sources/`, without comments and empty lines."""
    lines = (HERE / "sources" / f"{name}.txt").read_text(encoding="ascii").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def is_dropped(form: str) -> bool:
    """Return whether `sources/drop.txt` rules a word out."""
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
    try:
        sizes = build(out)
    except (RuntimeError, ImportError, OSError) as error:
        sys.exit(str(error))
    for name, rows in sizes.items():
        print(f"{name:<18}{rows:>7,}")


if __name__ == "__main__":
    main()
