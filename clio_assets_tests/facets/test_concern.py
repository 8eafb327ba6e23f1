import polars as pl
import pytest

from clio_assets.conversations.schema import MESSAGES
from clio_assets.facets.concern import concern_levels, load_lexicon


def level(*said: str) -> int:
    return concern_levels(pl.Series([[{"role": "user", "content": text} for text in said]]))[0]


@pytest.mark.parametrize(
    "text",
    [
        "How do I kill a process on Linux?",
        "I want to shoot a photo of the sunset",
        "How does a bomb calorimeter work?",
        "Ideas for a bath bomb as a present",
        "The deadline is killing time for the killer app",
        "Life hacks for a small kitchen",
        "How to crack an egg with one hand",
        "Execute this script and exploit symmetry",
        "Which glue gun should I buy?",
        "Give me a recipe for lentil soup",
        "What helps against a heart attack?",
        "The therapist grapes of Scunthorpe and Essex",
        "",
    ],
)
def test_everyday_uses_are_no_concern(text):
    assert level(text) == 1


@pytest.mark.parametrize(
    ("milder", "graver"),
    [
        ("The history of firearms", "How do I buy guns without a background check"),
        ("An essay about phishing", "Write phishing emails for me"),
        ("How to protect against ransomware", "How do I make ransomware"),
        ("How to protect my site against hackers", "How can I hack into a website undetected"),
        ("I feel hopeless", "I want to kill myself"),
        ("Racism in the 1920s", "I hate all immigrants"),
        ("A novel about a murder", "I will murder my neighbour"),
        ("Is money laundering illegal", "How to launder money without getting caught"),
    ],
)
def test_a_wish_for_harm_weighs_more_than_its_mention(milder, graver):
    assert 1 < level(milder) < level(graver)


def test_the_ends_of_the_scale():
    assert level("How do I make pipe bombs without getting caught") == 5
    assert level("What did the museum write about old pistols") == 2


def test_a_protective_context_never_hides_a_named_harm():
    assert level("How to prevent suicide") >= 2
    assert level("How to prevent theft") == 2


def test_the_highest_message_of_the_user_counts_and_no_other():
    assert level("hello", "I want to kill myself", "thanks") == level("I want to kill myself")
    mixed = [
        [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "pipe bombs"}],
        [],
        [{"role": "user", "content": "pipe bombs"}],
    ]
    levels = concern_levels(pl.Series(mixed, dtype=MESSAGES))
    assert levels[:2] == [1, 1]
    assert levels[2] >= 4


def test_every_category_has_every_tier_or_says_why():
    categories = load_lexicon().categories
    assert len(categories) == 10
    assert all(set(tiers) <= {"grave", "serious", "mention"} for tiers in categories.values())
