"""Invented verbs have the endings of real ones, and stems of their own."""

from itertools import product

import pytest

from cvae.core.config import TrainConfig
from cvae.data.dataset import INVENTED, MEASURED, keep_data, load_training_data, read_verbs
from cvae.data.hallucination import common_stem, invent_verbs
from cvae.data.paradigms import read_paradigms
from cvae.data.verbs import KeptVerbs, Verb, all_spellings, contains, spellings
from cvae.data.vocabulary import MAX_LETTERS


@pytest.mark.parametrize(
    ("verb", "stem"),
    [
        (("hablar", "hablo", "habló"), "habl"),
        (("machen", "macht", "gemacht"), "mach"),
        (("go", "went"), ""),
        (Verb([("payer",), ("paie", "paye"), ()]), "pa"),
    ],
)
def test_the_stem_is_what_all_forms_have(verb, stem):
    assert common_stem(verb) == stem


def test_endings_and_spellings_stay_and_the_stem_is_another():
    rows = [("machen", "macht", "gemacht"), Verb([("sagenu",), (), ("sagte", "sagete")])]
    invented = invent_verbs(rows, 50, 3, 2)
    assert invented == invent_verbs(rows, 50, 3, 2) != invent_verbs(rows, 50, 4, 2) and len(invented) == 50
    for verb in invented:
        stem = common_stem(verb)
        assert len(stem) >= 3 and all(stem in form for tense in range(3) for form in spellings(verb, tense))
        assert (verb[0].endswith("en") and verb[2].startswith("ge")) or (verb[1] == "" and len(verb.cells[2]) == 2)
        assert max(map(len, verb)) <= MAX_LETTERS


def test_stems_are_pieces_of_others_and_of_all_lengths():
    rows = [("bacedy", "bacedys"), ("lomunix", "lomunixs")]
    stems = [verb[0] for verb in invent_verbs(rows, 400, 0, 8)]
    assert {len(stem) for stem in stems if stem[0] == "b"} == set(range(6 - 1, 6 + 8 + 1))
    neighbours = {word[i : i + 2] for row in rows for word in row[:1] for i in range(len(word) - 1)}
    pairs = [stem[i : i + 2] for stem in stems for i in range(1, len(stem) - 2)]
    assert sum(pair in neighbours for pair in pairs) / len(pairs) > 0.5  # of random letters, a tenth
    assert {stem[0] + stem[-1] for stem in stems} == {"by", "lx"}


def test_without_a_stem_nothing_is_invented():
    assert invent_verbs([("go", "went"), ("am", "is")], 10, 0, 8) == []


def test_a_run_draws_invented_verbs_beside_its_own():
    data = load_training_data(TrainConfig(data="sample_german", invented=0.5))
    own = len(data.words)
    [(words, count)] = data.extra
    assert count == round(own / 2) and int(words.min()) >= own and len(words) > 10 * own
    assert data.paradigms == read_paradigms("sample_german")


def test_no_verb_that_is_held_out_is_invented(tmp_path):
    stems = ("".join(letters) for letters in product("ab", repeat=4))
    text = "# tenses: sp p\n" + "".join(f"{stem} {stem}ed\n" for stem in stems)
    config = keep_data(tmp_path, TrainConfig(heldout=0.25, invented=1.0), text)
    data = load_training_data(config, tmp_path)
    forms = all_spellings(data.heldout)
    assert forms & all_spellings(invent_verbs(data.paradigms.rows, INVENTED * len(data.paradigms), config.seed, 8))
    [(words, _)] = data.extra
    letters = zip(data.table.letters[words], data.table.lengths[words], strict=True)
    assert forms.isdisjoint(data.paradigms.vocabulary.decode(row[:length].tolist()) for row, length in letters)


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        ("shoot shoots shooting shot", True),
        ("shot shots shotting shotted", True),
        ("overshoot overshoots overshooting overshot", True),
        ("overshoot overshoots overshooting overshooted", False),
        ("miscompelate miscompelates miscompelating miscompelated", True),
        ("shooter shooters shootering shootered", False),
        ("walk walks walking walked", False),
    ],
)
def test_a_verb_that_is_kept_from_training_is_not_trained_on_inside_another(row, refused):
    kept = KeptVerbs([("shoot", "shoots", "shooting", "shot"), ("compel", "compels", "compelling", "compelled")])
    assert kept.refuse(tuple(row.split())) == refused


def test_every_form_of_a_kept_verb_counts_also_without_a_base_form_and_beside_another_verb_of_the_same():
    kept = KeptVerbs([Verb([(), ("went",)]), ("hang", "hung"), ("hang", "hanged")])
    assert all(kept.refuse(row) for row in (("vend", "went"), ("hing", "hung"), ("hanger", "hanged")))


def test_no_invented_english_verb_holds_one_that_models_are_measured_on():
    config = TrainConfig(data="large", invented=1.0)
    measured = {row[0]: row for name in MEASURED for row in read_paradigms(name).rows}
    *_, invented = read_verbs(config)[1]
    ends = ((row, measured.get(row[0][start:])) for row in invented for start in range(len(row[0])))
    assert len(invented) > 100_000 and [row for row, other in ends if other and contains(row, other)] == []
    assert all_spellings(measured.values()).isdisjoint(all_spellings(invented))
