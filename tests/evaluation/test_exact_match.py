"""Conversions that are marked, and the mistakes that are shown."""

import numpy as np
import torch

from cvae.data.inflection import INFLECTION_CLASSES
from cvae.data.verbs import Verb
from cvae.data.vocabulary import EOS, MAX_LETTERS, Vocabulary
from cvae.evaluation.exact_match import Marked, mark
from cvae.evaluation.mistakes import choose_mistakes, describe_mistakes, mistake_lines, wrong_verbs
from cvae.inference.conversion import convert
from cvae.inference.sampling import count_unended, describe_unended

ROWS = (("walk", "walks", "walking", "walked"), ("sing", "sings", "singing", "sang"))


def marked_with(wrong):
    """Mark two verbs, all converted rightly except for (verb, source, target)."""
    answers = [[list(row) for _ in row] for row in ROWS]
    confidence = np.full((2, 4, 4), 0.9)
    for verb, source, target in wrong:
        answers[verb][source][target] = "x"
        confidence[verb, source, target] = 0.5 + source / 10
    return Marked(ROWS, [[tuple(forms) for forms in sources] for sources in answers], confidence)


def test_only_pairs_of_different_tenses_count():
    marked = marked_with([(0, 1, 1), (1, 0, 3)])
    assert marked.wrong == [(1, 0, 3)]
    assert marked.exact_match == 1 - 1 / 24
    assert marked.by_class == {"plain": 1.0, "irregular": 1 - 1 / 12}
    assert marked.verbs_by_class == {"plain": 1, "irregular": 1}


def test_any_spelling_of_a_form_is_right_and_a_missing_form_is_not_asked_for():
    rows = (Verb([["learn"], [], ["learning"], ["learned", "learnt"]]),)
    marked = Marked(rows, [[("learn", "x", "x", "learnt")] * 4], np.full((1, 4, 4), 0.5))
    assert marked.wrong == [(0, 0, 2), (0, 3, 2)]
    np.testing.assert_array_equal(marked.matrix[0], [1, np.nan, 0, 1])
    assert marked.asked.sum() == 9 and marked.exact_match == 4 / 6


def test_missing_forms_are_not_read(model):
    marked = mark(model, (Verb([["walk"], [], ["walking"], ["walked"]]),))
    assert marked.answers[0][1] == ("",) * 4 and all(marked.answers[0][0])


def test_a_model_is_marked_by_what_it_converts(model, four_paradigms):
    marked = mark(model, four_paradigms)
    for verb, row in enumerate(four_paradigms):
        for source, conversion in enumerate(convert(model, row, list(model.vocabulary.tenses))):
            forms = list(conversion.forms.values())
            assert marked.answers[verb][source] == tuple(form.text for form in forms)
            assert marked.right[verb, source].tolist() == [f.text == t for f, t in zip(forms, row, strict=True)]
            np.testing.assert_allclose(marked.confidence[verb, source], [f.confidence for f in forms], rtol=1e-4)


def test_words_that_would_not_end_are_counted(model, four_paradigms):
    assert describe_unended([("a" * MAX_LETTERS, "b")]) == ""
    with torch.no_grad():
        model.decoder.output.bias[EOS] = 1e9
    assert mark(model, four_paradigms).unended == count_unended([]) == 0
    with torch.no_grad():
        model.decoder.output.bias[EOS] = -1e9
    marked = mark(model, four_paradigms)
    assert marked.unended == 4 * 4 * 4
    assert describe_unended(marked.answers[0]) == "16 of 16 words stopped after 33 letters: no end came."


def mistake(kind, verb, confidence):
    words = {"source": verb, "answer": verb, "right": verb + "ed"}
    return {"kind": kind, "verb": verb, "from": "sp", "to": "p", "confidence": confidence, **words}


def test_mistakes_are_described_in_full():
    [wrong] = describe_mistakes(marked_with([(1, 2, 3)]), Vocabulary())
    assert (wrong["kind"], wrong["verb"], wrong["from"], wrong["to"]) == ("irregular", "sing", "pg", "p")
    assert (wrong["source"], wrong["answer"], wrong["right"], wrong["confidence"]) == ("singing", "x", "sang", 0.7)


def test_every_kind_and_as_many_verbs_as_can_be_are_shown_the_surest_first():
    wrong = [mistake("y", f"y{i}", 0.1) for i in range(3)]
    wrong += [mistake("plain", f"p{i // 4}", 0.9 - i / 100) for i in range(80)]
    shown = choose_mistakes(wrong, 20)
    assert len(shown) == 20
    assert [m["kind"] for m in shown] == ["plain"] * 17 + ["y"] * 3
    plain = [m["verb"] for m in shown if m["kind"] == "plain"]
    assert len(set(plain)) == 17 and plain[0] == "p0"
    assert [INFLECTION_CLASSES.index(m["kind"]) for m in shown] == sorted(
        INFLECTION_CLASSES.index(m["kind"]) for m in shown
    )


def test_few_mistakes_are_all_shown():
    wrong = [mistake("y", "try", 0.3), mistake("y", "try", 0.4)]
    assert choose_mistakes(wrong) == wrong[::-1]
    assert mistake_lines(wrong)[0].strip() == "2 wrong conversions" and len(mistake_lines(wrong)) == 4
    assert mistake_lines([]) == ["  No conversion is wrong."]


def test_wrong_verbs_are_named_once_and_counted():
    wrong = [mistake("y", verb, 0.3) for verb in ("go", "go", "eat", "see")]
    assert wrong_verbs([]) == "none wrong"
    assert wrong_verbs(wrong[:2]) == "2 wrong, of go"
    assert wrong_verbs(wrong[:3]) == "3 wrong, of go and eat"
    assert wrong_verbs(wrong, 2) == "4 wrong, of go, eat and 1 more"
