"""Data files are read as a user would want, or refused with the line and a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvae.core.errors import BadData
from cvae.data.paradigms import Paradigms, parse_paradigms, read_paradigms, write_paradigms
from cvae.data.vocabulary import ENGLISH_ALPHABET, MAX_LETTERS, Vocabulary

english_words = st.text(ENGLISH_ALPHABET, min_size=1, max_size=MAX_LETTERS)
english_rows = st.lists(st.tuples(*[english_words] * 4), min_size=1, max_size=20)


@st.composite
def other_paradigms(draw):
    alphabet = "".join(draw(st.sets(st.sampled_from("abcçdeéèfgñoößəωяшкат'-"), min_size=1)))
    tenses = draw(st.lists(st.text("abcXYZéя0-9", min_size=1, max_size=8), min_size=2, max_size=8, unique=True))
    word = st.text(alphabet, min_size=1, max_size=MAX_LETTERS)
    rows = draw(st.lists(st.tuples(*[word] * len(tenses)), min_size=1, max_size=8))
    return Paradigms(tuple(rows), Vocabulary(alphabet, tuple(tenses)))


@given(english_rows)
def test_what_is_written_is_read_back(rows):
    paradigms = Paradigms(tuple(rows), Vocabulary())
    assert parse_paradigms(write_paradigms(paradigms)) == paradigms


@given(other_paradigms())
def test_other_tenses_and_letters_are_read_back(paradigms):
    assert parse_paradigms(write_paradigms(paradigms)) == paradigms


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        assert len(parse_paradigms(text)) > 0
    except BadData as error:
        assert str(error)


def test_separators_blank_lines_capitals_comments_and_windows_ends():
    text = "# verbs\r\n\r\nWalk walks  walking\twalked\r\nbe,is,being,was\r\n"
    assert parse_paradigms(text).rows == (("walk", "walks", "walking", "walked"), ("be", "is", "being", "was"))


def test_a_byte_order_mark_is_no_letter(tmp_path):
    path = tmp_path / "verbs.txt"
    path.write_bytes(b"\xef\xbb\xbfwalk walks walking walked\n")
    assert read_paradigms(path).rows == (("walk", "walks", "walking", "walked"),)


def test_the_alphabet_of_a_headed_file_is_what_occurs():
    paradigms = parse_paradigms("# tenses: infinitif présent\nété étés\nêtre es\n")
    assert paradigms.vocabulary == Vocabulary("erstéê", ("infinitif", "présent"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("walk walks walking walked\nbe is being\n", r"Line 2: 3 columns, but 4 are needed \(sp tp pg p\)"),
        ("walk\n", "Line 1: 1 column, but 4"),
        ("\n\nwalk walks wa1king walked\n", "Line 3: “1” is not in this model's alphabet"),
        ("walk walks walking wälked\n", "Line 1: “ä”"),
        (f"walk walks walking {'a' * 33}\n", "Line 1: This is too long"),
        ("", "There is no verb"),
        ("\n# only a comment\n", "There is no verb"),
        ("walk walks walking walked\n# tenses: a b\n", "Line 2: the header “tenses” must come before"),
        ("# tenses: one\nwalk\n", "Give 2 to 8 different tense names"),
        ("# tenses: a b\n# alphabet: ab\nab cd\n", "Line 3: “c” is not"),
        ("# tenses: a b\nwa|k wa|ked\n", "'|' can't be part of an alphabet"),
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
