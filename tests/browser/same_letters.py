"""The browser's letters beside the library's, for all shipped models: `python -m tests.browser.same_letters`.

2,000 words of all lengths a model, where the suite takes fewer; and what becomes of the letters with weights of half
precision.
"""

import numpy as np
import torch

from cvae.inference.conversion import convert
from cvae.model.checkpoint import load_checkpoint
from tests.browser.server import open_chromium
from tests.browser.test_picture_in_chromium import MODELS, assert_same_letters, words_of_all_lengths

COUNT = 2000


def halve(path, words: list[tuple[str, int]]) -> tuple[int, int, float]:
    """Return how many forms half precision changes, of how many, and by how much probabilities of the others change."""
    model, _ = load_checkpoint(path)
    tenses = model.vocabulary.tenses
    asked = [word for word, _ in words], [tenses[source] for _, source in words]
    whole = convert(model, *asked, keep_probabilities=True)
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(weight.half().float())
    pairs = [
        (form, other.forms[tense])
        for each, other in zip(whole, convert(model, *asked, keep_probabilities=True), strict=True)
        for tense, form in each.forms.items()
    ]
    same = [(form.probabilities, other.probabilities) for form, other in pairs if form.text == other.text]
    return len(pairs) - len(same), len(pairs), max(float(np.abs(a - b).max()) for a, b in same)


def main() -> None:
    """Print a line for each model; a difference between browser and library ends the command."""
    words = words_of_all_lengths(COUNT)
    with open_chromium("--disable-gpu") as browser:
        for path in MODELS:
            page = browser.new_page()
            assert_same_letters(page, path, words)
            page.close()
            changed, count, most = halve(path, words)
            print(f"{path.stem}: the same letters on {len(words):,} words, probabilities within 0.001")
            print(
                f"  half precision: {changed:,} of {count:,} forms change, probabilities by up to {most:.4f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
