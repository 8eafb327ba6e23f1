from benchmarks.evaluation.english_facets import english_facets
from benchmarks.evaluation.multilingual import frames, multilingual_set


def test_a_model_gives_the_true_english_and_language_of_every_conversation():
    labelled = multilingual_set(3, 60)
    assert set(labelled["language"]) == set(frames())
    facets = english_facets(labelled)
    assert facets["conversation_id"].equals(labelled["conversation_id"])
    assert facets["account"].equals(labelled["account"])
    assert facets["request"].to_list() == labelled["english"].to_list()
    assert facets["language"].to_list() == labelled["language"].to_list()
