"""The other views of the latent page: ways, sums and health; and all views of any model."""

import re
import shutil
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from cvae.core.config import ModelConfig, TrainConfig
from cvae.core.settings import ROOT
from cvae.data.paradigms import parse_paradigms
from cvae.data.verbs import VerbSet
from cvae.data.vocabulary import ENGLISH_FORMS, Vocabulary
from cvae.evaluation.arithmetic import expect_sum
from cvae.evaluation.diagnostics import Health
from cvae.inference.decoding import Form
from cvae.model.checkpoint import CheckpointInfo, read_info
from cvae.training.collapse import FAR
from pages.latent import arithmetic, health, layout, parts
from tests.app import (
    SMALL,
    captions_of,
    html_of,
    map_of,
    opened,
    save_claiming,
    save_untrained,
    sentences_of,
    visit,
    words_of,
)

VIEWS = ["Map", "Between", "Arithmetic", "Health"]


# Between


def test_both_ways_lead_from_the_one_verb_to_the_other(claims_four_verbs):
    app = visit("latent", latent_view="Between", start="walked", end="sing", steps="5", tense="simple past")
    words = words_of(app)
    assert len(words) == 10
    ends = [words_of(visit("latent", verb=verb))[3] for verb in ("walk", "sing")]
    assert words[:2] == [ends[0]] * 2 and words[-2:] == [ends[1]] * 2
    assert html_of(app).count("◂ new") == html_of(app).count('class="flip"')
    table = opened(app, "between").dataframe[0].value
    assert list(table["straight"]) == words[::2] and list(table["spherical"]) == words[1::2]


def test_from_a_verb_to_itself_nothing_flips(claims_four_verbs):
    for plane in ("through the verbs", "of the map"):
        app = visit("latent", latent_view="Between", start="sing", end="sang", **{"plane-verbs": plane})
        assert len(set(words_of(app))) == 1
        assert "the straight line the word never changes. Along the arc the word never changes." in captions_of(app)


# Arithmetic


def test_a_minus_a_plus_c_is_c(claims_four_verbs):
    app = visit("latent", latent_view="Arithmetic", a="walk", b="walk", c="sing")
    table = app.dataframe[0].value
    assert table["verb"][0] == "sing" and table["asked"][0] == "✓"
    assert [track["places"][0] for track in map_of(app)["tracks"]][1] == map_of(app)["tracks"][1]["places"][1]


def test_a_sum_says_what_one_would_expect_and_how_often_it_holds():
    app = visit("latent", latent_view="Arithmetic", a="walking", b="walk", c="go", checkpoint="classroom")
    assert "Expected: **going** ✓" in [text.value for text in app.markdown]
    shares = re.findall(r"([\d.]+)% \([\d.]+% to [\d.]+%\) of (\d+) sums", captions_of(app))
    assert [int(count) for _, count in shares] == [500, 500] and float(shares[0][0]) > 95
    assert not any(
        text.value.startswith("Expected") for text in visit("latent", latent_view="Arithmetic", c="blorf").markdown
    )


def test_a_sum_that_is_drawn_and_an_example_is_offered_once(monkeypatch):
    arithmetic._held.clear()
    monkeypatch.setattr(arithmetic, "beginning_sums", lambda atlas: [expect_sum(atlas, *arithmetic.EXAMPLES[0])] * 2)
    app = visit("latent", latent_view="Arithmetic", checkpoint="classroom")
    arithmetic._held.clear()
    offered = [button.key for button in app.button if button.key and button.key.startswith("example-")]
    assert offered and len(offered) == len({*offered})


def test_an_infinitive_in_a_sum_is_read_as_its_verb(claims_four_verbs):
    link = {"latent_view": "Arithmetic", "b": "stop", "c": "blorf"}
    assert words_of(visit("latent", a="to walk", **link)) == words_of(visit("latent", a="walk", **link))


def test_the_mean_of_one_verb_is_that_verb_and_of_none_a_sentence(claims_four_verbs):
    link = {"latent_view": "Arithmetic", "sum": "Mean of a set"}
    assert words_of(visit("latent", set="stopping, stop", **link)) == words_of(visit("latent", verb="stop"))
    [sentence] = sentences_of(visit("latent", set=" , ", **link))
    assert "between 1 and 50 verbs" in sentence
    [sentence] = sentences_of(visit("latent", set="walk " * 51, **link))
    assert "not 51" in sentence


# Health


def test_health_says_in_a_sentence_how_much_of_z_is_in_use(claims_four_verbs):
    app = visit("latent", latent_view="Health")
    text = "\n".join(markdown.value for markdown in app.markdown)
    assert re.search(r"of (the )?6 dimensions|All 6 dimensions", text)
    assert len(app.get("plotly_chart")) == 2 and "Mutual information" in [metric.label for metric in app.metric]
    table = opened(app, "kl").dataframe[0].value
    assert len(table) == 6 and list(table["KL in nats"]) == sorted(table["KL in nats"], reverse=True)


@pytest.mark.parametrize(("distance", "said"), [(FAR, "That is close"), (FAR + 0.1, "That is far")])
def test_what_is_far_from_the_prior_is_the_same_as_in_training(distance, said):
    measured = Health((7.0 + distance,), (True,), (0.0,), (1.0,), information=7.0, error=0.1, words=4908)
    info = CheckpointInfo(ModelConfig(), Vocabulary(), TrainConfig(), {}, {})
    assert said in health._explain(measured, info)


def test_a_collapsed_z_is_not_called_close():
    measured = Health((0.0,), (False,), (0.0,), (1.0,), information=0.0, error=0.1, words=4908)
    said = health._explain(measured, CheckpointInfo(ModelConfig(), Vocabulary(), TrainConfig(), {}, {}))
    assert "close" not in said and "writes much the same" in said


@pytest.mark.parametrize("link", [{"latent_view": "Health"}, {"colour": "prior and posteriors"}])
def test_what_becomes_of_draws_far_from_all_words_is_said_after_a_sleep_phase(models_folder, claims_four_verbs, link):
    note = "of all draws from N(0, I) decode to training verbs: in its sleep phase"
    assert note not in said_by(visit("latent", **link))
    shutil.copy(ROOT / "checkpoints" / "classroom.safetensors", models_folder)
    score = read_info(models_folder / "classroom.safetensors").scores["gaussian_score"]
    assert f"Still, {score:.0%} {note}" in said_by(visit("latent", checkpoint="classroom", **link))


@pytest.mark.parametrize(
    ("sleep", "score", "said"), [(1.0, 0.6, True), (1.0, 0.4, False), (0.0, 0.6, False), (1.0, None, False)]
)
def test_nothing_is_said_of_a_sleep_phase_that_did_not_fill_the_prior(sleep, score, said):
    info = CheckpointInfo(SMALL, Vocabulary(), TrainConfig(model=SMALL, sleep=sleep), scores={"gaussian_score": score})
    assert bool(parts.note_sleep(info)) is said


def test_verbs_that_were_encoded_before_the_first_visit_are_not_encoded_again(claims_four_verbs, monkeypatch):
    parts.warm("four")
    monkeypatch.setattr("pages.latent.parts.survey", None)
    assert not visit("latent").exception


def said_by(app: AppTest) -> str:
    return captions_of(app) + "".join(each.value for each in app.markdown)


# Any model


@pytest.mark.parametrize("view", VIEWS)
def test_every_chart_has_a_text_alternative_and_its_data(claims_four_verbs, view):
    app = visit("latent", latent_view=view)
    names = [chart.proto.alt for chart in app.get("plotly_chart")] or [map_of(app)["label"]]
    assert all(names)
    assert sum(expander.label == "Numbers and downloads" for expander in app.expander) == len(names)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("cell, latent", [("gru", 1), ("lstm", 5)])
def test_other_tenses_letters_and_widths_of_z_work(models_folder, tmp_path, view, cell, latent):
    file = tmp_path / "other.txt"
    file.write_text("# tenses: now then <b>soon</b>\nabba abbo abbe\nacca acco acce\nadda addo adde\n")
    save_claiming(
        models_folder / "other.safetensors", str(file), ModelConfig(cell=cell, embedding=8, hidden=16, latent=latent)
    )
    app = visit("latent", latent_view=view)
    assert not sentences_of(app)
    assert "<b>soon</b>" not in html_of(app)


@pytest.mark.parametrize("view", VIEWS)
def test_without_training_data_a_sentence_says_so(models_folder, view, monkeypatch):
    monkeypatch.setattr(layout, "LEAST", 10**6)  # thousands of verbs stand in
    for vocabulary, part in (
        (Vocabulary("ab", ("now", "then")), "There is no map"),
        (Vocabulary(tenses=ENGLISH_FORMS), "stand in"),
    ):
        save_untrained(models_folder / "orphan.safetensors", vocabulary)
        [sentence] = visit("latent", latent_view=view).info
        assert part in sentence.value


@pytest.mark.parametrize(
    ("rows", "english", "said"),
    [
        ([("go", "goes", "going", "went|goed")], True, "A verb of the training data"),
        ([("go", "goes", "going", "went|goed")], False, "A verb of the training data"),
        ([("be", "is", "being", "was")], True, "not trained on"),
        ([("be", "is", "being", "was")], False, "No verb of the training data"),
        ([], True, "is not known"),
    ],
)
def test_the_origin_of_decoded_forms_is_told_from_the_training_data(monkeypatch, rows, english, said):
    read = parse_paradigms("\n".join(map(" ".join, rows))).rows if rows else ()
    monkeypatch.setattr("pages.latent.parts.training_paradigms", lambda _: frozenset(read))
    opened = SimpleNamespace(info=None, model=SimpleNamespace(vocabulary=SimpleNamespace(is_english=english)))
    if not english:
        monkeypatch.setattr("cvae.inference.word_lists.real_paradigms", lambda _: VerbSet(()))
    assert said in parts.describe_origin(opened, [Form(text, 1.0, ()) for text in ("go", "goes", "going", "went")])


@pytest.mark.parametrize(
    ("view", "name", "place"), [("Map", "p", 3), ("Arithmetic", "p", 3), ("Between", "spherical 2", 5)]
)
def test_the_letters_of_a_decoded_word_can_be_chosen_in_every_view(claims_four_verbs, view, name, place):
    own = words_of(visit("latent", latent_view=view))
    respelled = words_of(visit("latent", latent_view=view, respelled=f"{name}|x"))
    assert respelled[place].startswith("x") and not own[place].startswith("x")
    assert [word for i, word in enumerate(respelled) if i != place] == [w for i, w in enumerate(own) if i != place]


# The shipped models


def test_the_shipped_model_takes_a_verb_away_and_comes_back():
    assert words_of(visit("latent", latent_view="Arithmetic", a="stop", b="stop", c="come"))[0] == "come"


def test_the_shipped_model_leads_from_walk_to_sing():
    words = words_of(visit("latent", latent_view="Between", start="walk", end="sing"))
    assert words[0] == "walk" and words[-1] == "sing"
