"""The map of the latent page as its visitors meet it."""

import re
from threading import Lock

import pytest
import torch
from streamlit.testing.v1 import AppTest

from cvae.core.config import ModelConfig
from cvae.inference.projection import save_places
from pages.latent import layout
from tests.app import captions_of, map_of, opened, save_claiming, sentences_of, visit, words_of
from tests.processes import wait_until


def test_the_centre_is_decoded_first_and_a_typed_point_next(claims_four_verbs):
    app = visit("latent")
    assert len(words_of(app)) == 4
    assert "the other 4 of 6 components stay at the verbs’ mean" in captions_of(app)
    app.number_input(key="x").set_value(2.5).run()
    assert "z = mean + 2.50 u₁" in captions_of(app)


def test_a_found_verb_is_marked_zoomed_in_on_and_not_its_own_neighbour(claims_four_verbs):
    app = visit("latent")
    app.text_input(key="verb").input("Singing").run()
    assert "z of sing: the mean over its forms’ posterior means" in captions_of(app)
    assert map_of(app)["mark"]["flies"]
    near = [button.label for button in app.button if button.key.startswith("near-")]
    assert len(near) == 3 and not any(label.startswith("sing ") for label in near)


def test_what_stands_beside_the_map_can_be_kept_too(claims_four_verbs):
    for view, names in (("Map", ["Words", "Z", "Nearest verbs"]), ("Arithmetic", ["Words", "Nearest verbs"])):
        app = opened(visit("latent", latent_view=view), view.lower())
        labels = [button.proto.label for button in app.get("download_button")]
        assert labels == ["CSV", *(f"{name} as CSV" for name in names)]


def test_the_numbers_of_all_verbs_are_made_only_when_they_are_unfolded(claims_four_verbs, monkeypatch):
    monkeypatch.setattr("pages.latent.map._table", lambda *_: 1 / 0)
    assert words_of(visit("latent"))


def test_a_neighbour_is_one_click_away(claims_four_verbs):
    app = visit("latent", verb="sing")
    [button] = [button for button in app.button if button.label.startswith("walk ")]
    button.click().run()
    assert app.text_input(key="verb").value == "walk"
    assert "z of walk" in captions_of(app)


def test_an_unknown_word_is_placed_and_nonsense_gets_a_sentence(claims_four_verbs):
    assert "z of blorf, which is not on the map" in captions_of(visit("latent", verb="blorf"))
    [sentence] = sentences_of(visit("latent", verb="w4lk"))
    assert "“4” is not in this model’s alphabet" in sentence


def test_a_slider_moves_z_and_another_point_puts_it_back(claims_four_verbs):
    app = visit("latent", verb="sing")
    slider = app.slider[0]
    slider.set_value(2.0).run()
    dimension = slider.key[1:]
    assert f"+2.0 in dimension {dimension}" in captions_of(app)
    # z is elsewhere now, and sing a neighbour like any other
    assert any(button.label.startswith("sing ") for button in app.button)
    app.number_input(key="y").set_value(1.0).run()
    assert app.slider(key=slider.key).value == 0
    assert app.text_input(key="verb").value == ""


def test_reset_moves_every_slider_back(claims_four_verbs):
    app = visit("latent")
    assert app.button(key="back").disabled
    for slider in app.slider[:3]:
        slider.set_value(1.0)
    app.run()
    app.button(key="back").click().run()
    assert {slider.value for slider in app.slider} == {0.0}


def test_sliders_come_by_kl(claims_four_verbs):
    shares = [float(slider.label.split()[-2]) for slider in visit("latent").slider]
    assert shares == sorted(shares, reverse=True) and len(shares) == 6


def test_a_link_holds_the_whole_state(claims_four_verbs):
    link = {"x": "1.25", "y": "-0.5", "colour": "ending", "z1": "0.5", "plane": "PCA 3 and 4"}
    app, again = visit("latent", **link), visit("latent", **link)
    assert {name: app.query_params[name] for name in link} == link
    assert words_of(app) == words_of(again)
    assert "+0.5 in dimension 1" in captions_of(app)


def test_nonsense_in_a_link_falls_back(claims_four_verbs):
    app = visit("latent", x="1e9", y="north", colour="taste", plane="0", z0="77", latent_view="Nowhere")
    usual = visit("latent")
    for key in ("x", "y"):
        assert app.number_input(key=key).value == 0
    for key in ("colour", "plane"):
        assert app.selectbox(key=key).value == usual.selectbox(key=key).value
    assert [slider.value for slider in app.slider] == [slider.value for slider in usual.slider]


@pytest.mark.parametrize("colour", ["regular or irregular", "spelling rule", "ending", "first letter", "KL in nats"])
def test_every_colour_draws_every_verb(claims_four_verbs, colour):
    app = visit("latent", colour=colour)
    groups = map_of(app)["groups"]
    assert len(groups["of"]) == 4 and set(groups["of"]) == set(range(len(groups["names"])))
    assert len(groups["colours"]) == len(groups["names"])
    assert f"share its group ({colour}); by chance" in captions_of(app)


def test_the_map_opens_on_the_layout_that_keeps_most_neighbours(claims_four_verbs):
    app = visit("latent")
    kept = {}
    for plane in app.selectbox(key="plane").options:
        [said] = [text.help for text in visit("latent", plane=plane).caption if "are among" in text.help]
        kept[plane] = int(re.search(r"(\d+)% are among the 3 nearest", said)[1])
    assert kept[app.selectbox(key="plane").options[0]] == max(kept.values())


def test_the_density_view_draws_prior_and_posteriors_and_says_what_falls_between(claims_four_verbs):
    app = visit("latent", colour="prior and posteriors")
    assert [len(cloud["places"]) for cloud in map_of(app)["clouds"]] == [1000, 1000]
    assert re.search(r"Of 1,000 draws from N\(0, I\), \d+% fall between the verbs", captions_of(app))


def test_a_click_on_a_verb_goes_to_it_and_one_on_the_ground_to_the_plane(claims_four_verbs):
    def click_at(point):
        import streamlit as st

        from cvae.inference.latent import Atlas

        atlas = Atlas((("lie", "lied"), ("lie", "lay")), None, None)
        st.session_state.update({"verb": "old", "x": 0.0, "y": 0.0, "z3": 1.0})
        st.session_state["verb-map"] = {"picked": point}
        from pages.latent.map import _take_click

        _take_click(atlas)

    for point, expected in (
        ({"x": 0.1234, "y": -99.0, "verb": None}, ("", 0.123, -20.0, 0.0)),
        ({"x": 1.0, "y": 1.0, "verb": 1}, ("lay", 0.0, 0.0, 0.0)),
        (None, ("old", 0.0, 0.0, 1.0)),
    ):
        app = AppTest.from_function(click_at, kwargs={"point": point}).run()
        assert not app.exception
        assert tuple(app.session_state[name] for name in ("verb", "x", "y", "z3")) == expected


# t-SNE


@pytest.fixture
def mapped(claims_four_verbs, models_folder):
    """Place the four verbs of the model, in alphabetical order, at the corners of a square."""
    save_places(models_folder / "four.safetensors", torch.tensor([[-1.0, -1], [1, -1], [-1, 1], [1, 1]]))


def test_tsne_is_offered_only_where_it_was_computed_for_this_very_checkpoint(mapped, models_folder, four_verbs):
    assert "t-SNE" in visit("latent").selectbox(key="plane").options
    save_claiming(
        models_folder / "four.safetensors", str(four_verbs), ModelConfig(cell="gru", embedding=8, hidden=16, latent=3)
    )
    app = visit("latent", plane="t-SNE")
    assert "t-SNE" not in app.selectbox(key="plane").options
    assert "u₁" in captions_of(app)


def test_a_model_without_a_map_gets_one_in_the_background(claims_four_verbs, monkeypatch):
    monkeypatch.setattr(layout, "LEAST", 4)
    monkeypatch.setattr(layout, "ONE_AT_A_TIME", Lock())  # an earlier test may still be laying out thousands of verbs
    app = visit("latent")
    wait_until(lambda: "t-SNE" in app.run().selectbox(key="plane").options, pause=0.1)
    assert "will be offered as a layout" not in captions_of(visit("latent"))


def test_on_a_tsne_map_a_point_is_the_mean_of_the_verbs_around_it_and_they_are_named(mapped):
    app = visit("latent", plane="t-SNE", x="-1", y="-0.9")
    said = captions_of(app)
    assert "t-SNE has no way back to z" in said and "the mean of the 4 verbs nearest on the map" in said
    assert "count for more: be, " in said
    assert words_of(visit("latent", plane="t-SNE", x="-1", y="-1")) == words_of(visit("latent", verb="be"))


def test_on_a_tsne_map_a_verb_is_at_its_place_and_a_moved_one_elsewhere(mapped):
    app = visit("latent", plane="t-SNE", verb="sing")
    assert (app.number_input(key="x").value, app.number_input(key="y").value) == (1, -1)
    assert "at 1.00, -1.00" in map_of(app)["label"]
    app.slider[0].set_value(2.0).run()
    assert "Moved from there: +2.0" in captions_of(app)
    assert "at 1.00, -1.00" not in map_of(app)["label"]
    assert "drawn among the verbs nearest" in captions_of(visit("latent", plane="t-SNE", verb="blorf"))
