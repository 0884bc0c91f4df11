"""Many words at once, as visitors paste or upload them."""

import json

import pytest
import streamlit as st

from cvae.data.vocabulary import Vocabulary
from pages.convert.many import FEW
from pages.shared import visitor
from pages.shared.messages import plain
from tests.app import html_of, save_untrained, sentences_of, visit


def paste(app, text: str):
    app.text_area(key="pasted").input(text).run()
    assert not app.exception
    return app


def test_pasted_words_are_converted_and_bad_ones_are_named():
    app = paste(visit("convert", mode="Many words"), "walk, w4lk\nstopped")
    [sentence] = sentences_of(app)
    assert sentence.startswith("Row 2, “w4lk”: “4” is not")
    answers = app.dataframe[-1].value
    assert list(answers["simple past"]) == ["walked", "", "stopped"]


def test_an_example_with_gold_answers_is_one_click():
    app = visit("convert", mode="Many words")
    app.button(key="many-example").click().run()
    assert not sentences_of(app)
    assert [metric.label for metric in app.metric] == ["Exact match", "Right", "95% interval"]
    assert len(app.dataframe[-1].value) == 5
    assert "All 5 answers that have a gold form are right." in [caption.value for caption in app.caption]


def test_gold_answers_are_scored_and_errors_are_listed():
    app = paste(
        visit("convert", mode="Many words"), "word,to,gold\nwalk,p,walked\nstop,p,stoped\nshoot,p,shooted\nsing,,\n"
    )
    figures = {metric.label: metric.value for metric in app.metric}
    assert figures == {"Exact match": "33.3%", "Right": "1 of 3", "95% interval": "6.1% – 79.2%"}
    differing = next(table.value for table in app.dataframe if list(table.value.columns)[-2:] == ["answer", "gold"])
    assert list(differing["gold"]) == ["stoped", "shooted"]


def test_a_row_that_was_chosen_in_a_longer_table_makes_way_for_the_first(monkeypatch):
    app = paste(visit("convert", mode="Many words"), "walk stop sing")
    cell = {"selection": {"rows": [], "columns": [], "cells": [(2, "word")]}}
    monkeypatch.setattr("pages.convert.many._show_answers", lambda *_: cell["selection"]["cells"])
    assert "sang" in html_of(paste(app, "stop walk sing"))
    assert "walked" in html_of(paste(app, "walk stop"))


@pytest.mark.parametrize(
    "text, part",
    [
        ("walk " * 1_001, "This list has 1,001 rows: at most 1,000 can"),
        ("word,from\n", "no word in this list"),
        ("word,word\nwalk,walk", "Two columns are named “word”"),
    ],
)
def test_what_is_no_list_gets_one_sentence(text, part):
    app = paste(visit("convert", word="walk", mode="Many words"), text)
    [sentence] = sentences_of(app)
    assert part in sentence
    assert "✓ same" in html_of(app)  # the other tab goes on


def test_a_table_too_many_is_a_sentence_and_the_other_tab_goes_on(monkeypatch):
    monkeypatch.setenv("TENSE_LAB_TABLES", "1")
    monkeypatch.setattr(visitor, "MINUTE", 1e9)  # both tables come within it
    monkeypatch.setattr(type(st.context), "cookies", {visitor.COOKIE: "of one who converts much"})
    app = visit("convert", word="walk", mode="Many words")
    for prefix in ("ba", "be"):
        paste(app, " ".join(f"{prefix}{chr(97 + i)}" for i in range(FEW + 1)))
    [sentence] = sentences_of(app)
    assert "1 a minute" in sentence
    assert "✓ same" in html_of(app)


def test_names_of_tenses_are_text_where_a_column_is_explained(models_folder):
    save_untrained(models_folder / "open-vocabulary.safetensors", Vocabulary("abc", ("![p](x)", "past")))
    app = paste(visit("convert", mode="Many words"), "abc")
    [columns] = [table.proto.columns for table in app.dataframe if "auto, or" in table.proto.columns]
    assert json.loads(columns)["from"]["help"] == f"auto, or {plain('![p](x), past')}"


def test_an_uploaded_table_is_read_and_text_that_is_not_utf8_refused():
    app = visit("convert", mode="Many words")
    app.file_uploader(key="file").upload("words.csv", "word;to\nwalk;p\n".encode("utf-8-sig"), "text/csv").run()
    assert list(app.dataframe[-1].value["answer"]) == ["walked"]
    app.file_uploader(key="file").upload("words.csv", b"word\nna\xefve\n", "text/csv").run()
    assert "not UTF-8" in sentences_of(app)[0]


def test_a_short_row_is_read_and_one_of_too_many_cells_is_reported_in_its_place():
    app = paste(visit("convert", mode="Many words"), "word,from,to\nwalk,sp,p\ngo\ngo,sp,p,x\n")
    assert sentences_of(app)[0].startswith("Row 3, “go”: Line 4 has 4 cells, but there are 3 columns.")


def test_unknown_columns_are_named_and_left_out():
    app = paste(visit("convert", mode="Many words"), ",Verb,note,to\n0,walk,hello,Simple Past\n")
    assert list(app.dataframe[-1].value["answer"]) == ["walked"]
    assert "Columns left out: the index, note." in [caption.value for caption in app.caption][1]


def test_words_that_read_from_right_to_left_leave_the_order_of_a_sentence_as_it_is():
    app = paste(visit("convert", mode="Many words"), "كتب\nwalk")
    [sentence] = sentences_of(app)
    assert sentence.startswith("\u200eRow 1, “\u2068كتب\u2069”: “\u2068ك\u2069” is not")
    assert app.dataframe[-1].value["error"].iloc[0].startswith("\u200e“\u2068ك\u2069” is not")  # the cell, too


@pytest.mark.parametrize("word", ["كتب", "لم يكتب", "می\u200cروم", "כָּתַב"])
def test_words_are_isolated_one_by_one_and_those_of_one_form_together(word):
    isolated = f"\u2068{word}\u2069"
    assert plain(f"Columns: {word}, {word}.") == f"\u200eColumns: {isolated}, {isolated}."
