"""A visitor's table is checked row by row: what is good is used, what is not is named."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvae.core.errors import BadData
from cvae.data.columns import features_column, is_triple
from cvae.data.paradigms import parse_paradigms, read_paradigms
from cvae.data.tables import read_sheet
from cvae.data.user_table import SAMPLE, read_user_table
from cvae.data.vocabulary import ENGLISH_TENSES, Vocabulary

GERMAN = "Infinitiv;einfache Vergangenheit;Partizip\nhören;hörte;gehört\nsein;war;gewesen\n"


def read(text, header=None):
    return read_user_table(text.encode(), header)


def problems(text, header=None):
    return [(problem.line, problem.text) for problem in read(text, header).problems]


word = st.text("abc", min_size=1, max_size=3)
triple = st.tuples(word, word, st.sampled_from(["V;PST", "V;PRS", "V;V.PTCP;PRS"])).map("\t".join)
odd = st.sampled_from(["lemma\tform\tfeatures", "a", "a\tb", "a\tb\tV;PST\tc", "\tb\tV;PST"])


@st.composite
def triples(draw):
    """Lines of lemma, form and features, and two others among twenty of them."""
    lines = draw(st.lists(triple, min_size=20))
    for line in draw(st.lists(odd, max_size=2)):
        lines.insert(draw(st.integers(0, len(lines))), line)
    return "\n".join(lines)


@given(st.one_of(st.text(), triples()), st.sampled_from([None, True, False]))
def test_every_line_of_any_text_is_good_or_named_or_the_file_is_refused(text, header):
    try:
        found = read(text, header)
    except BadData as error:
        assert str(error)
        return
    sheet = read_sheet(text).rows
    rows = sheet[found.header :]
    place = features_column(sheet[header is True :])
    if place is not None:  # triples: the first of each lemma stands for all
        lemmas = {row.cells[0]: row.line for row in reversed(rows) if is_triple(row, place)}
        rows = [row for row in rows if not is_triple(row, place) or row.line in lemmas.values()]
    seen = [*found.lines, *(problem.line for problem in found.problems)]
    assert sorted(seen) == [row.line for row in rows]
    if found.paradigms:
        assert parse_paradigms(found.text) == found.paradigms
        assert parse_paradigms(found.text).fingerprint() == found.paradigms.fingerprint()


@pytest.mark.parametrize("mark", [" ", "  ", "\t", ",", ";", ", "])
def test_any_separator_gives_the_same_rows(mark):
    text = "\n".join(mark.join(row) for row in (("walk", "walks", "walking", "walked"), ("Be", "is", "being", "was")))
    found = read(f"{text}\r\n\n# a comment\n")
    assert found.paradigms.rows == (("walk", "walks", "walking", "walked"), ("be", "is", "being", "was"))
    assert found.paradigms.vocabulary == Vocabulary() and not found.header and found.lines == (1, 2)


def test_the_first_line_names_the_columns_spaces_and_all():
    found = read(GERMAN)
    assert found.header and found.paradigms.vocabulary.tenses == ("Infinitiv", "einfache Vergangenheit", "Partizip")
    assert found.preview(1) == (("hören", "hörte", "gehört"),)
    assert "ö" in found.paradigms.vocabulary.alphabet
    assert parse_paradigms(found.text) == found.paradigms


def test_a_column_of_forms_without_a_name_is_numbered_and_one_of_numbers_left_out():
    rows = [("walk", "walked", "walked"), ("go", "went", "gone")]
    indexed = "".join(f"{','.join(row)}\n" for row in [("", "past", "participle"), *rows])
    found = read(indexed)
    assert found.paradigms.vocabulary.tenses == ("form 1", "past", "participle") and found.preview(2) == (*rows,)
    assert not any("left out" in note for note in found.notes)
    counted = "".join(f"{','.join(row)}\n" for row in [("", "past", "participle"), ("0", "ate", "eaten")])
    assert read(counted).paradigms.vocabulary.tenses == ("past", "participle")


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("sp tp pg p\nwalk walks walking walked\n", True),
        ("walk walks walking walked\n", False),
        ("don't walks walking walked\nwalk walks walking walked\n", False),
        ("a b c d\nhören hört hörte gehört\n", True),
        ("infinitive past\nwalk walked\n", True),
        ("# tenses: infinitive past\nwalk walked\n", False),
        ("vb vbz vbg vbd\nwalk walks walking walked\n", True),
        ("past,past_perfect\nwalked,had walked\n", True),
        ("imparfait,parfait\nallait,alla\n", True),
        ("present,form2\nwalk,walked\n", True),
        ("note notes noting noted\nwalk walks walking walked\n", False),
        ("tag tags tagging tagged\nwalk walks walking walked\n", False),
        ("word words wording worded\nwalk walks walking walked\n", False),
        ("comment comments commenting commented\nwalk walks walking walked\n", False),
        ("count,counted\nwalk,walked\n", False),
        ("present,presented\nwalk,walked\n", False),
        ("be,was\nwalk,walked\nstop,stopped\n", False),
        ("go,went\nwalk,walked\nstop,stopped\n", False),
        ("ser,fui\nhablar,hablé\ncomer,comí\n", False),
        ("ser,soy,fui\nhablar,hablo,hablé\ncomer,como,comí\n", False),
        ("être,fut\nparler,parla\nfinir,finit\n", False),
        ("идти,шёл\nделать,делал\nзнать,знал\n", False),
        ("जाना,गया\nचलना,चला\nबोलना,बोला\n", False),
        ("gehen,ging,4\nmachen,machte,7\nsagen,sagte,9\n", False),
        ("brechen,brach,gebrochen\nmachen,machte,gemacht\nsagen,sagte,gesagt\n", False),
        ("ich,du,er\nmache,machst,macht\nsage,sagst,sagt\n", True),
        ("Jetzt,Einst\nmachen,machte\nsagen,sagte\n", True),
        ("Verb;Vergangenheit;Bedeutung\ngehen;ging;to go\nmachen;machte;to do\n", True),
        ("Verb;Vergangenheit;Plural\ngehen;ging;gingen\nmachen;machte;machten\n", True),
        ("V1,V2,V3\ngo,went,gone\nwalk,walked,walked\n", True),
        ("1,2\nwalk,walked\n", False),
    ],
)
def test_whether_the_first_line_names_the_columns_is_found_out(text, header):
    found = read(text)
    assert found.header == header and found.paradigms is not None


def test_whoever_knows_better_can_say_whether_there_are_names():
    text = "amo amas amat amamus\nmoneo mones monet monemus\n"
    assert read(text).paradigms.vocabulary.tenses == ENGLISH_TENSES
    assert read(text, True).paradigms.vocabulary.tenses == ("amo", "amas", "amat", "amamus")
    triples = "Wort\tBeugung\tMerkmal\ngo\twent\tV;PST\ngo\tgoes\tV;PRS\n"
    assert read(triples, True).paradigms.vocabulary.tenses == ("lemma", "V;PST", "V;PRS")


@pytest.mark.parametrize("text", [GERMAN, "lemma\tform\tfeatures\ngo\twent\tV;PST\n"])
def test_a_row_that_is_taken_for_names_is_quoted(text):
    names = ", ".join(re.split("[;\t]", text.splitlines()[0]))
    assert f"The first row names the columns: {names}." in read(text).notes


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("go,-,", "A verb needs at least two forms: otherwise there is nothing to convert."),
        ("go,went,gone,gone", "4 columns, but there are 3 (a, b, c)."),
        ("go,w#nt,gone", "The character U+0023 in “w#nt” can't be a letter."),
        (f"go,{'o' * 33},gone", "“ooooooooooooooooooooooooooooooooo” has 33 letters: a word has at most 32."),
        ("be,was,been", "This row repeats line 2."),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_kept(row, message):
    found = read(f"a,b,c\nbe,was,been\n{row}\ndo,did,done\n")
    assert [(problem.line, problem.text) for problem in found.problems] == [(3, message)]
    assert found.paradigms.rows == (("be", "was", "been"), ("do", "did", "done")) and found.lines == (2, 4)


def test_a_letter_outside_the_english_alphabet_asks_for_names():
    english = "".join(f"walk{c} walks{c} walking{c} walked{c}\n" for c in "abcdefghi")
    [(line, text)] = problems(f"{english}walk walks walking wälked\n", False)
    assert line == 10 and text == "“ä” in “wälked” is not in the alphabet of this table: name the columns first."


def test_the_letter_after_the_last_is_too_many():
    letters = [chr(0x4E00 + i) for i in range(257)]
    found = read("a b\n" + "".join(f"{letter} {letter}{letter}\n" for letter in letters))
    assert len(found.paradigms) == 256 == len(found.paradigms.vocabulary.alphabet)
    assert found.problems[0].line == 258 and "one letter too many" in found.problems[0].text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "There is no verb"),
        (b"x" * (2**20 + 1), "larger than 1 MB"),
        ("été va\n".encode("latin-1"), "not UTF-8"),
        (b"a b\n" + b"go went\n" * 5_001, "5,001 rows"),
        (b"a a\ngo went\n", "names of the columns can't be used. Two tenses are named “a”: rename one of them."),
        (b"a b c d e f g h i\n", "no verb below the names"),
        (b"PK\x03\x04", "a damaged Excel workbook"),
        ("a\tb".encode("utf-16-le"), "UTF-16 without a mark"),
        (b"all b\ngo went\n", "neither “all”"),
    ],
)
def test_what_is_wrong_with_the_whole_file_is_said_in_one_sentence(content, message):
    with pytest.raises(BadData, match=message):
        read_user_table(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a b\n" + b"go went\n" * 4, "This table has 4 rows: at most 3 can be trained on here."),
        (b"a b\n" + b"go went\n" * 6, "about 7 rows, but 3 is the most that can be trained on here"),
        (b"\n" * (2 * 2**20), "There is no verb in this file"),
        (b"\n" * (2 * 2**20 + 1), "larger than 2 MB"),
    ],
)
def test_an_installation_sets_how_large_a_table_may_be(monkeypatch, content, message):
    monkeypatch.setenv("TENSE_LAB_TRAINING_ROWS", "3")
    monkeypatch.setenv("TENSE_LAB_TABLE_MB", "2")
    with pytest.raises(BadData, match=message):
        read_user_table(content)


def test_a_table_without_a_good_row_has_no_text():
    found = read("a b\nx#1 2\n")
    assert found.paradigms is None and found.preview() == () and len(found.problems) == 1
    with pytest.raises(BadData, match=r"No row of this table can be used\. Line 2: The character U\+0023"):
        _ = found.text


def test_a_file_of_the_library_reads_the_same_here():
    for name in ("train", SAMPLE):
        paradigms = read_paradigms(name)
        found = read(f"# tenses: {', '.join(paradigms.vocabulary.tenses)}\n" + "\n".join(map(" ".join, paradigms.rows)))
        assert found.paradigms.rows == paradigms.rows and found.problems == ()


def test_the_german_sample_has_umlauts_and_both_kinds_of_verbs():
    paradigms = read_paradigms(SAMPLE)
    assert paradigms.vocabulary.tenses == ("Infinitiv", "Präsens", "Präteritum", "Partizip")
    assert set("äöüß") < set(paradigms.vocabulary.alphabet) and 120 <= len(paradigms) <= 160
    assert len(set(paradigms.rows)) == len(paradigms)
    weak = [row for row in paradigms.rows if row[2].endswith("te")]
    assert len(paradigms) / 4 < len(weak) < 3 * len(paradigms) / 4
    assert ("gehen", "geht", "ging", "gegangen") in paradigms.rows
