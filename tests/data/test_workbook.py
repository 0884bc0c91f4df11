import io
import re
import zipfile

import openpyxl
import pytest

from cvae.cluster.word_files import read_word_file
from cvae.core.errors import BadData
from cvae.data.tables import decode_text
from cvae.data.user_table import read_user_table
from cvae.data.word_table import read_words

SHEET = "xl/worksheets/sheet1.xml"
ROWS = [["base", "past", "class"], ["gehen", "ging", 7], [None, None, None], ["look up", "looked\nup", 1.5]]


def workbook(*sheets, hidden=()):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for i, rows in enumerate(sheets):
        sheet = book.create_sheet()
        sheet.sheet_state = "hidden" if i in hidden else "visible"
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_part(content, name, change):
    """The workbook with one of its parts changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
    return file.getvalue()


def test_the_first_sheet_that_can_be_seen_is_read():
    content = workbook([["hidden", "notes"]], ROWS, [["another", "sheet"]], hidden=[0])
    assert decode_text(content, "a.xlsx") == "base\tpast\tclass\ngehen\tging\t7\n\nlook up\tlooked up\t1.5\n"


def test_the_forms_of_a_workbook_are_learned_and_their_lines_are_those_of_the_sheet():
    found = read_user_table(workbook([row[:2] for row in ROWS]))
    assert found.header and found.paradigms.rows == (("gehen", "ging"), ("look up", "looked up"))
    assert found.lines == (2, 4) and found.notes[0] == "The first sheet of the workbook is read."


def test_a_workbook_of_words_is_converted_like_a_list(tmp_path):
    content = workbook([["word", "to"], ["walk", "past"], ["go", "past"]])
    expected = [{"word": "walk", "to": "past"}, {"word": "go", "to": "past"}]
    assert list(read_words(decode_text(content, "a.xlsx")).rows) == expected
    for name in ("words.xlsx", "words.table"):  # recognised by its content, whatever it is called
        (path := tmp_path / name).write_bytes(content)
        assert list(read_word_file(path)) == expected


def test_a_word_file_of_another_kind_is_refused_by_its_kind(tmp_path):
    (path := tmp_path / "words.csv").write_bytes(b"%PDF-1.7 \xff")
    with pytest.raises(BadData, match="is not a table but a PDF document"):
        list(read_word_file(path))


def test_a_formula_gives_the_value_that_was_saved_with_it():
    def save(xml):
        return re.sub(rb'<c r="B2">(<f>.*?</f>)<v ?/>', rb'<c r="B2" t="str">\1<v>walked</v>', xml)

    content = with_part(workbook([["base", "past"], ["walk", '=A2&"ed"']]), SHEET, save)
    assert read_user_table(content).paradigms.rows == (("walk", "walked"),)


FAR = b'<row r="%d"><c r="XFD%d" t="inlineStr"><is><t>x</t></is></c></row>'
LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (i + 1, b"&l%d;" % i * 10) for i in range(9))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda xml: xml[: len(xml) // 2], "is a damaged Excel workbook"),
        (lambda xml: b"", "is a damaged Excel workbook"),
        (lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b" " * (17 * 2**20)), "over 16 MB unpacked"),
        (
            lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b"".join(FAR % (i, i) for i in range(9, 200))),
            "over 2,000,000 cells",
        ),
        (
            lambda xml: b'<!DOCTYPE x [<!ENTITY l0 "lol">' + LAUGHS + b"]>" + xml.replace(b"gehen", b"&l9;"),
            "is a damaged Excel workbook",
        ),
    ],
    ids=["cut off", "empty", "a bomb", "cells far away", "entities in entities"],
)
def test_a_workbook_made_to_do_harm_is_refused_with_a_sentence(change, message):
    with pytest.raises(BadData, match=message):
        decode_text(with_part(workbook(ROWS), SHEET, change), "This file")


def test_the_size_that_a_sheet_claims_costs_nothing():
    claim = with_part(
        workbook(ROWS), SHEET, lambda xml: xml.replace(b'<dimension ref="A1:C4"', b'<dimension ref="A1:XFD1048576"')
    )
    assert decode_text(claim, "a.xlsx") == decode_text(workbook(ROWS), "a.xlsx")
