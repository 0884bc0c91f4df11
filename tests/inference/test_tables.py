"""Tables of words: every row that comes in goes out, in its place."""

import csv
import io

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cvae.core.config import ModelConfig
from cvae.core.errors import BadData
from cvae.core.files import harmless, write_table
from cvae.data.vocabulary import EOS, MAX_LETTERS, Vocabulary
from cvae.data.word_table import read_words
from cvae.inference.conversion import Conversion
from cvae.inference.decoding import Form
from cvae.inference.tables import (
    Answer,
    Request,
    convert_requests,
    count_right,
    read_request,
)
from cvae.model.cvae import build_model
from tests.conftest import read_requests, write_answers

ENGLISH, Z = Vocabulary(), torch.zeros(2)
MODEL = build_model(ModelConfig(embedding=8, hidden=16, latent=2), ENGLISH, 0).eval()


def convert_csv(text):
    answers = convert_requests(MODEL, read_requests(text, ENGLISH))
    return list(csv.DictReader(io.StringIO(write_answers(answers, ENGLISH))))


def refused(row):
    """Whether a row was not converted; one that was may still say that a word did not end."""
    assert row["error"] or row["confidence"]
    return not row["confidence"]


def test_words_alone_give_all_tenses():
    rows = convert_csv("word\nwalk\nwent\n")
    assert list(rows[0]) == ["word", "from", "to", "sp", "tp", "pg", "p", "confidence", "error"]
    assert [row["word"] for row in rows] == ["walk", "went"]
    assert all(row["from"] in ENGLISH.tenses and row["sp"] and row["confidence"] for row in rows)


def test_targets_give_one_answer():
    rows = convert_csv("word,from,to\nwalk,sp,p\nwent,auto,sp\n")
    assert list(rows[0]) == ["word", "from", "to", "answer", "confidence", "error"]
    assert rows[0]["from"] == "sp" and rows[0]["answer"]


def test_rows_with_and_without_target_share_a_table():
    rows = convert_csv("word,to\nwalk,p\nwent,\n")
    assert rows[0]["answer"] and not rows[0]["sp"]
    assert rows[1]["sp"] and not rows[1]["answer"] and rows[1]["to"] == "all"


def test_bad_rows_are_reported_in_their_place_and_none_is_lost():
    rows = convert_csv("word,from,to\nwalk,sp,p\nwa1k,,\n,,\nmust,,\nwalk,past,\nwalk\ngo,,future\ngo,,,,x\n")
    assert [row["word"] for row in rows] == ["walk", "wa1k", "must", "walk", "walk", "go", "go"]
    assert [refused(row) for row in rows] == [False, True, True, False, False, True, True]
    assert "“1”" in rows[1]["error"] and "modal" in rows[2]["error"] and "“future”" in rows[5]["error"]
    assert rows[3]["from"] == "p" and rows[6]["error"] == "Line 9 has 5 cells, but there are 3 columns."


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=40), max_size=8))
def test_as_many_rows_go_out_as_came_in(words):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["word"], *[[word or "x"] for word in words], ["walk"]])
    requests = read_requests(text.getvalue(), ENGLISH)
    given = [word or "x" for word in words if not word or word.strip()] + ["walk"]
    assert len(convert_csv(text.getvalue())) == len(requests) == len(given)


@pytest.mark.parametrize("text", ["", "\n", "word\n", "from,to\nwalk,p\n", "word,word\na,b\n"])
def test_wrong_tables_are_refused(text):
    with pytest.raises(BadData):
        read_requests(text, ENGLISH)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_no_cell_is_a_formula(cell):
    assert harmless(cell) == f"'{cell}"
    assert convert_csv(f"word\n{cell}\n")[0]["word"][0] not in "=+-@\t"


def test_a_table_has_no_formulas_and_keeps_its_numbers():
    assert write_table(["verb", "=x"], [("a", 1.5), ("=b", -2.0), ("", None)]) == "verb,'=x\na,1.5\n'=b,-2.0\n,\n"


def test_words_that_were_stopped_are_told_and_kept():
    endless, short = "a" * (MAX_LETTERS + 1), "b" * MAX_LETTERS
    forms = {tense: Form(endless, 0.1, (4,)) if tense == "p" else Form(short, 0.1, (EOS,)) for tense in ENGLISH.tenses}
    conversion = Conversion("walk", "sp", forms, Z, Z)
    answers = [Answer(Request("walk", "sp", target), conversion) for target in ("p", "tp", None)]
    assert [answer.error[:6] for answer in answers] == ["1 of 1", "", "1 of 4"]
    rows = list(csv.DictReader(io.StringIO(write_answers(answers, ENGLISH))))
    assert [row["error"] for row in rows] == [answer.error for answer in answers]
    assert rows[0]["answer"] == rows[2]["p"] == endless


def answered(word, target=None, gold=()):
    forms = {tense: Form(word + tense, 0.9, (EOS,)) for tense in ENGLISH.tenses}
    return Answer(Request(word, "sp", target, gold=gold), Conversion(word, "sp", forms, Z, Z))


def test_gold_answers_are_scored_to_the_letter():
    answers = [
        answered("a", "p", ("ap",)),
        answered("b", "p", ("bpp",)),
        answered("c", None, ("csp", "ctp", "cpg", "cp")),
        answered("d", "p"),
        Answer(Request("e1", error="bad", gold=("e",))),
        answered("f", None, ("fsp", "-", "fpg", "-")),
        answered("g", "p", ("-",)),
    ]
    assert [answer.right for answer in answers] == [True, False, True, None, None, True, None]
    assert count_right(answers) == (3, 4)
    rows = list(csv.DictReader(io.StringIO(write_answers(answers, ENGLISH))))
    assert [row["right"] for row in rows] == ["yes", "no", "yes", "", "", "yes", ""]
    assert rows[2]["gold"] == "csp ctp cpg cp"


def test_gold_must_fit_what_is_asked_for():
    rows = convert_csv("word,to,gold\nwalk,p,walked\nwalk,p,walked it\nwalk,,walked\nwalk,,walk walks walking walked\n")
    assert [refused(row) for row in rows] == [False, True, True, False]
    assert "separated by spaces" in rows[2]["error"]


@pytest.mark.parametrize(
    "text", ["walk went\nsing", "walk, went; sing", "word\nwalk\nwent\nsing", "to\tword\np\twalk\n\twent\nall\tsing"]
)
def test_words_come_as_a_list_or_as_a_table(text):
    assert [row["word"] for row in read_words(text).rows] == ["walk", "went", "sing"]


def test_semicolons_and_tabs_part_columns():
    assert read_requests("word;to\nwalk;p\n", ENGLISH) == [Request("walk", None, "p")]
    assert read_requests("word\tto\nwalk\tp\n", ENGLISH) == [Request("walk", None, "p")]


def test_too_many_words_are_refused():
    assert len(read_words("walk " * 1_000, 1_000).rows) == 1_000
    with pytest.raises(BadData, match="This list has 1,001 rows: at most 1,000 can be converted"):
        read_words("walk " * 1_001, 1_000)


@pytest.mark.parametrize("gold", ["hört auf", "hort an|hört auf", "hort an / Hört  auf", "hört auf/"])
def test_any_spelling_of_the_gold_column_is_right_spaces_and_all(gold):
    vocabulary = Vocabulary("adefhnortuö ", ("a", "b"))
    request = read_request({"word": "hören", "from": "a", "to": "b", "gold": gold}, vocabulary)
    form = Form("hört auf", 1.0, (EOS,))
    conversion = Conversion("hören", "a", {"a": form, "b": form}, Z, Z)
    assert not request.error and Answer(request, conversion).right


def test_capitals_of_the_gold_column_count_where_they_are_letters():
    vocabulary = Vocabulary("HTaegsu", ("a", "b"))
    request = read_request({"word": "Tag", "to": "b", "gold": "Tage"}, vocabulary)
    assert request.gold == ("Tage",)
