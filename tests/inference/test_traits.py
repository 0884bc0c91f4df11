"""What a map of verbs is coloured by."""

from cvae.data.vocabulary import Vocabulary
from cvae.inference.latent import REST, legend_order, survey, trait, traits


def test_every_trait_has_a_value_a_verb(model, four_paradigms):
    atlas = survey(model, four_paradigms)
    for name in traits(Vocabulary()):
        assert len(trait(name, atlas)) == len(atlas.rows)
    assert trait("regular", atlas) == ["regular", "irregular", "regular", "irregular"]
    assert trait("length", atlas) == [4, 2, 4, 4]
    assert "rule" not in traits(Vocabulary("ab", ("now", "then")))


def test_classes_begin_with_the_commonest_letters_with_a_and_the_rest_comes_last():
    assert legend_order(["-te", REST, REST, "-er", "-er"]) == ["-er", "-te", REST]
    assert legend_order(["c", "a", "c"]) == ["a", "c"]
