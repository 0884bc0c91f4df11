"""Data files are read as a user would want, or refused with the line and a sentence."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvae.core.errors import BadData
from cvae.data.paradigms import parse_paradigms, read_paradigms, write_paradigms
from cvae.data.verbs import MISSING, Paradigms, Verb, all_spellings, as_cells, spellings
from cvae.data.vocabulary import ENGLISH_ALPHABET, MAX_LETTERS, Vocabulary

english_words = st.text(ENGLISH_ALPHABET, min_size=1, max_size=MAX_LETTERS)
english_rows = st.lists(st.tuples(*[english_words] * 4), min_size=1, max_size=20)


@st.composite
def other_paradigms(draw):
    alphabet = "".join(draw(st.sets(st.sampled_from("abcçdeéèfgñoößəωяшкат'-"), min_size=1)))
    tenses = draw(st.lists(st.text("abcXYZéя0-9", min_size=1, max_size=8), min_size=2, max_size=8, unique=True))
    word = st.text(alphabet, min_size=1, max_size=MAX_LETTERS).filter(lambda text: text not in MISSING)
    cell = st.lists(word, max_size=3, unique=True)
    row = st.tuples(*[cell] * len(tenses)).filter(lambda cells: sum(map(bool, cells)) > 1)
    rows = (
        draw(st.lists(row, min_size=1, max_size=8))
        if alphabet != "-"
        else [[["-" * (i + 2)] for i in range(len(tenses))]]
    )
    return Paradigms(tuple(map(Verb, rows)), Vocabulary(alphabet, tuple(tenses)))


@given(english_rows)
def test_what_is_written_is_read_back(rows):
    paradigms = Paradigms(tuple(rows), Vocabulary())
    assert parse_paradigms(write_paradigms(paradigms)) == paradigms


@given(other_paradigms())
def test_other_tenses_letters_spellings_and_missing_forms_are_read_back(paradigms):
    again = parse_paradigms(write_paradigms(paradigms))
    assert again == paradigms
    assert [as_cells(row) for row in again.rows] == [as_cells(row) for row in paradigms.rows]
    assert again.fingerprint() == paradigms.fingerprint()


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        assert len(parse_paradigms(text)) > 0
    except BadData as error:
        assert str(error)


def test_separators_blank_lines_capitals_comments_and_windows_ends_are_read():
    text = "# verbs\r\n\r\nWalk walks  walking\twalked\r\nbe,is,being,was\r\n"
    assert parse_paradigms(text).rows == (("walk", "walks", "walking", "walked"), ("be", "is", "being", "was"))


def test_the_first_spelling_of_a_cell_stands_for_it_and_all_are_known():
    [verb] = parse_paradigms("travel travels traveling|travelling traveled|travelled|traveled").rows
    assert verb == ("travel", "travels", "traveling", "traveled")
    assert spellings(verb, 3) == ("traveled", "travelled") and spellings(verb, 0) == ("travel",)
    assert all_spellings([verb]) == {"travel", "travels", "traveling", "travelling", "traveled", "travelled"}


@pytest.mark.parametrize(
    "line", ["beware - - bewared", "beware,,,bewared", "beware; ; -; bewared;", "beware\t\t \tbewared\t"]
)
def test_a_form_that_a_verb_has_not_is_a_hyphen_or_an_empty_cell(line):
    [verb] = parse_paradigms(line).rows
    assert verb == ("beware", "", "", "bewared") and spellings(verb, 1) == ()


@pytest.mark.parametrize(
    ("line", "verb"),
    [
        ("walk\twalks\twalking\t", ("walk", "walks", "walking", "")),
        ("walk\twalks\t\t", ("walk", "walks", "", "")),
        ("\t\twalking\twalked", ("", "", "walking", "walked")),
        ("\twalk\twalks\twalking\twalked", ("walk", "walks", "walking", "walked")),
        ("\twalk walks walking walked\t", ("walk", "walks", "walking", "walked")),
    ],
)
def test_an_outer_cell_between_tabs_may_be_empty(line, verb):
    assert parse_paradigms(line).rows == (verb,)


def test_a_verb_in_other_tenses_keeps_its_spellings_and_lacks_what_the_file_lacks():
    paradigms = parse_paradigms("learn learns learning learned|learnt")
    five = paradigms.in_tenses(("p", "pp", "sp"))
    assert five.rows == (("learned", "", "learn"),) and five.vocabulary.tenses == ("p", "pp", "sp")
    assert spellings(five.rows[0], 0) == ("learned", "learnt") and spellings(five.rows[0], 1) == ()
    assert paradigms.in_tenses(paradigms.vocabulary.tenses) is paradigms


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda verb: pickle.loads(pickle.dumps(verb))])
def test_a_verb_is_sent_to_another_process_with_its_spellings(again):
    verb = Verb([["learn"], [], ["learned", "learnt"]])
    assert again(verb) == verb and again(verb).cells == verb.cells


def test_a_byte_order_mark_is_no_letter(tmp_path):
    path = tmp_path / "verbs.txt"
    path.write_bytes(b"\xef\xbb\xbfwalk walks walking walked\n")
    assert read_paradigms(path).rows == (("walk", "walks", "walking", "walked"),)


def test_the_alphabet_of_a_headed_file_is_what_occurs():
    paradigms = parse_paradigms("# tenses: infinitif présent\nété étés\nêtre es\n")
    assert paradigms.vocabulary == Vocabulary("erstéê", ("infinitif", "présent"))


@pytest.mark.parametrize("alphabet", ["ABab", "A B a b"])
def test_tenses_and_alphabet_stand_in_any_order_and_the_alphabet_keeps_its_capitals(alphabet):
    for header in (f"# tenses: x y\n# alphabet: {alphabet}", f"# alphabet: {alphabet}\n# tenses: x y"):
        assert parse_paradigms(f"{header}\nAb ab\n").vocabulary == Vocabulary("ABab", ("x", "y"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("walk walks walking walked\nbe is being\n", r"Line 2: 3 columns, but 4 are needed \(sp, tp, pg, p\)"),
        ("walk\n", "Line 1: 1 column, but 4"),
        (
            "\n\nwalk walks wa1king walked\n",
            r"Line 3: “1” is not in the alphabet of this file \(a–z\): leave it out, or",
        ),
        ("walk walks walking wälked\n", "Line 1: “ä”"),
        (f"walk walks walking {'a' * 33}\n", "Line 1: This is too long"),
        ("walk - - -\n", "Line 1: A verb needs at least two forms"),
        ("walk walks walking walked|\n", r"Line 1: A spelling is empty: write it, or leave out the \| beside it\."),
        ("walk up\twalks\twalking\twalked\n", "Line 1: “␣” is not in the alphabet of this file"),
        ("walk walks walking walk\ue000\n", r"Line 1: The character U\+E000 is not in the alphabet of this file"),
        ("# tenses: a b a\nx y z\n", r"The header can't be used\. Two tenses are named “a”: rename one of them\."),
        ("", "There is no verb"),
        ("\n# only a comment\n", "There is no verb"),
        ("walk walks walking walked\n# tenses: a b\n", "Line 2: the header “tenses” must come before"),
        ("# tenses: one\nwalk\n", "Give 2 to 256 different tense names"),
        ("# tenses: a b\n# alphabet: ab\nab cd\n", "Line 3: “c” is not"),
        ("# tenses: a b\n# alphabet: a|b\nab ab\n", "can't be part of an alphabet"),
    ],
)
def test_bad_files_are_refused_with_the_line(text, message):
    with pytest.raises(BadData, match=message):
        parse_paradigms(text)


def test_the_line_of_the_error_can_be_asked_for():
    with pytest.raises(BadData) as refusal:
        parse_paradigms("walk walks walking walked\nx\n")
    assert refusal.value.line == 2


def test_missing_foreign_and_huge_files_are_refused(tmp_path, monkeypatch):
    with pytest.raises(BadData, match="can't be read"):
        read_paradigms(tmp_path / "none.txt")
    with pytest.raises(BadData, match="can't be read: File name too long"):
        read_paradigms("x" * 300)
    latin = tmp_path / "latin.txt"
    latin.write_bytes("été\n".encode("latin-1"))
    with pytest.raises(BadData, match="not UTF-8"):
        read_paradigms(latin)
    monkeypatch.setattr("cvae.data.paradigms.MAX_BYTES", 3)
    with pytest.raises(BadData, match="larger than"):
        read_paradigms(latin)


def test_the_fingerprint_tells_data_apart():
    rows = (("a", "b"), ("c", "d"))
    vocabulary = Vocabulary("abcd", ("x", "y"))
    first = Paradigms(rows, vocabulary).fingerprint()
    assert first == Paradigms(rows, vocabulary).fingerprint()
    assert first != Paradigms(rows[::-1], vocabulary).fingerprint()
    assert first != Paradigms(rows, Vocabulary("abcd", ("x", "z"))).fingerprint()
