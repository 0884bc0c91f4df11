"""Invented verbs have the endings of real ones, and stems of their own."""

from itertools import product

import pytest

from cvae.core.config import TrainConfig
from cvae.data.dataset import INVENTED, keep_data, load_training_data
from cvae.data.hallucination import common_stem, invent_verbs
from cvae.data.paradigms import read_paradigms
from cvae.data.verbs import Verb, all_spellings, spellings
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
    invented = invent_verbs(rows, 50, 3)
    assert invented == invent_verbs(rows, 50, 3) != invent_verbs(rows, 50, 4) and len(invented) == 50
    for verb in invented:
        stem = common_stem(verb)
        assert len(stem) >= 3 and all(stem in form for tense in range(3) for form in spellings(verb, tense))
        assert (verb[0].endswith("en") and verb[2].startswith("ge")) or (verb[1] == "" and len(verb.cells[2]) == 2)
        assert max(map(len, verb)) <= MAX_LETTERS


def test_without_a_stem_nothing_is_invented():
    assert invent_verbs([("go", "went"), ("am", "is")], 10, 0) == []


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
    assert forms & all_spellings(invent_verbs(data.paradigms.rows, INVENTED * len(data.paradigms), config.seed))
    [(words, _)] = data.extra
    letters = zip(data.table.letters[words], data.table.lengths[words], strict=True)
    assert forms.isdisjoint(data.paradigms.vocabulary.decode(row[:length].tolist()) for row, length in letters)
