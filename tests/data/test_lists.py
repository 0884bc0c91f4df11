"""The laws of the data files: what is in them, what is kept out of them, and that they can be built again."""

import re
from collections import Counter
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from cvae.data.build import __main__, lexicons
from cvae.data.build.__main__ import build, is_dropped
from cvae.data.build.invented import conjugate_alike, last_syllable
from cvae.data.build.invented_long import conjugate
from cvae.data.inflection import INFLECTION_CLASSES, inflection_class
from cvae.data.paradigms import DATA, read_pairs, read_paradigms
from cvae.data.verbs import LONG_ENOUGH, Paradigm, all_spellings, as_cells, contains, spellings

REAL = ("train", "large", "commonest", "heldout", "unseen")
INVENTED = (
    "invented_regular",
    "invented_prefixed",
    "invented_doubling",
    "invented_rhyming",
    "invented_short",
    "invented_derived",
    "invented_syllables",
)
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
    return all_spellings(rows(name))


def slots_of(verbs) -> list[tuple[int, str]]:
    """Every spelling of every form, with its tense."""
    return [(tense, form) for row in verbs for tense in range(len(row)) for form in spellings(row, tense)]


def test_every_list_has_its_size():
    assert len(rows("train")) == 1227
    assert 5000 <= len(rows("large")) <= 6000
    assert len(rows("commonest")) == 300
    assert len(rows("heldout")) == 200
    assert 380 <= len(rows("unseen")) <= 420
    assert len(rows("invented_regular")) == 25_000
    assert len(rows("invented_prefixed")) > 1500
    assert len(rows("invented_doubling")) > 1500
    assert len(rows("invented_rhyming")) > 1500
    assert len(rows("invented_short")) > 4000
    assert len(rows("invented_derived")) > 12_000
    assert len(rows("invented_syllables")) > 12_000


@pytest.mark.parametrize("name", REAL + INVENTED)
def test_every_row_has_four_or_five_cells_of_plain_words_and_the_rows_are_sorted(name):
    lines = (DATA / f"{name}.txt").read_bytes().decode("ascii").splitlines(keepends=True)
    header = [] if name == "train" else ["# tenses: sp, tp, pg, p, pp\n", "# alphabet: abcdefghijklmnopqrstuvwxyz\n"]
    assert lines[: len(header)] == header
    cell = r"[a-z]{2,22}(\|[a-z]{2,22})*"
    row = re.compile(rf"({cell} ){{{4 if header else 3}}}{cell}\n")
    assert all(row.fullmatch(line) for line in lines[len(header) :])
    assert [row[0] for row in rows(name)] == sorted({row[0] for row in rows(name)})


@pytest.mark.parametrize("name", REAL + INVENTED)
def test_no_two_verbs_share_a_form_in_one_tense(name):
    slots = Counter(slots_of(rows(name)))
    assert [slot for slot, count in slots.items() if count > 1] == []


def test_large_contains_train():
    assert set(rows("train")) <= {row[:4] for row in rows("large")}


def test_the_commonest_verbs_are_in_large_and_such_as_everyone_knows():
    commonest = {row[0] for row in rows("commonest")}
    assert set(rows("commonest")) <= set(rows("large"))
    assert {"be", "have", "do", "say", "go", "get", "make", "know", "think", "take", "see", "come"} <= commonest
    assert commonest.isdisjoint({"abet", "crowdsource", "weep", "compel"})


@pytest.mark.parametrize("name", ("train", "large", *INVENTED))
@pytest.mark.parametrize("held", ["heldout", "unseen"])
def test_no_form_of_a_held_out_verb_is_trained_on(name, held):
    assert forms(held).isdisjoint(forms(name))


@pytest.mark.parametrize("name", INVENTED)
def test_no_invented_verb_holds_a_held_out_verb_inside(name):
    held = {row[0]: row for row in (*rows("heldout"), *rows("unseen"))}
    ending = ((row, held.get(row[0][start:])) for row in rows(name) for start in range(1, len(row[0])))
    assert [row[0] for row, other in ending if other and contains(row, other)] == []
    inside = re.compile("|".join(base for base in held if len(base) >= LONG_ENOUGH))
    assert [row[0] for row in rows(name) if inside.search(row[0])] == []


def test_no_verb_that_is_trained_on_holds_one_of_the_test_set_inside():
    unseen = [row for row in rows("unseen") if len(row[0]) < 12]
    assert [(row[0], other[0]) for row in rows("large") for other in unseen if contains(row, other)] == []


def test_the_test_set_has_all_classes_and_a_quarter_of_its_verbs_are_long():
    unseen = rows("unseen")
    assert min(Counter(map(inflection_class, unseen)).values()) >= 10
    assert 0.22 <= sum(len(row[0]) >= 12 for row in unseen) / len(unseen) <= 0.28
    assert {row[:4] for row in unseen}.isdisjoint(rows("train"))


@pytest.mark.parametrize("name", INVENTED)
def test_no_invented_form_is_a_form_of_a_real_verb(name):
    assert forms("large").isdisjoint(forms(name))


def test_invented_files_share_no_verb():
    slots = Counter(slot for name in INVENTED for slot in slots_of(rows(name)))
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
    assert tuple(row.split()) in {row[:4] for row in (*rows("large"), *rows("unseen"))}


@pytest.mark.parametrize("name", REAL + INVENTED)
def test_modals_are_no_verbs(name):
    assert MODALS.isdisjoint(row[0] for row in rows(name))


def test_held_out_verbs_are_of_the_classes_they_were_chosen_for():
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
    assert "outdrive outdrives outdriving outdrove outdriven" in map(" ".join, rows("invented_prefixed"))


def test_invented_verbs_are_of_the_classes_of_their_file():
    assert {inflection_class(row) for row in rows("invented_prefixed")} == {"prefixed irregular", "irregular"}
    assert {inflection_class(row) for row in rows("invented_doubling")} == {"doubling"}
    assert {inflection_class(row) for row in rows("invented_rhyming")} >= {"irregular", "plain"}
    assert "irregular" not in {inflection_class(row) for row in rows("invented_short")}
    assert {inflection_class(row) for row in rows("invented_regular")} == {"plain", "e-drop", "y", "-es", "other"}
    for name in ("invented_derived", "invented_syllables"):
        assert {inflection_class(row) for row in rows(name)} == {"plain", "e-drop", "doubling", "y", "-es", "other"}
    assert 18 <= max(len(row[0]) for row in rows("invented_syllables")) <= 20


@pytest.mark.parametrize(
    ("line", "others"),
    [
        ("take takes taking took taken", {}),
        ("travel travels traveling traveled traveled", {2: ("travelling",), 3: ("travelled",), 4: ("travelled",)}),
        ("learn learns learning learned learned", {3: ("learnt",), 4: ("learnt",)}),
        ("show shows showing showed shown", {}),
        ("prove proves proving proved proven", {4: ("proved",)}),
        ("be is being was been", {}),
        ("lie lies lying lay lain", {3: ("lied",)}),
    ],
)
def test_participles_and_other_spellings_are_in_large(line, others):
    [verb] = [row for row in rows("large") if " ".join(row) == line]
    assert {tense: spellings(verb, tense)[1:] for tense in range(5) if len(spellings(verb, tense)) > 1} == others


@pytest.mark.parametrize(
    ("american", "british"),
    [("color", "colour"), ("organize", "organise"), ("analyze", "analyse")],
)
def test_a_british_base_form_is_read_as_its_american_verb(american, british):
    assert [row[0] for row in rows("large") if british in spellings(row, 0)] == [american]


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("blemify", "blemify blemifies blemifying blemified blemified"),
        ("zashac", "zashac zashacs zashacking zashacked zashacked"),
        ("strobus", "strobus strobuses strobusing strobused strobused"),
        ("plandee", "plandee plandees plandeeing plandeed plandeed"),
        ("marketize", "marketize|marketise marketizes|marketises marketizing|marketising marketized|marketised "
         "marketized|marketised"),
    ],
)  # fmt: skip
def test_an_invented_verb_is_conjugated_by_the_rules_of_spelling(base, expected):
    assert as_cells(conjugate(base)) == expected.split()


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
        ("sing sings singing sang sung", "irregular"),
    ],
)
def test_a_verb_is_in_the_inflection_class_that_its_forms_show(row, expected):
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
    tmp_path /= "new"
    counts = build(tmp_path)
    assert set(counts) == {*REAL, *INVENTED, "test"}
    for name in counts:
        assert (tmp_path / f"{name}.txt").read_bytes() == (DATA / f"{name}.txt").read_bytes(), name


def test_the_command_tells_the_rows_of_each_file(tmp_path, monkeypatch, capsys):
    built = []
    monkeypatch.setattr(__main__, "build", lambda out: built.append(out) or {"train": 1227, "test": 10})
    monkeypatch.setattr("sys.argv", ["build", "--out", str(tmp_path / "new")])
    __main__.main()
    assert built == [tmp_path / "new"] and capsys.readouterr().out.split() == ["train", "1,227", "test", "10"]


def test_a_package_that_is_not_installed_is_named_and_nothing_is_written(tmp_path, monkeypatch):
    def version(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr(lexicons, "version", version)
    monkeypatch.setattr("sys.argv", ["build", "--out", str(tmp_path / "new")])
    with pytest.raises(SystemExit, match=r"^lemminflect 0\.2\.3 is needed .*, and it is not installed\.$"):
        __main__.main()
    assert list(tmp_path.iterdir()) == []


def test_dropped_words_are_in_no_file():
    assert [form for name in REAL + INVENTED for form in forms(name) if is_dropped(form)] == []
