"""Project settings, read by Kedro."""

from omegaconf.resolvers import oc

from digit_pipeline.hooks import (
    FailureHook,
    FolderHook,
    LockHook,
    RetrainingHook,
    StepHook,
    SummaryHook,
    TraceHook,
    TrackingHook,
)

HOOKS = (
    FailureHook(),
    # Before the one of retrainings, which tells a job that a lock was not to be had.
    LockHook(),
    StepHook(),
    TrackingHook(),
    SummaryHook(),
    TraceHook(),
    FolderHook(),
    RetrainingHook(),
)

# The project's own tracking hook wraps kedro-mlflow's, so that a tracking server that
# is down costs a sentence and not a trained model. The underscore matters.
DISABLE_HOOKS_FOR_PLUGINS = ("kedro_mlflow",)

CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "custom_resolvers": {"oc.env": oc.env},
    "config_patterns": {"mlflow": ["mlflow*"]},
    # An environment's parameters file changes single values, not whole top-level keys.
    "merge_strategy": {"parameters": "soft"},
}
