"""The candidates' parameters in every environment can be trained and served."""

import pytest
from kedro.config import OmegaConfigLoader
from omegaconf.resolvers import oc

from digit_pipeline.candidates import HERE
from digit_pipeline.pipelines.training.settings import FitSettings

MOST_PARAMETERS = 950_000


@pytest.fixture(params=["base", "mnist", "sketch", "test"])
def candidates(request):
    loader = OmegaConfigLoader(
        conf_source=str(HERE / "conf"),
        env=request.param,
        base_env="base",
        merge_strategy={"parameters": "soft"},
        custom_resolvers={"oc.env": oc.env},
    )
    return loader["parameters"]["training"]["candidates"]


def test_every_network_can_be_trained_and_is_small_enough(candidates):
    from digit_pipeline.architectures import build_network

    for name, parameters in candidates.items():
        settings = dict(parameters)
        architecture = settings.pop("architecture")
        hyperparameters = settings.pop("hyperparameters")
        settings.pop("quantised", None)
        if architecture == "logistic_regression":
            assert settings == {}
            continue
        assert FitSettings.from_parameters(settings).epochs >= 1
        network = build_network(
            architecture,
            shape=(28, 28, 1),
            classes=10,
            seed=0,
            hyperparameters=hyperparameters,
        )
        assert network.count_params() <= MOST_PARAMETERS, name


def settle(**others):
    augmentation = {"rotation": 9, "stretch": 0.7, "aspects": [0.6, 1.2]}
    given = {"epochs": 1, "batch_size": 8, "learning_rate": 0.1}
    return FitSettings.from_parameters(
        {**given, "augmentation": augmentation, **others}
    )


def test_non_digits_are_changed_as_digits_are_unless_it_is_said_how():
    plain, said = settle(), settle(non_digit_moves={"stretch": 0.2})

    assert plain.non_digit_augmentation == plain.augmentation
    assert said.augmentation == plain.augmentation
    changed = said.non_digit_augmentation
    assert (changed.rotation, changed.stretch, changed.aspects) == (9, 0.2, None)


def test_non_digits_take_no_other_moves():
    with pytest.raises(ValueError, match="among rotation, shear, stretch, got bend"):
        settle(non_digit_moves={"bend": 0.1})
