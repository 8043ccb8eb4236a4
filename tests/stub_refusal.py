"""What a made-up reader refuses."""

from typing import Any


def shares(recognised: float) -> dict[str, Any]:
    """Verdicts on ten pictures."""
    verdicts = {"unsure": 0.0, "unfamiliar": 1 - recognised}
    return {"n": 10, "recognised": recognised, **verdicts}


REFUSAL = {
    "digits": {"mnist": shares(0.9)},
    "refused_digits": 0.1,
    "non_digits": {"letters": shares(0.0), "clothes": shares(0.2)},
    "scores": {
        "softmax": {"all": {"auroc": 0.9, "fpr95": 0.3}},
        "energy": {"all": {"auroc": 0.99, "fpr95": 0.1}},
    },
}
