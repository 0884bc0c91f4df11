"""The theory page in a real browser: formulas are set, code is shown, sliders move numbers, the link holds it all."""

import re

from playwright.sync_api import expect

from tests.browser.server import choose, settle


def test_a_first_time_reader_learns_what_kl_annealing_is(page):
    page.goto("/theory")
    expect(page.get_by_role("heading", name="From log p(x | c) to the loss")).to_be_visible()
    expect(page.locator(".katex-display .katex-html").first).to_be_visible()
    expect(page.locator(".katex-error")).to_have_count(0)
    settle(page)
    choose(page, "KL annealing")
    expect(page.get_by_role("heading", name="KL annealing", exact=True)).to_be_visible()
    expect(page.locator(".katex-display .katex-html").first).to_be_visible()
    expect(page.get_by_text("def kl_weight(schedule: KLSchedule")).to_be_visible()
    expect(page).to_have_url(re.compile(r"section=KL"))
    chart = page.get_by_label(re.compile("The KL weight over the run, cyclical"))
    expect(chart.first).to_be_visible()
    page.get_by_role("radio", name="monotonic").click()
    expect(page.get_by_text("The KL weight over the run, monotonic: at most 1, on average 0.75.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"kl-kind=monotonic"))


def test_a_slider_moves_the_closed_form_and_the_draws(page):
    page.goto("/theory?section=KL+divergence&mu=0.0&sigma=1.0")
    expect(page.get_by_text("0.0000 nats")).to_be_visible()
    settle(page)
    slider = page.get_by_role("slider", name="Mean μ")
    slider.focus()
    slider.press("End")
    expect(page.get_by_text("4.5000 nats")).to_be_visible()
    expect(page.get_by_text(re.compile(r"4\.\d{4} ± 0\.\d{4}"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"mu=3"))


def test_a_typed_word_is_followed_while_it_is_typed(page):
    page.goto("/theory?section=One+word")
    expect(page.locator("table.spelled")).to_contain_text("EOS")
    settle(page)
    page.get_by_role("textbox", name="Word").fill("bring")
    expect(page.locator("table.spelled tbody tr").first).to_have_text("Written" + "brought" + "EOS")
    page.set_viewport_size({"width": 390, "height": 800})
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
