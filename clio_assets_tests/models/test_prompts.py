import pytest

from clio_assets.models.prompts import _parse, load_prompt


@pytest.mark.parametrize("stage", ["facets", "screener"])
def test_a_prompt_has_a_version_and_a_text_without_it(stage):
    prompt = load_prompt(stage)
    number, digest = prompt.version.split("-")
    assert int(number) >= 1
    assert len(digest) == 8
    assert "version:" not in prompt.text
    assert prompt.text not in repr(prompt)


def test_an_edit_without_a_new_number_is_another_version():
    before = _parse("version: 3\n\nDescribe it.\n", "x")
    after = _parse("version: 3\n\nDescribe it well.\n", "x")
    assert before.text == "Describe it."
    assert before.version.startswith("3-")
    assert before.version != after.version
    assert before.version != _parse("version: 4\n\nDescribe it.\n", "x").version


@pytest.mark.parametrize("content", ["", "Describe it.", "version: 0\nx", " version: 1\nx"])
def test_a_file_without_a_version_is_refused(content):
    with pytest.raises(ValueError, match=r"prompts/x\.md: its first line must be `version: N`"):
        _parse(content, "prompts/x.md")


def test_a_stage_without_a_file_is_named():
    with pytest.raises(ValueError, match=r"prompts/none\.md is missing"):
        load_prompt("none")


@pytest.mark.parametrize("score", range(1, 6))
def test_concern_has_an_example_for_each_score(score):
    lines = load_prompt("facets").text.splitlines()
    (line,) = [line for line in lines if line.startswith(f"- {score}:")]
    assert "Example: " in line
