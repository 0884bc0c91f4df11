"""The link that the audience of a lecture gets."""

from tests.app import captions_of, visit
from tests.pages.train_page import shown_run

KEY, LONG = "is its key", "too long for a QR code"


def shared(page: str, **link: str):
    """The page after a click on QR code in lecture mode."""
    app = visit(page, lecture="1", **link)
    app.button(key="qr-code").click().run()
    assert not app.exception
    return app


def test_the_audience_gets_the_link_of_a_run_with_a_word_that_it_is_its_key(folder):
    run = shown_run(folder).path.name
    app = shared("train", run=run)
    assert f"run={run}" in app.code[0].value and KEY in captions_of(app) and LONG not in captions_of(app)
    assert KEY not in captions_of(shared("convert", word="walk", run=run))


def test_a_link_that_is_too_long_for_a_qr_code_is_shown_without_one(four_verb_model):
    app = shared("convert", mode="Side by side", left="a" * 3_000)
    assert "a" * 3_000 in app.code[0].value and LONG in captions_of(app)
