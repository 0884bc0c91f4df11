"""The theory page as its readers meet it, from the router on."""

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from cvae.core.config import ModelConfig
from cvae.data.vocabulary import Vocabulary
from cvae.model.objective import gaussian_kl
from pages.theory.sources import excerpt
from tests.app import save_untrained, sentences_of
from tests.app import visit as open_page

SECTIONS = {
    "Objective": ["elbo", "reconstruction", "bound"],
    "KL divergence": ["kl"],
    "Reparameterization": ["reparameterize", "parts of z"],
    "One word": ["ids", "heads", "spell"],
    "Teacher forcing": ["shift", "forcing", "forcing ratio"],
    "Collapse": ["kept"],
    "KL annealing": ["kl weight"],
    "Tense leak": [],
    "Free bits": ["free bits"],
    "Papers": [],
}
"""Each section with the code that it shows."""
ORDER = (
    "objective",
    "kl",
    "reparameterization",
    "word",
    "forcing",
    "collapse",
    "annealing",
    "leak",
    "free-bits",
    "papers",
)
SMALL = ModelConfig(cell="gru", embedding=8, hidden=16, latent=3)


def visit(section: str = "Objective", **query: str) -> AppTest:
    """The page as opened by a link."""
    return open_page("theory", section=section, **query)


def metrics_of(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def number(text: str) -> float:
    return float(re.match(r"[−-]?[\d.]+", text)[0].replace("−", "-"))


def traces_of(app: AppTest, index: int = 0) -> list[dict]:
    return json.loads(app.get("plotly_chart")[index].proto.spec)["data"]


def rows_of(app: AppTest, table: str) -> list[list[list[str]]]:
    """The cells of the tables of one kind."""
    html = "\n".join(element.proto.body for element in app.get("html"))
    tables = re.findall(rf'<table role="table" class="numbers {table}">(.*?)</table>', html)
    cell = re.compile(r"<t[hd](?: [^>]*)?>(?:<small>)?(.*?)(?:</small>)?</t[hd]>")
    return [[cell.findall(row) for row in table.split("</tr>")[:-1]] for table in tables]


def test_a_reader_goes_through_all_sections_with_one_button():
    app, read = visit(), []
    for _ in ORDER:
        assert not app.exception and not sentences_of(app)
        read.append(app.pills(key="section").value)
        for button in [button for button in app.button if button.key == "next"]:
            button.click().run()
    assert read == list(ORDER) and "next" not in [button.key for button in app.button]


def test_every_section_is_looked_at():
    assert visit().pills(key="section").options == list(SECTIONS)


@pytest.mark.parametrize("section, names", SECTIONS.items())
def test_each_section_has_its_formulas_and_the_code_that_computes_them(section, names):
    app = visit(section)
    assert len(app.header) == 1
    assert [block.value for block in app.code] == [excerpt(name).code for name in names]
    assert app.latex or section in ("One word", "Papers")
    charts = app.get("plotly_chart")
    assert all(chart.proto.alt for chart in charts)
    assert bool(charts) == (section not in ("One word", "Papers"))


def test_the_elbo_and_the_gap_are_log_p_and_the_button_closes_the_gap():
    app = visit(**{"q-mu": "-1.5", "q-sigma": "0.4"})
    shown = metrics_of(app)
    assert shown["ELBO + gap"] == shown["log p(x)"] and number(shown["Gap"]) > 1
    app.button(key="q-true").click().run()
    after = metrics_of(app)
    assert after["log p(x)"] == shown["log p(x)"]
    assert number(after["Gap"]) < 0.002 and app.slider(key="q-mu").value == 0.9


def test_draws_agree_with_the_closed_form_and_more_draws_more_closely():
    app = visit("KL divergence", mu="2.0", sigma="0.25", draws="100")
    few = metrics_of(app)
    assert number(few["Closed form"]) == pytest.approx(gaussian_kl(2.0, 0.25), abs=1e-4)
    app.select_slider(key="draws").set_value(100_000).run()
    many = metrics_of(app)
    assert many["Closed form"] == few["Closed form"] != many["Monte Carlo"]
    assert abs(number(many["Monte Carlo"]) - number(many["Closed form"])) < 0.02
    assert number(many["Difference"]) < 4
    table = app.dataframe[-1].value
    assert table.iloc[0, 3] == "none"
    assert all("not what draws give" in cell for cell in table.iloc[1:, 3])


def test_a_gaussian_like_the_prior_costs_nothing():
    shown = metrics_of(visit("KL divergence", mu="0.0", sigma="1.0"))
    assert shown == {
        "Closed form": "0.0000 nats",
        "Monte Carlo": "0.0000 ± 0.0000",
        "Difference": "0.0 standard errors",
    }


def test_the_gaussian_is_kept_from_one_section_to_the_next():
    app = visit("KL divergence", mu="-1.0", sigma="2.0")
    app.button(key="next").click().run()
    assert app.slider(key="mu").value == -1.0 and app.slider(key="sigma").value == 2.0
    assert number(metrics_of(app)["Measured in 20,000 draws"]) == pytest.approx(1.63, abs=0.03)


def test_a_word_is_followed_from_letters_to_letters():
    app = visit("One word")
    app.text_input(key="example").input("bring").run()
    [ids] = rows_of(app, "ids")
    assert ids[0] == ["Letter", *"bring", "EOS"] and ids[1][-1] == "2"
    [spelled] = rows_of(app, "spelled")
    assert spelled[1][1:] == [*"brought", "EOS"] and spelled[0][1] == "SOS"
    [dimensions] = rows_of(app, "dimensions")
    kls = [float(row[3]) for row in dimensions[1:]]
    assert len(kls) == 8 and kls == sorted(kls, reverse=True)
    assert all(row[1] == row[5] and row[4] == "0.00" for row in dimensions[1:])
    shown = metrics_of(app)
    assert number(shown["Sum (β = 1)"]) == pytest.approx(
        number(shown["Reconstruction loss"]) + number(shown["KL"]), abs=0.002
    )
    app.segmented_control(key="z-is").set_value("draw").run()
    [drawn] = rows_of(app, "dimensions")
    assert [row[1:4] for row in drawn] == [row[1:4] for row in dimensions] and drawn != dimensions


def test_nonsense_words_get_a_sentence():
    for section, key in (("One word", "example"), ("Teacher forcing", "truth")):
        [sentence] = sentences_of(visit(section, **{key: "w4lk"}))
        assert "“4” is not in this model’s alphabet" in sentence


@pytest.mark.parametrize(("section", "key"), [("One word", "example"), ("Teacher forcing", "taught")])
def test_an_infinitive_is_read_as_its_verb(section, key):
    one, other = (visit(section, **{key: text}) for text in ("to walk", "walk"))
    assert not sentences_of(one) and rows_of(one, "spelled") == rows_of(other, "spelled") != []


def test_a_letter_of_its_own_leads_the_decoder_astray():
    app = visit("Teacher forcing", truth="tuk")  # which no model writes
    forced, own = rows_of(app, "spelled")
    written = "".join(own[1][1:-1])
    assert forced[1][1:] == [*"tuk", "EOS"] and own[1][-1] == "EOS"
    assert any(f"“{written}” instead of “tuk”: at step" in caption.value for caption in app.caption)
    app.text_input(key="truth").input(written).run()
    assert any("no letter of its own" in caption.value for caption in app.caption)


@pytest.mark.parametrize(
    "query, true", [({}, "took"), ({"taught": "weave"}, "wove"), ({"taught-tense": "present progressive"}, "taking")]
)
def test_the_true_form_is_that_of_the_word_lists_until_one_is_typed(query, true):
    app = open_page("theory", section="Teacher forcing", checkpoint="open-vocabulary", **query)
    forced, _ = rows_of(app, "spelled")
    assert "".join(forced[1][1:-1]) == true
    assert any("no letter of its own" in caption.value for caption in app.caption)


def test_a_form_that_no_list_has_is_not_taken_from_the_model():
    app = open_page("theory", section="Teacher forcing", checkpoint="open-vocabulary", taught="blorf")
    assert len(rows_of(app, "spelled")) == 1
    assert any("No true form of “blorf” is known" in caption.value for caption in app.caption)
    app.text_input(key="truth").input("blorfed").run()
    assert len(rows_of(app, "spelled")) == 2


def test_a_higher_price_leaves_fewer_directions():
    app = visit("Collapse")
    assert metrics_of(app)["Directions kept"] == "3 of 6"
    app.select_slider(key="price").set_value(10.0).run()
    assert metrics_of(app) == {"KL": "0.00 nats", "Directions kept": "0 of 6"}
    assert set(traces_of(app)[0]["text"]) == {"collapsed"}


def test_a_schedule_is_drawn_with_its_parameters_and_kept_in_the_link():
    app = visit("KL annealing", **{"kl-kind": "cyclical", "kl-cycles": "2", "kl-maximum": "0.5"})
    x, y = (values_of(traces_of(app)[0][axis]) for axis in "xy")
    assert max(y) == 0.5 and sum(value == 0 for value in y) == 2
    assert (x[0], x[-1]) == (0, 100)
    app.segmented_control(key="kl-kind").set_value("constant").run()
    assert set(values_of(traces_of(app)[0]["y"])) == {0.5}
    assert app.slider(key="kl-cycles").disabled
    again = visit("KL annealing", **{"kl-kind": "constant", "kl-maximum": "0.5"})
    assert values_of(traces_of(again)[0]["y"]) == values_of(traces_of(app)[0]["y"])


def values_of(values) -> list[float]:
    assert isinstance(values, list)
    return values


def test_links_lead_to_the_pages_that_the_app_has():
    for section, page, query in (
        ("Collapse", "latent", "latent_view=Health"),
        ("KL annealing", "curves", "experiment="),
        ("Teacher forcing", "curves", "experiment="),
    ):
        [link] = visit(section).get("page_link")
        assert link.proto.page == page and query in link.proto.query_string


def test_free_bits_charge_every_dimension_at_least_the_floor():
    app = visit("Free bits", floor="0.0")
    shown = metrics_of(app)
    assert shown["KL"] == shown["Cost with the floor"] and shown["Under the floor"] == "0 of 128"
    app.slider(key="floor").set_value(1.0).run()
    assert number(metrics_of(app)["Cost with the floor"]) > 10


def test_without_a_model_the_formulas_are_still_there(models_folder):
    for section in ("Objective", "KL divergence", "Collapse", "KL annealing"):
        assert not sentences_of(visit(section))
    [sentence] = sentences_of(visit("One word"))
    assert "There is no model" in sentence


def test_other_letters_and_tenses_work(models_folder):
    vocabulary = Vocabulary("aceghiknostu", ("now", "<b>then</b>"))
    save_untrained(models_folder / "other.safetensors", vocabulary, config=SMALL)
    for section in ("One word", "Teacher forcing", "Free bits"):
        app = visit(section)
        assert not sentences_of(app)
        assert "<b>then" not in "\n".join(element.proto.body for element in app.get("html"))


def test_the_tense_leak_is_seen_in_a_recorded_run():
    app = visit("Tense leak")
    shares, weight = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    rebuilt, converted = [trace for trace in shares["data"] if trace.get("mode", "").startswith("lines")]
    early = rebuilt["x"].index(35)
    assert rebuilt["y"][early] > 0.9 and converted["y"][early] < 0.2
    assert max(weight["data"][0]["y"]) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("section", "kind", "key", "values", "query"),
    [
        ("Teacher forcing", "segmented_control", "tf-kind", ["constant", "stepwise"], {}),
        ("Teacher forcing", "slider", "tf-start", [0.8, 0.2], {}),
        ("Teacher forcing", "slider", "tf-end", [0.0, 1.0], {}),
        ("Teacher forcing", "slider", "tf-steps", [2, 10], {"tf-kind": "stepwise"}),
        ("KL annealing", "slider", "kl-rising", [0.25, 1.0], {}),
        ("KL annealing", "segmented_control", "kl-ramp", ["cosine", "sigmoid"], {}),
    ],
)
def test_every_setting_of_a_schedule_changes_its_line(section, kind, key, values, query):
    app = visit(section, **query)
    drawn = [traces_of(app)]
    for value in values:
        getattr(app, kind)(key=key).set_value(value).run()
        assert not app.exception and traces_of(app) not in drawn
        drawn.append(traces_of(app))


def test_a_word_is_written_in_the_tense_that_is_chosen():
    app = visit("One word", example="walk")
    spelled = set()
    for tense, title in (("tp", "third person"), ("pg", "present progressive"), ("p", "simple past")):
        app.selectbox(key="write-as").set_value(tense).run()
        assert not app.exception and f"the tense ({title})" in " ".join(each.value for each in app.markdown)
        spelled.add("".join(rows_of(app, "spelled")[0][1][1:-1]))
    assert spelled == {"walks", "walking", "walked"}
