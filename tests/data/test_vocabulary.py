"""Words survive the way to ids and back; everything else gets a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvae.core.errors import BadConfig, BadWord, TenseLabError, UnknownCharacter
from cvae.data.vocabulary import EOS, MAX_LETTERS, SPECIALS, Vocabulary, clusters, compose, ending, isolated, normalize

ENGLISH = Vocabulary()
words = st.text(ENGLISH.alphabet, min_size=1, max_size=MAX_LETTERS)


@given(words)
def test_encode_then_decode_is_the_identity(word):
    assert ENGLISH.decode(ENGLISH.encode(word)) == word


@given(words)
def test_ids_are_letters_and_one_eos_at_the_end(word):
    *letters, end = ENGLISH.encode(word)
    assert end == EOS
    assert all(SPECIALS <= i < len(ENGLISH) for i in letters)


@given(st.text())
def test_any_text_is_either_encoded_or_refused_with_a_sentence(text):
    try:
        assert ENGLISH.decode(ENGLISH.encode(text)) == normalize(text)
    except TenseLabError as error:
        assert str(error).endswith(".") and str(error).isprintable()


@given(st.text())
def test_normalizing_twice_is_normalizing_once(text):
    assert normalize(normalize(text)) == normalize(text)


def test_the_classroom_alphabet_has_thirty_ids():
    assert len(ENGLISH) == 30


def test_capitals_and_spaces_around_are_forgiven():
    assert ENGLISH.check("  Walk\n") == "walk"


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("", BadWord, "nothing to convert"),
        ("   ", BadWord, "nothing to convert"),
        ("two words", BadWord, "a space inside"),
        ("a" * 10_000, BadWord, "too long"),
        ("wa1k", UnknownCharacter, "“1” is not in this model’s alphabet (a–z)"),
        ("café", UnknownCharacter, "“é”"),
        ("go🎉", UnknownCharacter, "“🎉”"),
        ("a\x00b", UnknownCharacter, "U+0000"),
    ],
)
def test_bad_words_are_refused_with_a_reason(text, error, reason):
    with pytest.raises(error) as refusal:
        ENGLISH.encode(text)
    assert reason in str(refusal.value)


def test_spaces_around_a_form_and_doubled_ones_are_forgiven_where_a_form_may_have_some():
    assert Vocabulary(" klopu", ("a", "b")).check(" look  up ") == "look up"


def test_words_and_tenses_of_another_language_are_encoded_and_named():
    french = Vocabulary("abcdeéèçinrst'", ("infinitif", "présent", "imparfait"))
    assert french.decode(french.encode("Éteint")) == "éteint"
    assert french.tense("présent") == 1 and french.title("présent") == "présent"
    with pytest.raises(BadWord, match="use one of infinitif, présent, imparfait"):
        french.tense("p")


@pytest.mark.parametrize(
    ("alphabet", "tenses"),
    [
        ("", ("a", "b")),
        ("aa", ("a", "b")),
        ("a#", ("a", "b")),
        ("a\n", ("a", "b")),
        ("".join(map(chr, range(0x4E00, 0x4E00 + 257))), ("a", "b")),
        ("ab", ("only",)),
        ("ab", tuple(f"form {i}" for i in range(257))),
        ("ab", ("same", "same")),
        ("ab", ("all", "b")),
        ("ab", ("a\n", "b")),
        ("ab", ("\u200c", "b")),
    ],
)
def test_unusable_vocabularies_are_refused(alphabet, tenses):
    with pytest.raises(BadConfig):
        Vocabulary(alphabet, tenses)


@pytest.mark.parametrize(
    ("word", "pieces"),
    [("walk", "w a l k"), ("كتبوا", "كتبوا"), ("שָׁמַר", "שָׁ מַ ר"), ("क्षमा", "क्ष मा"), ("갔다", "갔 다"), ("x́a", "x́ a")],
)
def test_letters_that_are_drawn_as_one_stay_together(word, pieces):
    word = normalize(word)
    assert [compose(word[piece]) for piece in clusters(word)] == pieces.split()


@given(st.text())
def test_the_clusters_of_a_text_are_the_whole_text_in_its_order(text):
    assert "".join(text[piece] for piece in clusters(text)) == text


@pytest.mark.parametrize(
    ("word", "last"),
    [
        ("walk", "lk"),
        ("a", "a"),
        ("כָּתַב", "תַב"),
        ("하다", "하다"),
        ("करना", "रना"),
        ("x\u0301y\u0323z\u0301", "y\u0323z\u0301"),
    ],
)
def test_an_ending_is_of_whole_letters_with_their_marks(word, last):
    assert ending(normalize(word)) == compose(last)


def test_parts_of_hangul_syllables_are_shown_as_letters():
    assert [isolated(letter) for letter in normalize("읽쌰")] == list("ㅇㅣㄺㅆㅑ")


def test_a_mark_and_a_joiner_can_be_seen_by_themselves():
    assert [isolated(letter) for letter in ("a", "\u0301", " ", "\u200c")] == ["a", "◌\u0301", "␣", "ZWNJ"]
