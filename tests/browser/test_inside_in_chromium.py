"""A look inside a conversion, many words at once, and draws around a verb, in a real browser."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.downloads import keep, read_csv
from tests.browser.server import settle

LETTERS = "/?word=visit&view=Letter+by+letter"


def click_cell(page: Page, step: int, row: int) -> None:
    """A cell of the heatmap, by its place in the axes: steps from 1, rows from 0."""
    area = page.locator(".js-plotly-plot .nsewdrag").first
    expect(area).to_be_visible()
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    steps, rows = len("visited") + 1, 27
    x, y = box["x"] + (step - 0.3) * box["width"] / steps, box["y"] + (row + 0.5) * box["height"] / rows
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)
    expect(page.locator(".js-plotly-plot .hoverlayer .hovertext")).to_contain_text("entropy")
    page.mouse.click(x, y)


def word(page: Page, name: str) -> Locator:
    return page.locator(".outcome").get_by_role("img", name=name, exact=True)


def test_a_click_on_the_heatmap_forces_a_letter(page):
    page.goto(LETTERS)
    expect(word(page, "visited")).to_be_visible()
    click_cell(page, step=6, row=ord("t") - ord("a"))
    expect(word(page, "visitted")).to_be_visible()
    expect(page.get_by_text("With “t” at step 6")).to_be_visible()
    expect(page).to_have_url(re.compile("letter=t"))
    page.get_by_role("button", name="Back to its own letters").click()
    expect(word(page, "visitted")).to_have_count(0)
    settle(page)
    click_cell(page, step=6, row=ord("t") - ord("a"))
    expect(word(page, "visitted")).to_be_visible()


def test_the_boxes_do_the_same_by_keyboard(page):
    page.goto(LETTERS)
    expect(word(page, "visited")).to_be_visible()
    step = page.get_by_role("combobox", name="Step")
    step.focus()
    step.press_sequentially("6")
    step.press("Enter")
    expect(page).to_have_url(re.compile("step=6"))
    settle(page)
    letter = page.get_by_role("combobox", name="Letter")
    letter.focus()
    letter.press_sequentially("end")
    letter.press("Enter")
    expect(word(page, "visit")).to_be_visible()
    expect(page.get_by_text("With the end at step 6")).to_be_visible()


def test_a_link_to_a_forced_letter_is_kept_until_another_word_comes(page):
    page.goto(f"{LETTERS}&step=6+e&letter=t")
    expect(word(page, "visitted")).to_be_visible()
    page.get_by_role("textbox", name="Verb").fill("edit")
    expect(word(page, "edited")).to_be_visible()
    expect(page.locator(".outcome")).to_have_count(1)
    expect(page).not_to_have_url(re.compile("letter="))


def test_the_figure_is_kept_as_a_page_that_stands_alone(page, tmp_path):
    page.goto(LETTERS)
    page.get_by_text("Numbers and downloads").click()
    html = keep(page, "Figure as HTML", tmp_path).read_text()
    assert "<script" in html and not re.search(r"<(script|link)[^>]+(src|href)=", html)
    rows = read_csv(keep(page, "CSV", tmp_path))
    assert [row["letter"] for row in rows] == [*"visited", "end"]


def test_the_open_view_and_its_tense_are_in_the_link(page):
    page.goto("/convert?word=shoot")
    page.get_by_role("tab", name="Alternatives").click()
    expect(page.get_by_role("heading", name="Likeliest words")).to_be_visible()
    expect(page).to_have_url(re.compile("view=Alternatives"))
    page.get_by_role("radio", name="third person").click()
    expect(page).to_have_url(re.compile("look=third"))
    page.get_by_role("tab", name="Letter by letter").click()
    expect(word(page, "shoots")).to_be_visible()


def test_a_table_is_uploaded_mended_converted_and_downloaded(page, tmp_path):
    file = tmp_path / "words.csv"
    file.write_text("word,to,gold\nwalk,p,walked\nw4lk,p,walked\nstop,p,stoped\n")
    page.goto("/convert?word=walk&mode=Many+words")
    page.get_by_test_id("stFileUploaderDropzoneInput").or_(page.locator("input[type=file]")).first.set_input_files(file)
    expect(page.get_by_text("Row 2, “w4lk”: “4” is not in this model's alphabet")).to_be_visible()
    expect(page.get_by_text("1 of 2")).to_be_visible()
    mend_word(page, row=2, text="talk")
    expect(page.get_by_text("1 of 3")).to_be_visible()
    expect(page.get_by_text("Row 2, “w4lk”")).to_have_count(0)
    rows = read_csv(keep(page, re.compile("Download 3 answers"), tmp_path))
    assert [(row["word"], row["answer"], row["right"]) for row in rows] == [
        ("walk", "walked", "yes"),
        ("talk", "talked", "no"),
        ("stop", "stopped", "no"),
    ]
    wrong = read_csv(keep(page, "Download these as CSV", tmp_path))
    assert [row["gold"] for row in wrong] == ["walked", "stoped"]
    page.get_by_role("tab", name="One verb").click()
    expect(page.get_by_role("textbox", name="Verb")).to_have_value("walk")
    page.get_by_role("tab", name="Many words").click()
    expect(page.get_by_text("1 of 3")).to_be_visible()


def mend_word(page: Page, row: int, text: str) -> None:
    """Type over a cell of the column `word` in the editor."""
    settle(page)
    grid = page.get_by_test_id("stDataFrame").locator("visible=true").first
    grid.scroll_into_view_if_needed()
    grid.click(position={"x": 130, "y": 35 * row + 17})
    page.keyboard.press("Enter")
    box = page.locator("#portal textarea, #portal input").first
    box.fill(text)
    box.press("Enter")


def test_a_draw_around_a_verb_is_in_the_link(page):
    page.goto("/sample?number=50&seed=3")
    settle(page)
    page.get_by_role("radio", name="around a verb").click()
    settle(page)
    page.get_by_role("textbox", name="Verb").fill("stop")
    page.get_by_role("textbox", name="Verb").press("Enter")
    expect(page.get_by_text("Share known", exact=True).first).to_be_visible()
    expect(page).to_have_url(re.compile("verb=stop"))
    page.get_by_role("tab", name="Running score").click()
    expect(page.get_by_text(re.compile(r"after 50 points; 95 % interval"))).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_be_visible()
