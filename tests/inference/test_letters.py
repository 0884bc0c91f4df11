"""New letters, and what else a letter might have been."""

import numpy as np
import pytest

from cvae.data.vocabulary import EOS, PAD, SPECIALS, Vocabulary
from cvae.inference.alternatives import entropy_bits, likeliest_letters, new_letters


@pytest.mark.parametrize(
    "word, form, new",
    [
        ("walk", "walk", "----"),
        ("walk", "walked", "----ed"),
        ("stopping", "stop", "----"),
        ("sing", "sang", "-a--"),
        ("sang", "singing", "-inging"),
        ("went", "going", "going"),
        ("banana", "banan", "-----"),
        ("a", "aa", "-a"),
        ("be", "", ""),
    ],
)
def test_new_letters_come_after_the_common_beginning(word, form, new):
    assert new_letters(word, form) == [letter != "-" for letter in new]


def test_the_likeliest_letters_come_first_and_special_ids_never():
    probabilities = np.array([0.4, 0, 0.2, 0, 0.3, 0.1])
    assert (PAD, EOS, SPECIALS) == (0, 2, 4)
    assert likeliest_letters(probabilities, Vocabulary("ab"), 2) == [("a", 0.3), ("", 0.2)]


def test_entropy_is_zero_when_sure_and_one_bit_for_a_coin():
    rows = np.array([[1.0, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25] * 4])
    assert entropy_bits(rows) == pytest.approx([0, 1, 2])
