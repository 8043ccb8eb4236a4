"""The candidates are what the configuration of the environment names."""

import pytest

from digit_pipeline.candidates import candidate_names, retrained_names


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of two environments; the second adds a candidate."""
    files = {
        "pyproject.toml": "[tool.kedro]\npackage_name = 'digit_pipeline'\n",
        "conf/base/parameters_training.yml": (
            "training: { candidates: { small: { epochs: 1 }, large: { epochs: 2 } } }"
        ),
        "conf/base/parameters_retraining.yml": "retraining: { candidates: [large] }",
        "conf/wide/parameters_retraining.yml": "retraining: { candidates: [wide] }",
        "conf/wide/parameters_training.yml": (
            "training: { candidates: { wide: { epochs: 3 } } }"
        ),
        "conf/empty/parameters.yml": "seed: 1",
        "conf/local/.gitkeep": "",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KEDRO_ENV", raising=False)
    return tmp_path


def test_they_come_in_the_order_of_the_configuration(project):
    assert candidate_names() == ("small", "large")


def test_an_environment_can_add_one(project, monkeypatch):
    monkeypatch.setenv("KEDRO_ENV", "wide")

    assert set(candidate_names()) == {"small", "large", "wide"}
    assert candidate_names("base") == ("small", "large")


def test_a_configuration_without_candidates_is_refused(project):
    (project / "conf/base/parameters_training.yml").write_text("training: {}")

    with pytest.raises(ValueError, match=r"expected candidates .* add one to"):
        candidate_names("empty")


def test_retraining_takes_the_environments_choice(project):
    assert retrained_names("base") == ("large",)
    assert retrained_names("wide") == ("wide",)


@pytest.mark.parametrize("chosen", ["[huge]", "[]"])
def test_retraining_what_there_is_not_is_refused(project, chosen):
    (project / "conf/base/parameters_retraining.yml").write_text(
        f"retraining: {{ candidates: {chosen} }}"
    )
    with pytest.raises(ValueError, match=r"expected names among small, large .* got"):
        retrained_names("base")
