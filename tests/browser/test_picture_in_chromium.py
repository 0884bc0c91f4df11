"""The picture of a model at work, in the app and as a static page; and the law that its letters are the library's."""

import base64
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from cvae.core.config import ModelConfig
from cvae.core.settings import ROOT
from cvae.data.paradigms import read_paradigms
from cvae.data.vocabulary import Vocabulary, isolated
from cvae.inference.conversion import convert
from cvae.inference.decoding import percent
from cvae.inference.word_lists import check_verb
from cvae.model.checkpoint import load_checkpoint
from cvae.web.export import export_page
from cvae.web.picture import read_script
from tests.app import ITALIAN, save_untrained
from tests.browser.server import settle

SHIPPED = sorted((ROOT / "checkpoints").rglob("*.safetensors"))
MODELS = [path for path in SHIPPED if path.parent.name != "maps"]
WORDS = {"open-vocabulary": 1000}
"""How many words are compared; of the other models OTHERS."""
OTHERS = 250
OPENED = """([weights, words]) => {
  const model = parseModel(Uint8Array.from(atob(weights), (letter) => letter.charCodeAt(0)).buffer);
  return words.map("""
ANSWERS = f"""{OPENED}([word, source, target]) => {{
    const {{ text, steps }} = model.decode(model.encode(model.check(word).ids, source).mean, target);
    return [text, steps.map(({{ probabilities }}) => Array.from(probabilities))];
  }});
}}"""
CHECKED = f"{OPENED}(word) => model.check(word).word ?? null); }}"


def words_of_all_lengths(count: int) -> list[tuple[str, int]]:
    """Real and invented verbs from the shortest to the longest, each with the number of its tense among the first."""
    rows = [row for name in ("large", "invented_regular") for row in read_paradigms(name).rows]
    words = sorted(
        ((form, tense) for row in rows for tense, form in enumerate(row[:4]) if form), key=lambda w: len(w[0])
    )
    return [words[int(place)] for place in np.linspace(0, len(words) - 1, count)]


def assert_same_letters(page: Page, path, words: list[tuple[str, int]]) -> None:
    model, _ = load_checkpoint(path)
    tenses = model.vocabulary.tenses
    targets = [i % len(tenses) for i in range(len(words))]
    page.add_script_tag(content=read_script("model"))
    asked = [[word, source, target] for (word, source), target in zip(words, targets, strict=True)]
    answers = page.evaluate(ANSWERS, [base64.b64encode(path.read_bytes()).decode(), asked])
    sources = [tenses[source] for _, source in words]
    conversions = convert(model, [word for word, _ in words], sources, keep_probabilities=True)
    assert len({len(word) for word, _ in words}) >= 10
    for (text, steps), conversion, target in zip(answers, conversions, targets, strict=True):
        form = conversion.forms[tenses[target]]
        assert text == form.text
        np.testing.assert_allclose(steps, form.probabilities, atol=1e-3)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_the_browser_writes_the_same_letters_as_the_library(browser, path):
    page = browser.new_page()
    assert_same_letters(page, path, words_of_all_lengths(WORDS.get(path.stem, OTHERS)))
    page.close()


@pytest.mark.parametrize("layers", [{}, {"film": 32}, {"mapping": 32}], ids=["plain", "film", "mapping"])
@pytest.mark.parametrize("every_step", [True, False])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_of_any_architecture_the_browser_writes_the_same_letters(browser, tmp_path, cell, every_step, layers):
    config = ModelConfig(
        cell=cell, embedding=8, hidden=24, latent=5, bidirectional=every_step, condition_every_step=every_step, **layers
    )
    save_untrained(tmp_path / "model.safetensors", config=config)
    page = browser.new_page()
    assert_same_letters(page, tmp_path / "model.safetensors", words_of_all_lengths(100))
    page.close()


def test_an_infinitive_is_read_as_in_the_library(browser, tmp_path):
    save_untrained(tmp_path / "english.safetensors")
    save_untrained(tmp_path / "italian.safetensors", ITALIAN)
    page, words = browser.new_page(), ["to walk", " To\twalk ", "to", "toast"]
    page.add_script_tag(content=read_script("model"))
    english, italian = (
        page.evaluate(CHECKED, [base64.b64encode((tmp_path / name).read_bytes()).decode(), words])
        for name in ("english.safetensors", "italian.safetensors")
    )
    assert english == [check_verb(word, Vocabulary()) for word in words] == ["walk", "walk", "to", "toast"]
    assert italian[:2] == [None, None]
    page.close()


def test_a_letter_by_itself_is_shown_as_in_the_library(browser):
    hangul = [chr(i) for i in (*range(0x1100, 0x1113), *range(0x1161, 0x1176), *range(0x11A8, 0x11C3))]
    letters, page = ["a", "\u05b0", "\u093f", "\u0301", "\u200c", "\u200d", *hangul], browser.new_page()
    page.add_script_tag(content=read_script("elements", "model", "picture"))
    assert page.evaluate("letters => letters.map(isolated)", letters) == [isolated(letter) for letter in letters]
    page.close()


def test_a_probability_is_written_as_in_the_library(browser):
    shares, page = [0.0, 0.0004, 0.0006, 0.25, 0.9994, 0.9996, 1.0], browser.new_page()
    page.add_script_tag(content=read_script("elements"))
    assert page.evaluate("shares => shares.map(percent)", shares) == [percent(share) for share in shares]
    page.close()


def form(page: Page, tense: str) -> Locator:
    return page.get_by_role("radio", name=re.compile(f"^{tense}"))


def written(page: Page) -> Locator:
    """The letters of the chosen form, with their shares."""
    return page.locator(".chip.written .letter")


@pytest.fixture
def inside(page) -> Page:
    """The picture of the default model with `went`, once it is drawn."""
    page.goto("/inside?word=went")
    expect(form(page, "simple present")).to_contain_text("go")
    settle(page)
    return page


def test_all_parts_follow_what_is_typed_and_so_does_the_link(inside):
    inside.get_by_role("textbox", name="Verb").fill("stopping")
    expect(inside.locator(".encoder .row")).to_have_count(len("stopping") + 1)
    expect(form(inside, "simple past")).to_contain_text("stopped")
    expect(inside.locator(".source")).to_contain_text("present progressive (found)")
    expect(inside).to_have_url(re.compile("word=stopping"))
    form(inside, "third person").click()
    expect(written(inside)).to_have_text([*"stops", "EOS"])
    expect(inside).to_have_url(re.compile("to=tp"))
    inside.reload()
    expect(written(inside)).to_have_text([*"stops", "EOS"])


def test_what_the_picture_tells_the_address_is_one_step_back(inside):
    expect(inside).to_have_url(re.compile("word=went&from=auto&to="))
    inside.go_back()
    expect(inside).to_have_url(re.compile(r"[?]word=went$"))


def test_back_and_forward_show_the_word_that_the_address_names(inside):
    box = inside.get_by_role("textbox", name="Verb")
    expect(inside).to_have_url(re.compile("word=went&from=auto&to="))
    for _ in range(2):
        box.fill("stopping")
        expect(inside).to_have_url(re.compile("word=stopping"))
        settle(inside)
        inside.go_back()
        expect(box).to_have_value("went")
        expect(inside.locator(".encoder .row")).to_have_count(len("went") + 1)
        settle(inside)
    inside.go_forward()
    expect(box).to_have_value("stopping")
    expect(form(inside, "simple past")).to_contain_text("stopped")


def test_a_dragged_dot_of_z_changes_the_word(inside):
    track = inside.get_by_role("slider").first
    box = track.bounding_box()
    mean, middle = track.get_attribute("aria-valuenow"), box["y"] + box["height"] / 2
    far = box["x"] + box["width"] * (0.9 if float(mean) < 0 else 0.1)
    inside.mouse.move(box["x"] + box["width"] / 2, middle)
    inside.mouse.down()
    inside.mouse.move(far, middle, steps=5)
    inside.mouse.up()
    expect(track).not_to_have_attribute("aria-valuenow", mean)
    expect(form(inside, "simple present").locator(".word")).not_to_have_text("go")
    inside.get_by_role("button", name="z = μ").click()
    expect(form(inside, "simple present").locator(".word")).to_have_text("go")
    expect(track).to_have_attribute("aria-valuenow", mean)


def test_a_dot_of_z_is_moved_and_a_form_chosen_by_keyboard(inside):
    track = inside.get_by_role("slider").first
    mean = float(track.get_attribute("aria-valuenow"))
    track.focus()
    inside.keyboard.press("ArrowLeft" if mean > 0 else "ArrowRight")
    expect(track).to_have_attribute("aria-valuenow", f"{mean - 0.1 if mean > 0 else mean + 0.1:.2f}")
    inside.keyboard.press("Home")
    expect(track).to_have_attribute("aria-valuenow", f"{mean:.2f}")
    form(inside, "simple present").focus()
    inside.keyboard.press("ArrowDown")
    expect(form(inside, "third person")).to_be_focused()
    expect(written(inside)).to_have_text([*"goes", "EOS"])


def test_a_letter_that_is_chosen_respells_the_rest_and_is_taken_back(inside):
    inside.get_by_role("textbox", name="Verb").fill("visited")
    form(inside, "present progressive").click()
    expect(written(inside)).to_have_text([*"visiting", "EOS"])
    other = inside.locator(".step").nth(5).locator(".chip:not(.written)").first
    letter = other.locator(".letter").text_content()
    other.click()
    expect(written(inside).nth(5)).to_have_text(letter)
    expect(inside.locator(".decoder .told")).to_contain_text("at step 6, the rest respells itself")
    inside.get_by_role("button", name="Back to its own letters").click()
    expect(written(inside)).to_have_text([*"visiting", "EOS"])


def test_teacher_forcing_reads_the_true_letters(inside):
    expect(inside.get_by_role("checkbox", name="Teacher forcing")).to_be_disabled()
    form(inside, "simple past").click()
    inside.get_by_role("checkbox", name="Teacher forcing").check()
    expect(inside.locator(".step .fed .letter")).to_have_text(["SOS", *"went"])


def test_a_word_that_can_not_be_read_gets_a_sentence(inside):
    inside.get_by_role("textbox", name="Verb").fill("straße")
    expect(inside.get_by_text("“ß” is not in this model’s alphabet: leave it out.")).to_be_visible()
    inside.get_by_role("textbox", name="Verb").fill("<b>x")
    expect(inside.get_by_text("“<” is not in this model’s alphabet")).to_be_visible()
    inside.get_by_role("textbox", name="Verb").fill("x\u0301")
    expect(inside.get_by_text("“◌\u0301” is not in this model’s alphabet")).to_be_visible()


def test_a_collapsed_model_writes_the_same_word_for_every_verb(page):
    page.goto("/inside?word=went&from=p&to=sp&checkpoint=from+the+experiments:+constant-1-collapsed")
    expect(page.get_by_text("KL of this word: 0.0 nats. 0 of 64 dimensions")).to_be_visible()
    word = form(page, "simple present").locator(".word").text_content()
    page.get_by_role("textbox", name="Verb").fill("stopped")
    expect(page.locator(".encoder .row")).to_have_count(len("stopped") + 1)
    expect(form(page, "simple present").locator(".word")).to_have_text(word)


@pytest.fixture(scope="module")
def static_page(tmp_path_factory) -> Iterator[str]:
    """The address of the exported page of `classroom`, served by a server that knows nothing of the app."""
    folder = tmp_path_factory.mktemp("web")
    export_page(ROOT / "checkpoints" / "classroom.safetensors", folder)
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_static_page_reads_draws_and_has_a_map_offline(browser, static_page):
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{static_page}/?word=sang")
    expect(form(page, "simple present")).to_contain_text("sing")
    page.get_by_role("combobox", name="Find").fill("walk")
    page.keyboard.press("Enter")
    expect(page.locator("#map .told")).to_contain_text("simple present walk · third person walks")
    page.get_by_role("button", name="Draw 100").click()
    expect(page.get_by_text(re.compile(r"[1-9]\d* of \d+ draws are a verb of the training data"))).to_be_visible()
    assert all(url.startswith((static_page, "data:")) for url in asked)
    page.close()


DRAWN = """() => {
  let draw = -1;
  const decode = (z, tense) => {
    draw += tense === 0;
    return { text: ["lie", draw % 2 ? "lied" : "lay", `${draw % 3}`][tense] };
  };
  showSampler(document.querySelector("#sampler"), { zSize: 1, tenses: ["sp", "p", "pp"], decode }, [
    ["lie", "lied", ""], ["lie", "lay", ""], ["lie", "lay", "2"], ["walk", "walked", "walked"],
  ]);
}"""
"""Draws in turn: lie lay 0, lie lied 1, lie lay 2, lie lied 0, ..."""


def test_the_sampler_of_the_static_page_counts_verbs_as_the_library_does(browser, static_page):
    page = browser.new_page()
    page.goto(static_page)
    expect(page.get_by_role("button", name="Draw 100")).to_be_visible()
    page.evaluate(DRAWN)
    page.get_by_role("button", name="Draw 100").click()
    said = "100 of 100 draws are a verb of the training data in all 3 tenses; 3 different."
    expect(page.locator("#sampler .told")).to_have_text(said)
    page.close()
