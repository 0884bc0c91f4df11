"""Tables as people have them: the smallest input of each kind, and what it must be read as."""

import unicodedata

import pyarrow as pa
import pytest
from pyarrow.parquet import write_table

from cvae.cluster.word_files import read_word_file
from cvae.core.config import TrainConfig
from cvae.core.errors import BadData, UnknownCharacter
from cvae.data.paradigms import parse_paradigms, read_text
from cvae.data.tables import decode_text, read_sheet
from cvae.data.user_table import read_user_table, suggested_settings
from cvae.data.verbs import VerbSet, spellings
from cvae.data.vocabulary import ENGLISH_TENSES, Vocabulary
from cvae.data.word_table import read_words


def read(text, **choices):
    found = read_user_table(text if isinstance(text, bytes) else text.encode(), **choices)
    assert parse_paradigms(found.text) == found.paradigms
    assert parse_paradigms(found.text).fingerprint() == found.paradigms.fingerprint()  # other spellings, too
    return found


def rows(text, **choices):
    return read(text, **choices).paradigms.rows


def test_a_letter_of_two_characters_comes_back_from_the_alphabet_as_two():
    found = read("base,past\nx\u0301,z\n").paradigms
    assert found.rows == (("x\u0301", "z"),) and set(found.vocabulary.alphabet) == {"x", "\u0301", "z"}
    assert found.vocabulary.check("X\u0301") == "x\u0301"


DUTCH = "werken,werkt,werkte,gewerkt\nmaken,maakt,maakte,gemaakt\n"


@pytest.mark.parametrize("first", ["", "zijn,is,was,geweest\n", "lopen,loopt,liep,gelopen\n"])
def test_names_in_another_language_are_names_and_verbs_are_verbs(first):
    named = read(f"infinitief,tegenwoordig,verleden,deelwoord\n{first}{DUTCH}")
    assert named.header and named.paradigms.vocabulary.tenses[0] == "infinitief"
    assert not read(first + DUTCH).header and len(rows(first + DUTCH)) == len(named.paradigms)


@pytest.mark.parametrize("names", ["VB,VBZ,VBG,VBD", "sp,tp,pg,p", "Simple Present,third person,present_progressive,P"])
def test_english_tenses_have_their_usual_names(names):
    assert read(f"{names}\ngo,goes,going,went\n").paradigms.vocabulary == Vocabulary()


def test_columns_stand_in_any_order():
    assert rows("sp,p,tp,pg\ngo,went,goes,going\n") == (("go", "goes", "going", "went"),)


@pytest.mark.parametrize("text", [",base,past\n0,go,went\n1,do,did\n", "id;base;past;note\n7;go;went;x\n8;do;did;\n"])
def test_an_index_and_a_note_are_named_and_left_out(text):
    found = read(text)
    assert found.paradigms.rows == (("go", "went"), ("do", "did")) and "left out" in " ".join(found.notes)


@pytest.mark.parametrize("numbers", ["0,53;0,1", "12%;7%", "-3.2;8", "1,234,567;12", "2024-01-01;2024-02-01", "5;-"])
@pytest.mark.parametrize("names", ["", "machen;machte;{}\n", "bilden;bildete;hh\n"])
def test_a_column_without_letters_holds_no_forms(numbers, names):
    one, other = numbers.split(";")
    found = read(f"{names.format(one)}hören;hörte;{one}\nsagen;sagte;{other}\n")
    assert found.header == ("hh" in names) and len(found.columns) == 2
    assert len(found.paradigms) == 2 + ("machen" in names) and "left out" in " ".join(found.notes)


def test_marks_alone_are_letters_and_a_missing_number_is_no_name():
    assert rows("x;y\n\u0301;\u0300\n") == (("\u0301", "\u0300"),)
    assert rows("machen;machte;-\nhören;hörte;7\n") == (("machen", "machte"), ("hören", "hörte"))


def test_spaces_hyphens_and_apostrophes_inside_a_form_are_letters():
    found = read("a,b\naufhören,hört  auf\nco-locate,don't\nl·l,ta³⁵\nབོད་ཡིག,گفته\u200cاند\n")
    assert found.problems == () and found.paradigms.rows[0] == ("aufhören", "hört auf")
    assert found.paradigms.vocabulary.check(" hört auf ") == "hört auf"


@pytest.mark.parametrize("text", ["a,b\n\u200ewa\u00adlk,walked\n", "a,\u200fb\nwalk,walked\n"])
def test_invisible_signs_are_dropped_and_told(text):
    found = read(text)
    assert found.paradigms.rows == (("walk", "walked"),) and "Invisible" in found.notes[-1]
    assert found.columns == ("a", "b")


@pytest.mark.parametrize("row", ["\u200fالماضي,المضارع", "زمان\u200cحال,گذشته"])
def test_names_lose_marks_of_direction_and_keep_joiners(row):
    names = tuple(row.replace("\u200f", "").split(","))
    assert read(f"{row}\nكتب,يكتب\n", header=True).paradigms.vocabulary.tenses == names
    assert parse_paradigms(f"# tenses: {row}\nكتب,يكتب\n").vocabulary.tenses == names


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_in_names_are_composed(form):
    text = unicodedata.normalize(form, "présent,prétérit,à part\nparler,parla,x\nchanter,chanta,y\n")
    found = read(text)
    assert found.header and found.paradigms.vocabulary.tenses == ("présent", "prétérit", "à part")
    for name in ("présent", unicodedata.normalize("NFD", "présent")):
        assert read(text, chosen=("prétérit", name)).chosen == ("présent", "prétérit")
        assert found.paradigms.vocabulary.tense(name) == 0
    with pytest.raises(BadData, match="Two tenses are named “présent”"):
        read(f"présent,{unicodedata.normalize('NFD', 'présent')}\nva,alla\n", header=True)


def test_turkish_has_two_letters_i():
    assert rows("a,b\nİÇMEK,kıl\nISIRMAK,x\n") == (("içmek", "kıl"), ("ısırmak", "x"))
    assert Vocabulary("ıirs", ("a", "b")).check("ISİR") == "ısir"


def test_the_typed_letter_is_quoted_not_an_invisible_part_of_it():
    with pytest.raises(UnknownCharacter, match="“ç” is not"):
        Vocabulary().check("İç")


def test_a_greek_word_ends_in_its_final_sigma():
    assert rows("a,b\nΛΥΣ,ΛΥΣΩ\n") == (("λυς", "λυσω"),)


def test_capitals_are_kept_by_choice():
    assert rows("a,b\nHaus,Häuser\n") == (("haus", "häuser"),)
    found = read("a,b\nHaus,Häuser\n", capitals=True).paradigms
    assert found.rows == (("Haus", "Häuser"),) and found.vocabulary.check("Haus") == "Haus"


def test_hangul_is_spelled_by_its_letters():
    korean = "".join(f"{chr(0xAC00 + 28 * i)}다,{chr(0xAC00 + 28 * i + 20)}다\n" for i in range(390))
    found = read("a,b\n" + korean)
    assert found.problems == () and len(found.paradigms) == 390 and len(found.paradigms.vocabulary.alphabet) < 60


def test_triples_of_lemma_form_and_features_become_a_table():
    found = read("go\twent\tV;PST\ngo\tgoing\tV;V.PTCP;PRS\ndo\tdid\tV;PST\ndo\tdoing\tV;V.PTCP;PRS\n")
    assert found.columns == ("lemma", "V;PST", "V;V.PTCP;PRS") == found.paradigms.vocabulary.tenses
    assert found.paradigms.rows == (("go", "went", "going"), ("do", "did", "doing"))


@pytest.mark.parametrize("names", ["", "lemma\tform\tfeatures\n"])
def test_two_triples_are_enough_with_and_without_names(names):
    found = read(names + "go\twent\tV;PST\ngo\tgoing\tV;V.PTCP;PRS\n")
    assert found.header == bool(names) and found.paradigms.rows == (("go", "went", "going"),)


@pytest.mark.parametrize("names", ["", "lemma\tform\tfeatures\tsegmentation\n"])
def test_the_segments_behind_the_features_of_unimorph_are_left_out(names):
    found = read(names + "go\twent\tV;PST\t-\ngo\tgoing\tV;V.PTCP;PRS\tgo|ing\ndo\tdid\tV;PST\n")
    assert found.header == bool(names) and found.problems == ()
    assert found.columns == ("lemma", "V;PST", "V;V.PTCP;PRS")
    assert found.paradigms.rows == (("go", "went", "going"), ("do", "did", ""))


def test_the_names_of_triples_are_no_verb_and_rows_of_another_width_are_named():
    lines = [f"{verb}\t{verb}{end}\tV;{name}" for end, name in ("1A", "2B") for verb in "abcdefghij"]
    found = read("\n".join(["lemma\tform\tfeatures", *lines[:5], "go\twent", *lines[5:]]))
    assert found.header and found.columns == found.chosen == ("lemma", "V;A", "V;B") and len(found.paradigms) == 10
    [odd] = found.problems
    assert (odd.line, odd.text) == (7, "2 cells, but a row of triples has 3: lemma, form and features.")


def test_the_commonest_eight_columns_of_triples_are_chosen_and_others_offered():
    text = "".join(f"{verb}\t{verb}{i}\tV;{i};X\n" for verb in ("ga", "do") for i in range(12))
    found = read(text)
    assert len(found.columns) == 13 and len(found.paradigms.vocabulary.tenses) == 8
    assert rows(text, chosen=("lemma", "V;11;X")) == (("ga", "ga11"), ("do", "do11"))


def test_as_many_columns_are_read_as_are_chosen():
    names = [f"tense {letter}" for letter in "abcdefghijkl"]
    text = ",".join(names) + "\n" + ",".join(f"ga{letter}" for letter in "abcdefghijkl") + "\n"
    first = read(text, header=True)
    assert first.chosen == tuple(names[:8]) and "The first 8 of 12 columns are chosen." in first.notes
    assert read(text, header=True, chosen=[]) == first
    assert read(text, header=True, chosen=names[1:11], limited=False).chosen == tuple(names[1:11])
    assert read(text, header=True, chosen=None).chosen == tuple(names)


def cells(text):
    return [[spellings(row, tense) for tense in range(len(row))] for row in rows(text)]


@pytest.mark.parametrize(
    "text", ["a,b,c\npayer,paie/paye,\nx,y,z", "a b c\npayer paie|paye -\nx y z", "a;b;c\npayer;paie / paye;?\nx;y;z"]
)
def test_the_first_of_several_spellings_is_written_and_all_are_kept(text):
    assert rows(text)[0] == ("payer", "paie", "") and cells(text)[0] == [("payer",), ("paie", "paye"), ()]


@pytest.mark.parametrize("cell", ["", "-", "--", "–", "—", "n/a", "N/A", "NaN", "None", "?", "-/—"])
def test_a_verb_without_a_form_keeps_its_others(cell):
    assert rows(f"a,b,c\nsein,war,gewesen\npleuvoir,{cell},pleuvait\n")[1] == ("pleuvoir", "", "pleuvait")
    assert rows(f"a,b,c\nsein,war,gewesen\n{cell},pleut,pleuvait\n")[1] == ("", "pleut", "pleuvait")


def test_a_short_row_lacks_the_forms_at_its_end():
    assert rows("a,b,c\nsein,war,gewesen\npleuvoir,pleut\n")[1] == ("pleuvoir", "pleut", "")


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\nbase;past\ngo;went\n",
        "base,past,\ngo,went,\n",
        "#base,past\ngo,went\n",
        "base,past\r\ngo,went\r\n",
        "base,past\rgo,went\r",
        '"base","past"\n"go","went"\n',
        "\ufeffbase\tpast\ngo\twent\n",
        "base,past\ngo,went\n".encode("utf-16"),
        "base,past\ngo,went\n".encode("utf-32"),
    ],
)
def test_what_spreadsheets_write_is_read_as_they_read_it(text):
    found = read(text)
    assert found.header and found.paradigms.rows == (("go", "went"),)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("é,x\n".encode("cp1252"), "older encoding, such as Windows-1252"),
        (b"PK\x03\x04...", "a ZIP archive or a damaged Excel workbook"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        (b"%PDF-1.7", "a PDF document"),
        ("é,x\n".encode("utf-16")[:-1], "damaged"),
        ("ab,x\n".encode("utf-16-le"), "UTF-16 without a mark"),
    ],
)
def test_what_is_no_text_is_called_what_it_is(content, what):
    with pytest.raises(BadData, match=what):
        decode_text(content, "This file")


@pytest.mark.parametrize("mark", ["،", "؛", "，", "；", "、", "، "])
def test_commas_and_semicolons_of_other_scripts_separate_cells_and_words(mark):
    words = (("كتب", "يكتب"), ("درس", "يدرس"))
    text = "\n".join(map(mark.join, words))
    found = read(text, header=False)
    assert found.paradigms.rows == words and {"commas.", "semicolons."} & set(found.notes[0].split())
    assert parse_paradigms(f"# tenses: x{mark}y\n{text}").rows == words
    assert [row["word"] for row in read_words(text).rows] == ["كتب", "يكتب", "درس", "يدرس"]


def test_commas_of_other_scripts_stay_where_another_delimiter_is():
    assert rows("# alphabet: x y z ، ␣\na,b\nx، y,z\n") == (("x، y", "z"),)
    assert parse_paradigms("# tenses: a,b\n# alphabet: x،yz\nx،y,z\n").rows == (("x،y", "z"),)


def test_a_table_in_which_every_row_fails_gives_the_first_reasons():
    with pytest.raises(BadData, match=r"No row of this table can be used\. Line 2: The character U\+0023"):
        read("a,b\nx#,y\n")


def test_an_open_quote_costs_its_own_row_only():
    sheet = read_sheet('a,b\ngo,"went\ndo,did\n')
    assert [row.cells for row in sheet.rows] == [("a", "b"), ("go", '"went'), ("do", "did")]


def test_an_open_quote_leaves_the_quoted_cells_of_other_rows_whole():
    sheet = read_sheet('a,b\n"go","we\nnt"\n"do,did\n"see",saw\n')
    assert [row.cells for row in sheet.rows] == [("a", "b"), ("go", "we\nnt"), ('"do', "did"), ("see", "saw")]
    assert [row.line for row in sheet.rows] == [1, 3, 4, 5]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("word,to,note\nwalk,p,hello\n", [{"word": "walk", "to": "p"}]),
        ("verb,past\nwalk,walked\n", [{"word": "walk"}]),
        ("word,target_tense\nwalk,p\n", [{"word": "walk", "to": "p"}]),
        ("word,to\nwalk,p\nwent\n", [{"word": "walk", "to": "p"}, {"word": "went", "to": ""}]),
        (",word\n0,walk\n", [{"word": "walk"}]),
        ("walk\nwent\n", [{"word": "walk"}, {"word": "went"}]),
        ("Words\nwalk\n", [{"word": "walk"}]),
        ("base\nwalk\n", [{"word": "base"}, {"word": "walk"}]),
        ("correct\nwalk\n", [{"word": "correct"}, {"word": "walk"}]),
        ("target\nsource\n", [{"word": "target"}, {"word": "source"}]),
        ("walk,simple past\ngo,VBG\n", [{"word": "walk", "to": "simple past"}, {"word": "go", "to": "VBG"}]),
        ("went;auto;sp\n", [{"word": "went", "from": "auto", "to": "sp"}]),
        ("walk,go,past\n", [{"word": "walk"}, {"word": "go"}, {"word": "past"}]),
        ("sep=;\nword;to\nwalk;p\n", [{"word": "walk", "to": "p"}]),
        ("word,from,to,answer,confidence,error\nwalk,sp,p,walked,0.9,\n", [{"word": "walk", "from": "sp", "to": "p"}]),
    ],
)  # fmt: skip
def test_lists_of_words_come_with_names_or_without(text, expected):
    assert list(read_words(text).rows) == expected


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("word\nwalk\n", ("The first row names the column: word.",)),
        ("word,to\nwalk,p\n", ("The first row names the columns: word, to.",)),
        ("form\nwalk\n", ()),
    ],
)
def test_a_row_that_is_taken_for_names_is_told(text, notes):
    assert read_words(text).notes == notes


def test_words_with_spaces_stand_one_a_line():
    assert [row["word"] for row in read_words("hört auf\ngeht", spaces=True).rows] == ["hört auf", "geht"]


@pytest.mark.parametrize("spaces", [False, True])
@pytest.mark.parametrize(
    "content",
    [
        "walk, stop\nsing;go\n", "walk stop\nbe", "walk\tstop\nbe\n", "sep=;\nwalk;stop\n", '"walk"\n"stop"\n', '"walk',
        "word,to\nwalk,p\n".encode("utf-16"), "walk\nstop".encode("utf-32"), "walk\nstop".encode("utf-16-le"),
        'word,to\n"walk,p\nstop,p\n', 'word,to\n"wa"lk,p\nstop,p\n', 'word,to\n"a\nb",p\n"walk\nx,y,z\n',
        "\n \n", "word\n", "word\n,,\n", "walk\rstop\r\nbe\r", "\ufeffwalk", "from,to\nwalk,p\n",
    ],
)  # fmt: skip
def test_a_list_is_read_alike_as_a_whole_and_row_by_row(tmp_path, content, spaces):
    (path := tmp_path / "words.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    readers = (lambda: read_words(read_text(path), spaces=spaces).rows, lambda: read_word_file(path, spaces))
    answers = []
    for read_all in readers:
        try:
            answers.append([*read_all()])
        except BadData as error:
            answers.append(str(error))
    assert answers[0] == answers[1]


def test_parquet_is_read_by_the_places_of_its_columns(tmp_path):
    cells = [pa.array([f"{column}{row}" for row in range(2)]) for column in range(4)]
    for names, place in ((["a", "a", "word", "note"], 2), (["note", "note", "note", "verb"], 3)):
        write_table(pa.table(cells, names=names), tmp_path / "words.parquet")
        assert [*read_word_file(tmp_path / "words.parquet")] == [{"word": f"{place}0"}, {"word": f"{place}1"}]


@pytest.mark.parametrize("name", ["simple past", "Simple Past", "P", "VBD", "past", "preterite"])
def test_a_tense_answers_to_its_usual_names(name):
    assert Vocabulary().tense(name) == ENGLISH_TENSES.index("p")


def test_a_paradigm_is_in_a_set_of_verbs_when_it_has_all_forms_that_one_of_them_has():
    verbs = VerbSet([("go", "went", ""), ("be", "was", "been")])
    assert ("go", "went", "anything") in verbs and ("be", "was", "been") in verbs
    assert ("go", "goed", "") not in verbs and ("be", "was", "gone") not in verbs


def test_tabs_separate_triples_however_many_commas_and_semicolons_their_features_have():
    found = read("go\tgoes\tV;IND;PRS;NOM(3,SG,X)\ngo\twent\tV;IND;PST;NOM(3,SG,X)\n")
    assert found.paradigms.rows == (("go", "goes", "went"),)
    every = "".join(f"ga\tga{i}\tV;{i};X\n" for i in range(12))
    assert len(read(every, chosen=None).paradigms.vocabulary.tenses) == 13


@pytest.mark.parametrize(
    ("verbs", "small", "heldout"), [(20, True, 0), (49, True, 0), (50, True, 0.1), (199, True, 0.1), (200, False, 0.1)]
)
def test_small_tables_get_other_settings_and_only_larger_ones_hold_verbs_out(verbs, small, heldout):
    settings = suggested_settings(verbs)
    assert ("batch_size" in settings) == small and settings["heldout"] == heldout
    assert TrainConfig().changed(settings).heldout == heldout


@pytest.mark.parametrize(
    ("verbs", "tenses", "hidden"), [(20, 64, 128), (20, 65, 256), (55, 141, 512), (200, 128, 256), (200, 256, 512)]
)
def test_the_tenses_take_half_of_the_suggested_hidden_size_at_most(verbs, tenses, hidden):
    assert TrainConfig().changed(suggested_settings(verbs, tenses)).model.hidden == hidden


@pytest.mark.parametrize("text", ["a,b\nΣ,Σ/Σ\n", "a,b\nx,y \u200c\n", "a,b\nb,c/\u200c d \u200d\n"])
def test_what_was_read_is_read_again_from_the_kept_table(text):
    for capitals in (False, True):
        read(text, capitals=capitals)
