"""The laws of the data files: what is in them, what is kept out of them, and that they can be built again."""

import re
from collections import Counter
from pathlib import Path

import pytest

from cvae.data.build.__main__ import build, is_dropped
from cvae.data.build.invented import conjugate_alike, last_syllable
from cvae.data.inflection import INFLECTION_CLASSES, inflection_class
from cvae.data.paradigms import DATA, Paradigm, read_pairs, read_paradigms

REAL = ("train", "large", "commonest", "heldout")
INVENTED = ("invented_regular", "invented_prefixed", "invented_doubling", "invented_rhyming", "invented_short")
MODALS = {"can", "could", "may", "might", "must", "shall", "should", "will", "would", "ought"}

EVERYDAY = """
be is being was
have has having had
do does doing did
say says saying said
go goes going went
get gets getting got
make makes making made
know knows knowing knew
think thinks thinking thought
take takes taking took
see sees seeing saw
come comes coming came
find finds finding found
give gives giving gave
tell tells telling told
become becomes becoming became
leave leaves leaving left
feel feels feeling felt
bring brings bringing brought
begin begins beginning began
keep keeps keeping kept
hold holds holding held
write writes writing wrote
stand stands standing stood
hear hears hearing heard
let lets letting let
mean means meaning meant
set sets setting set
meet meets meeting met
run runs running ran
pay pays paying paid
sit sits sitting sat
speak speaks speaking spoke
lie lies lying lay
lead leads leading led
read reads reading read
grow grows growing grew
lose loses losing lost
fall falls falling fell
send sends sending sent
build builds building built
understand understands understanding understood
draw draws drawing drew
break breaks breaking broke
spend spends spending spent
cut cuts cutting cut
rise rises rising rose
drive drives driving drove
buy buys buying bought
wear wears wearing wore
choose chooses choosing chose
eat eats eating ate
sleep sleeps sleeping slept
swim swims swimming swam
sing sings singing sang
fly flies flying flew
drink drinks drinking drank
win wins winning won
teach teaches teaching taught
catch catches catching caught
put puts putting put
forget forgets forgetting forgot
hide hides hiding hid
throw throws throwing threw
walk walks walking walked
play plays playing played
work works working worked
love loves loving loved
like likes liking liked
talk talks talking talked
want wants wanting wanted
use uses using used
ask asks asking asked
try tries trying tried
call calls calling called
help helps helping helped
start starts starting started
stop stops stopping stopped
plan plans planning planned
study studies studying studied
watch watches watching watched
dance dances dancing danced
die dies dying died
agree agrees agreeing agreed
travel travels traveling traveled
practice practices practicing practiced
panic panics panicking panicked
focus focuses focusing focused
"""


def rows(name: str) -> tuple[Paradigm, ...]:
    return read_paradigms(name).rows


def forms(name: str) -> set[str]:
    return {form for row in rows(name) for form in row}


def test_sizes():
    assert len(rows("train")) == 1227
    assert 4600 <= len(rows("large")) <= 5000
    assert len(rows("commonest")) == 300
    assert len(rows("heldout")) == 200
    assert len(rows("invented_regular")) == 25_000
    assert len(rows("invented_prefixed")) > 1500
    assert len(rows("invented_doubling")) > 1500
    assert len(rows("invented_rhyming")) > 1500
    assert len(rows("invented_short")) > 4000


@pytest.mark.parametrize("name", REAL + INVENTED)
def test_every_row_is_four_plain_words_and_the_rows_are_sorted(name):
    lines = (DATA / f"{name}.txt").read_bytes().decode("ascii").splitlines(keepends=True)
    assert all(re.fullmatch(r"([a-z]{2,16} ){3}[a-z]{2,16}\n", line) for line in lines)
    assert lines == sorted(set(lines))


@pytest.mark.parametrize("name", REAL + INVENTED)
def test_no_two_verbs_share_a_form_in_one_tense(name):
    slots = Counter(slot for row in rows(name) for slot in enumerate(row))
    assert [slot for slot, count in slots.items() if count > 1] == []


def test_large_contains_train():
    assert set(rows("train")) <= set(rows("large"))


def test_the_commonest_verbs_are_in_large_and_such_as_everyone_knows():
    commonest = {row[0] for row in rows("commonest")}
    assert set(rows("commonest")) <= set(rows("large"))
    assert {"be", "have", "do", "say", "go", "get", "make", "know", "think", "take", "see", "come"} <= commonest
    assert commonest.isdisjoint({"abet", "crowdsource", "weep", "compel"})


@pytest.mark.parametrize("name", ("train", "large", *INVENTED))
def test_no_form_of_a_held_out_verb_is_trained_on(name):
    assert forms("heldout").isdisjoint(forms(name))


@pytest.mark.parametrize("name", INVENTED)
def test_no_invented_form_is_a_form_of_a_real_verb(name):
    assert forms("large").isdisjoint(forms(name))


def test_invented_files_share_no_verb():
    slots = Counter(slot for name in INVENTED for row in rows(name) for slot in enumerate(row))
    assert max(slots.values()) == 1


def test_everyday_verbs_are_in_train_and_right():
    train = set(rows("train"))
    assert [line for line in EVERYDAY.strip().splitlines() if tuple(line.split()) not in train] == []


@pytest.mark.parametrize(
    "row",
    [
        "bear bears bearing bore",
        "lay lays laying laid",
        "wind winds winding wound",
        "saw saws sawing sawed",
        "found founds founding founded",
        "fell fells felling felled",
        "misunderstand misunderstands misunderstanding misunderstood",
    ],
)
def test_verbs_that_share_letters_with_others_are_in_large(row):
    assert tuple(row.split()) in rows("large")


@pytest.mark.parametrize("name", REAL + INVENTED)
def test_modals_are_no_verbs(name):
    assert MODALS.isdisjoint(row[0] for row in rows(name))


def test_held_out_verbs_are_of_the_kinds_they_were_chosen_for():
    chosen = {}
    for line in (DATA.parent / "build" / "sources" / "heldout_choice.txt").read_text().splitlines():
        if not line.startswith("#"):
            name, _, verbs = line.partition(": ")
            chosen |= dict.fromkeys(verbs.split(), name)
    assert {row[0]: inflection_class(row) for row in rows("heldout")} == chosen
    sizes = {"plain": 50, "e-drop": 50, "doubling": 30, "y": 20, "-es": 20, "irregular": 15, "prefixed irregular": 15}
    assert Counter(chosen.values()) == sizes


@pytest.mark.parametrize(
    ("base", "verbs", "expected"),
    [
        ("gling", ["cling clings clinging clung", "ring rings ringing rang"], "gling glings glinging glung"),
        ("shing", ["cling clings clinging clung", "wish wishes wishing wished"], "shing shings shinging shung"),
        ("blo", ["go goes going went"], ""),
    ],
)
def test_an_invented_verb_is_conjugated_as_the_real_one_with_the_longest_common_ending(base, verbs, expected):
    assert conjugate_alike(base, [tuple(verb.split()) for verb in verbs]) == tuple(expected.split())


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("hamstring hamstrings hamstringing hamstrung", "string strings stringing strung"),
        ("troubleshoot troubleshoots troubleshooting troubleshot", "shoot shoots shooting shot"),
        ("abide abides abiding abode", "bide bides biding bode"),
        ("undergo undergoes undergoing underwent", "go goes going went"),
        ("amgo amgoes amgoing went", ""),
        ("eat eats eating ate", ""),
    ],
)
def test_the_last_syllable_is_what_an_irregular_verb_can_lend_to_others(row, expected):
    assert last_syllable(tuple(row.split())) == tuple(expected.split())


def test_no_invented_verb_makes_a_compound_of_an_irregular_verb_regular():
    regular = {row[0] for row in rows("invented_regular")}
    assert regular.isdisjoint({"lipstick", "offshoot", "menswear", "watershed"})
    assert "outshoot outshoots outshooting outshot" in map(" ".join, rows("invented_prefixed"))


def test_invented_files_are_of_their_kinds():
    assert {inflection_class(row) for row in rows("invented_prefixed")} == {"prefixed irregular", "irregular"}
    assert {inflection_class(row) for row in rows("invented_doubling")} == {"doubling"}
    assert {inflection_class(row) for row in rows("invented_rhyming")} >= {"irregular", "plain"}
    assert "irregular" not in {inflection_class(row) for row in rows("invented_short")}
    assert {inflection_class(row) for row in rows("invented_regular")} == {"plain", "e-drop", "y", "-es", "other"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("walk walks walking walked", "plain"),
        ("bake bakes baking baked", "e-drop"),
        ("stop stops stopping stopped", "doubling"),
        ("try tries trying tried", "y"),
        ("wash washes washing washed", "-es"),
        ("quiz quizzes quizzing quizzed", "doubling"),
        ("sing sings singing sang", "irregular"),
        ("begin begins beginning began", "irregular"),
        ("read reads reading read", "irregular"),
        ("be is being was", "irregular"),
        ("rewrite rewrites rewriting rewrote", "prefixed irregular"),
        ("understand understands understanding understood", "prefixed irregular"),
        ("tie ties tying tied", "other"),
        ("panic panics panicking panicked", "other"),
        ("hola holas", "other"),
    ],
)
def test_kind(row, expected):
    assert inflection_class(tuple(row.split())) == expected
    assert expected in INFLECTION_CLASSES


def test_the_ten_test_pairs_lie_in_train():
    pairs = [(pair.source_tense, pair.target_tense, pair.source, pair.target) for pair in read_pairs()]
    assert pairs == [
        ("sp", "p", "abandon", "abandoned"),
        ("sp", "pg", "abet", "abetting"),
        ("sp", "tp", "begin", "begins"),
        ("sp", "tp", "expend", "expends"),
        ("p", "tp", "sent", "sends"),
        ("sp", "pg", "split", "splitting"),
        ("p", "sp", "flared", "flare"),
        ("pg", "sp", "functioning", "function"),
        ("pg", "p", "functioning", "functioned"),
        ("pg", "tp", "healing", "heals"),
    ]
    slot = {tense: i for i, tense in enumerate(read_paradigms("train").vocabulary.tenses)}
    for source_tense, target_tense, source, target in pairs:
        answers = [row[slot[target_tense]] for row in rows("train") if row[slot[source_tense]] == source]
        assert answers == [target]


def test_building_again_gives_the_same_bytes(tmp_path: Path):
    counts = build(tmp_path)
    assert set(counts) == {*REAL, *INVENTED, "test"}
    for name in counts:
        assert (tmp_path / f"{name}.txt").read_bytes() == (DATA / f"{name}.txt").read_bytes(), name


def test_dropped_words_are_in_no_file():
    assert [form for name in REAL + INVENTED for form in forms(name) if is_dropped(form)] == []
