"""What a table may mean that it does not say: it is asked for in a sentence, and never learned in silence."""

import io

import openpyxl
import pytest

from cvae.core.errors import BadConfig, BadData, UnknownCharacter
from cvae.data.paradigms import parse_paradigms
from cvae.data.tables import decode_text
from cvae.data.user_table import read_user_table
from cvae.data.vocabulary import Vocabulary
from cvae.data.word_table import read_words
from cvae.inference.tables import read_request


def problems(text):
    return [problem.text for problem in read_user_table(text.encode()).problems]


def refusal(text):
    with pytest.raises(BadData) as refused:
        read_user_table(text.encode())
    return str(refused.value)


@pytest.mark.parametrize(
    ("row", "cell", "sign"),
    [
        ('learn,"learned, learnt"', "learned, learnt", ","),
        ("learn,learned;learnt", "learned;learnt", ";"),
        ("learn,learned (learnt)", "learned (learnt)", "("),
        ("learn,learned~learnt", "learned~learnt", "~"),
        ("burn,burned*", "burned*", "*"),
        ("خطّ,كتب، خطّ", "كتب، خطّ", "،"),
    ],
)
def test_other_ways_to_write_spellings_are_named_and_not_learned(row, cell, sign):
    why = f"“{cell}” holds “{sign}”: separate spellings by |, and leave out any other marks."
    assert problems(f"base,past\nwalk,walked\nstop,stopped\n{row}\n") == [why]


def test_a_sign_that_the_alphabet_names_is_a_letter():
    assert read_user_table(b"# alphabet: a b *\nbase,past\nab,*b\n").paradigms.rows == (("ab", "*b"),)
    assert parse_paradigms("# tenses: a b\n# alphabet: a b *\nab *b\n").rows == (("ab", "*b"),)
    with pytest.raises(BadData, match=r"Line 2: “\*” is not in the alphabet of this file \(bdenru\)"):
        parse_paradigms("# tenses: base past\nburn burned*\n")


def test_a_right_answer_in_another_notation_is_an_error_and_not_wrong():
    request = read_request({"word": "learn", "to": "p", "gold": "learned;learnt"}, Vocabulary())
    assert request.error.startswith("“learned;learnt” holds “;”: separate spellings by |")
    assert not read_request({"word": "learn", "to": "p", "gold": "learned|learnt"}, Vocabulary()).error


@pytest.mark.parametrize("text", ["walk\nstop\n", "base|past\nwalk|walked\n", "past\nwalked\n"])
def test_a_single_column_asks_for_two_forms(text):
    assert refusal(text).startswith("Each row needs at least two forms, separated by commas")


@pytest.mark.parametrize("text", [b"base,past\ngo,went\n", b"# tenses: base past\ngo,went\n"])
def test_a_single_column_of_many_is_too_few(text):
    with pytest.raises(BadData, match=r"^Choose at least two columns\.$"):
        read_user_table(text, chosen=("past",))


def test_a_long_list_of_names_is_cut_and_counted():
    names = [f"t{i}" for i in range(300)]
    first = ", ".join(names[:12])
    found = read_user_table(f"# tenses: {' '.join(names)}\nab,ba\n".encode())
    left_out = ", ".join(names[2:14])
    assert f"Columns left out, because they hold no forms: {left_out} and 286 more." in found.notes
    assert f"The first row names the columns: {first} and 288 more." in read_user_table(
        f"{','.join(names)}\n{','.join(['ab'] * 300)}\n".encode(), header=True
    ).notes  # fmt: skip
    assert read_words(f"word,{','.join(names)}\nwalk\n").notes[-1] == f"Columns left out: {first} and 288 more."
    with pytest.raises(BadData, match=r"t11 and 244 more\)\.$"):
        parse_paradigms(f"# tenses: {' '.join(names[:256])}\nab ba\n")


@pytest.mark.parametrize(
    ("alphabet", "why"),
    [
        ("aab", "“a” is in the alphabet twice: leave one of them out."),
        ("".join(chr(0x4E00 + i) for i in range(400)), "An alphabet has 1 to 256 letters; this one has 400."),
        ("a|b", "The character U+007C can't be part of an alphabet: use printable signs, accents composed."),
    ],
)
def test_a_wrong_alphabet_is_not_blamed_on_the_columns(alphabet, why):
    assert refusal(f"# alphabet: {alphabet}\nbase,past\nab,ba\n") == f"The line “# alphabet:” can't be used. {why}"


def test_names_that_were_given_in_a_line_are_looked_for_there():
    assert refusal("# tenses: past\nab,ba\n").startswith("The line “# tenses:” can't be used. Give 2 to 256")


def test_a_letter_outside_a_named_alphabet_is_to_be_added_to_it():
    [why] = problems("# alphabet: ab\nbase,past\nab,ba\nab,bc\n")
    assert why == "“c” in “bc” is not in the alphabet of this table: add it to the line “# alphabet:”, or leave it out."


def test_comments_are_counted():
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in (["base", "past"], ["go", "went"], ["#N/A", "walked"]):
        book.active.append(row)
    book.save(file)
    for content in (file.getvalue(), b"base,past\ngo,went\n#N/A,walked\n"):
        assert "Comments, which begin with #, are left out: 1 line." in read_user_table(content).notes
    assert not any("Comments" in note for note in read_user_table(b"#base,past\ngo,went\n").notes)


def test_names_that_differ_only_by_case_are_one_name():
    assert refusal("Base,base\nwalk,walked\n") == "Two columns are named “Base” and “base”: rename one of them."


def test_a_lone_mark_is_quoted_on_a_dotted_circle():
    with pytest.raises(UnknownCharacter, match="“◌\u0301” is not in this model’s alphabet"):
        Vocabulary().check("x\u0301")
    assert Vocabulary("ax\u0301", ("a", "b")).describe_alphabet() == "ax◌\u0301"


@pytest.mark.parametrize("sign", ["\x07", "\0", "\ue000"])
def test_a_sign_that_nobody_sees_is_named_by_its_code_point(sign):
    why = f"The character U+{ord(sign):04X} in “wa\ufffdlk” can't be a letter."
    assert problems(f"base,past\nwa{sign}lk,walked\ngo,went\n") == [why]
    with pytest.raises(BadConfig, match=rf"^The character U\+{ord(sign):04X} can't be part"):
        Vocabulary(f"a{sign}")


def test_a_second_byte_order_mark_is_passed_over():
    found = read_user_table("\ufeff\ufeffbase,past\ngo,went\n".encode())
    assert "The first row names the columns: base, past." in found.notes


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1", "a picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture"),
        (b"PK\x05\x06" + b"\0" * 18, "a ZIP archive or a damaged Excel workbook"),
        (b"{\\rtf1\\ansi walk walked}", "an RTF document"),
        (b'{"base":"walk","past":"walked"}\n', "JSON"),
        (b'[\n  {"base": "walk"}\n]\n', "JSON"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html>\n<table>", "HTML or XML"),
        (b"<HTML><body>", "HTML or XML"),
        (b'<?xml version="1.0"?>', "HTML or XML"),
        (b"SQLite format 3\0\x10\0", "an SQLite database"),
    ],
)
def test_a_file_of_another_kind_is_called_what_it_is(content, what):
    with pytest.raises(BadData, match=f"^a.csv is not a table but {what}: "):
        decode_text(content, "a.csv")


@pytest.mark.parametrize(
    "text",
    ["word,to,note\nwalk,p,hello\n", "word,from,to\nwalk,sp,p\n", "Verb;To\nwalk;past\n", "walk,p\ngo,tp\n"],
)
def test_a_list_of_words_to_convert_is_not_learned(text):
    assert refusal(text).startswith("This is a list of words to convert")
    assert read_words(text).rows[0]["to"] in ("p", "past")
