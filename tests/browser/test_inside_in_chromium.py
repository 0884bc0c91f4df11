"""A look inside a conversion, many words at once, and draws around a verb, in a real browser."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.downloads import keep, read_csv
from tests.browser.server import settle

LETTERS = "/convert?word=visit&view=Letter+by+letter&look=simple+past"


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


def word(page: Page, tense: str = "p") -> Locator:
    """The form in this tense, each of whose letters can be clicked."""
    return page.locator(f'.word[data-name="{tense}"]')


def expect_word(page: Page, name: str, tense: str = "p") -> None:
    expect(word(page, tense)).to_have_attribute("aria-label", name)


def test_a_letter_is_clicked_another_chosen_and_the_rest_respells_itself_until_it_is_undone(page):
    page.goto("/convert?word=visit")
    expect_word(page, "visited")
    word(page).locator(".letter").nth(5).click()
    expect(page.get_by_role("menu", name="After “visit”")).to_be_visible()
    expect(page.get_by_role("menuitemradio", checked=True)).to_contain_text("e")
    page.get_by_role("menuitemradio", name=re.compile("^t ")).click()
    expect_word(page, "visitted")
    expect(word(page).locator(".forced")).to_have_text("t")
    expect(page).to_have_url(re.compile(r"respelled=p%7Cvisitt$"))
    page.reload()
    expect_word(page, "visitted")
    page.get_by_role("button", name="↶ visited").click()
    expect_word(page, "visited")
    expect(page).not_to_have_url(re.compile("respelled="))


def test_letters_are_reached_chosen_and_taken_back_by_keyboard(page):
    page.goto("/?typed=visit")
    expect_word(page, "visited")
    word(page).locator(".letter").first.focus()
    for _ in "visit":
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("menu", name="After “visit”")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.locator(".choices :focus b").text_content()
    page.keyboard.press("Enter")
    expect(word(page).locator(".letter").nth(5)).to_be_focused()
    expect(word(page).locator(".forced")).to_have_text(chosen)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    page.get_by_role("button", name="↶ visited").press("Enter")
    expect_word(page, "visited")


def test_the_likeliest_words_are_one_tree_whose_branches_are_written_by_a_click(page):
    page.goto("/convert?word=shoot&view=Alternatives&look=simple+past")
    own, tree = word(page).get_attribute("aria-label"), page.locator(".tree").first
    expect(tree.get_by_role("button", name=re.compile(r"^\w+…")).first).to_be_visible()
    other = tree.get_by_role("button", name=re.compile(rf"^(?!{own},)\w+,")).first
    chosen = other.get_attribute("aria-label").partition(",")[0]
    other.click()
    expect_word(page, chosen)


def test_a_click_on_the_heatmap_chooses_a_letter(page):
    page.goto(LETTERS)
    expect_word(page, "visited")
    click_cell(page, step=6, row=ord("t") - ord("a"))
    expect_word(page, "visitted")
    page.get_by_role("button", name="↶ visited").click()
    expect_word(page, "visited")
    settle(page)
    click_cell(page, step=6, row=ord("t") - ord("a"))
    expect_word(page, "visitted")


def test_a_link_to_a_letter_is_kept_until_another_word_comes(page):
    page.goto(f"{LETTERS}&step=6+e&letter=t".replace("/convert", "/"))
    expect_word(page, "visitted")
    page.get_by_role("textbox", name="Verb").fill("edit")
    expect_word(page, "edited")
    expect(page).not_to_have_url(re.compile("letter=|respelled="))


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
    expect(page.locator(".js-plotly-plot .xtick")).to_have_text([*"shoots", "end"])


def test_a_table_is_uploaded_mended_converted_and_downloaded(page, tmp_path):
    file = tmp_path / "words.csv"
    file.write_text("word,to,gold\nwalk,p,walked\nw4lk,p,walked\nstop,p,stoped\n")
    page.goto("/convert?word=walk&mode=Many+words")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("Row 2, “w4lk”: “4” is not in this model’s alphabet")).to_be_visible()
    expect(page.get_by_text("1 of 2")).to_be_visible()
    mend_word(page, row=2, text="talk")
    expect(page.get_by_text("1 of 3")).to_be_visible()
    expect(page.get_by_text("Row 2, “w4lk”")).to_have_count(0)
    rows = read_csv(keep(page, re.compile("Download 3 rows"), tmp_path))
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


def test_the_letters_of_a_draw_are_chosen_and_a_click_on_another_row_shows_its_letters(page):
    page.goto("/sample?number=1000&point=7&checkpoint=classroom")
    own = word(page, "sp").get_attribute("aria-label")
    word(page, "sp").locator(".letter").nth(len(own) - 1).click()
    page.get_by_role("menuitemradio").filter(has_not_text="end").nth(1).click()
    expect(word(page, "sp")).to_have_attribute("aria-label", re.compile(f"^{own[:-1]}(?!{own[-1]})"))
    expect(page).to_have_url(re.compile(rf"respelled=sp%7C{own[:-1]}\w?$"))
    settle(page)
    table = page.get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    table.hover(position={"x": 300, "y": 2 * 35 + 17})
    table.click(position={"x": 300, "y": 2 * 35 + 17}, delay=100)
    expect(word(page, "sp")).not_to_have_attribute("aria-label", re.compile(f"^{own[:-1]}"))
    expect(page).to_have_url(re.compile("point=2(&|$)"))
    expect(page).not_to_have_url(re.compile("respelled="))


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
    expect(page.get_by_text(re.compile(r"after 50 points; 95% interval"))).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_be_visible()
