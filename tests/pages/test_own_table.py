"""A table of one's own on the train page: what was understood is shown, and can be turned round."""

import io

import pandas
from streamlit.testing.v1 import AppTest

from tests.processes import PATIENCE

TRIPLES = "".join(f"{verb}\t{verb}{i}\tV;{i};X\n" for verb in ("ga", "do") for i in range(12))


def page():
    from pages.train import data

    data._ask_for_table()


def upload(text):
    app = AppTest.from_function(page, default_timeout=PATIENCE).run()
    app.file_uploader(key="table").upload("verbs.tsv", text.encode(), "text/csv").run()
    assert not app.exception
    return app


def test_columns_of_triples_can_be_chosen():
    app = upload(TRIPLES)
    assert app.success[0].value.startswith("2 rows in 8 columns")
    app.multiselect[0].set_value(["lemma", "V;11;X"]).run()
    assert app.dataframe[0].value.to_dict("list") == {"lemma": ["ga", "do"], "V;11;X": ["ga11", "do11"]}


def test_the_guess_about_the_first_row_and_capitals_can_be_turned_round():
    app = upload("Haus,Häuser\nTag,Tage\n")
    assert "The first row is a verb." in app.caption[0].value and app.success[0].value.startswith("2 rows")
    app.toggle[0].set_value(True).run()
    assert app.dataframe[0].value.to_dict("list") == {"form 1": ["Haus", "Tag"], "form 2": ["Häuser", "Tage"]}
    app.segmented_control[0].set_value("Names").run()
    assert app.success[0].value.startswith("1 row in 2 columns") and list(app.dataframe[0].value) == ["Haus", "Häuser"]


def test_a_table_says_what_is_held_out_and_sets_what_suits_its_size():
    app = AppTest.from_function(data_tab, default_timeout=PATIENCE).run()
    app.segmented_control(key="data").set_value("data.txt").run()
    app.file_uploader(key="table").upload("verbs.csv", few(49), "text/csv").run()
    assert app.session_state["batch_size"] == 16 and app.session_state["verbs"] == 49
    assert any("None is held out: with fewer than 50" in caption.value for caption in app.caption)
    app.file_uploader(key="table").upload("verbs.csv", few(60), "text/csv").run()
    assert any("10% of them are held out" in caption.value for caption in app.caption)
    app.file_uploader(key="table").upload("verbs.csv", few(500), "text/csv").run()
    app.slider(key="verbs").set_value(100).run()
    assert any("100 verbs." in caption.value for caption in app.caption)
    assert not any("suit a small table" in caption.value for caption in app.caption)  # the table was not small
    assert not app.exception


def data_tab():
    from pages.train import data

    data.ask({"data": "train", "verbs": 120})


def few(count):
    rows = [f"{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(count)]
    return ("a,b\n" + "".join(f"{word},{word}te\n" for word in rows)).encode()


def test_missing_forms_and_other_spellings_are_shown():
    app = upload("a,b,c\npayer,paie/paye,-\nx,y,z\n")
    assert app.dataframe[0].value.to_dict("list") == {"a": ["payer", "x"], "b": ["paie | paye", "y"], "c": ["–", "z"]}


def test_a_workbook_is_uploaded_like_any_table():
    file = io.BytesIO()
    pandas.DataFrame({"base": ["gehen", "tun"], "past": ["ging", "tat"]}).to_excel(file, index=False)
    app = AppTest.from_function(page, default_timeout=PATIENCE).run()
    app.file_uploader(key="table").upload("verbs.xlsx", file.getvalue(), "application/zip").run()
    assert not app.exception and app.success[0].value.startswith("2 rows in 2 columns")
    assert "The first sheet of the workbook is read." in app.caption[0].value


def test_names_that_read_from_right_to_left_are_listed_in_their_order():
    app = upload("الماضي,المضارع\nكتب,يكتب\n")
    assert "names the columns: \u2068الماضي\u2069, \u2068المضارع\u2069." in app.caption[0].value


def test_a_row_left_out_is_explained_from_left_to_right():
    app = upload("# tenses: a b\n# alphabet: ك ت ب\nكتب كتب\nكتب سكت\n")
    [why] = app.dataframe[-1].value["why"]
    assert why.startswith("\u200e“\u2068س\u2069” in “\u2068سكت\u2069”")
