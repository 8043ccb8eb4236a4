"""How each route is called, from the command line and from Python.

Shown at ``/docs``, and part of ``openapi.json`` as ``x-codeSamples``. The page puts
its own address in the place of ``ADDRESS``.
"""

from typing import Any

from gradio_app.rest.learning_examples import LEARNING_EXAMPLES
from gradio_app.rest.retraining_examples import RETRAINING_EXAMPLES

ADDRESS = "http://127.0.0.1:7860"

# By route: the command lines, then the Python.
EXAMPLES = {
    "predict": (
        """\
curl --data-binary @seven.png -H 'Content-Type: image/png' HOST/api/predict
curl -F file=@seven.png HOST/api/predict
curl -F file=@number.png 'HOST/api/predict?split=true'""",
        """\
answer = httpx.post("HOST/api/predict", files={"file": open("seven.png", "rb")}).json()
print(answer["label"], answer["confidence"], answer["verdict"])""",
    ),
    "batch": (
        """\
curl -F files=@seven.png -F files=@four.png HOST/api/predict/batch
curl --data-binary @digits.zip -H 'Content-Type: application/zip' \\
  'HOST/api/predict/batch?format=csv'""",
        """\
zipped = {"files": open("digits.zip", "rb")}
answer = httpx.post("HOST/api/predict/batch", files=zipped).json()
for item in answer["items"]:
    print(item["name"], item["prediction"] or item["error"])""",
    ),
    "explain": (
        "curl -F file=@seven.png HOST/api/explain",
        """\
answer = httpx.post("HOST/api/explain", files={"file": open("seven.png", "rb")}).json()
print(answer["sentence"])""",
    ),
    "health": (
        "curl HOST/api/health",
        'print(httpx.get("HOST/api/health").json()["serving"])',
    ),
    "ready": (
        "curl --fail HOST/api/ready",
        'print(httpx.get("HOST/api/ready").status_code == 200)',
    ),
    "metrics": (
        "curl HOST/metrics",
        'print(httpx.get("HOST/metrics").text)',
    ),
    "info": (
        "curl HOST/api/model/info",
        """\
answer = httpx.get("HOST/api/model/info").json()
print(answer["version"], answer["manifest"]["metrics"])""",
    ),
    "uptime": (
        "curl HOST/api/model/uptime",
        'print(httpx.get("HOST/api/model/uptime").json()["uptime_seconds"])',
    ),
    "releases": (
        "curl HOST/api/model/releases",
        """\
for release in httpx.get("HOST/api/model/releases").json()["releases"]:
    print(release["version"], release["accuracy"], release["champion"])""",
    ),
    "release": (
        """\
curl HOST/api/model/releases/000002-20261120T231949Z
curl HOST/api/model/releases/000002-20261120T231949Z?compare=000001-20261120T221949Z""",
        """\
answer = httpx.get(
    f"HOST/api/model/releases/{version}", params={"compare": other}
).json()
print(answer["card"], answer["comparison"])""",
    ),
    "rollback": (
        """\
curl -H "Authorization: Bearer $API_KEY" -H 'Content-Type: application/json' \\
  -d '{"reason": "Sevens are read as ones."}' HOST/api/model/rollback""",
        """\
answer = httpx.post(
    "HOST/api/model/rollback",
    headers={"Authorization": f"Bearer {key}"},
    json={"reason": "Sevens are read as ones."},
).json()
print(answer["version"])""",
    ),
    "evaluate": (
        """\
curl -X POST -H "Authorization: Bearer $API_KEY" HOST/api/model/evaluate
curl -H "Authorization: Bearer $API_KEY" -F file=@digits.zip HOST/api/model/evaluate""",
        """\
answer = httpx.post(
    "HOST/api/model/evaluate",
    headers={"Authorization": f"Bearer {key}"},
    files={"file": open("digits.zip", "rb")},
    timeout=60,
).json()
print(answer["accuracy"], answer["accuracy_low"], answer["accuracy_high"])""",
    ),
    "statistics": (
        "curl 'HOST/api/statistics?since=2026-11-21T00:00:00Z'",
        'print(httpx.get("HOST/api/statistics").json()["by_label"])',
    ),
    "drift": (
        "curl HOST/api/drift",
        """\
answer = httpx.get("HOST/api/drift").json()
print(answer["state"], answer["sentence"])""",
    ),
    "history": (
        """\
curl -b "session=$SESSION" 'HOST/api/history?verdict=unsure&page=1'
curl -H "Authorization: Bearer $API_KEY" 'HOST/api/history?scope=all&format=csv'""",
        """\
answer = httpx.get(
    "HOST/api/history", params={"verdict": "unsure"}, cookies={"session": session}
).json()
print(answer["total"], answer["items"])""",
    ),
    "forget": (
        'curl -X DELETE -b "session=$SESSION" HOST/api/history',
        'print(httpx.delete("HOST/api/history", cookies={"session": session}).json())',
    ),
    "visualizations": (
        "curl HOST/api/visualizations",
        """\
for figure in httpx.get("HOST/api/visualizations").json()["figures"]:
    print(figure["title"], figure["interpretation"])""",
    ),
    "static": (
        "curl -O HOST/static/confusion_matrix.png",
        'png = httpx.get("HOST/static/confusion_matrix.png").content',
    ),
    "feedback": (
        """\
curl -H 'Content-Type: application/json' \\
  -d '{"prediction_id": "<id of the answer>", "label": "1"}' HOST/api/feedback""",
        """\
answer = httpx.post(
    "HOST/api/feedback", json={"prediction_id": prediction["id"], "label": "1"}
).json()
print(answer["state"])""",
    ),
}


EXAMPLES |= LEARNING_EXAMPLES


EXAMPLES |= RETRAINING_EXAMPLES


def samples(name: str) -> dict[str, Any]:
    """Give a route's examples, as an extension of OpenAPI.

    Args:
        name: of the route, as it stands in ``EXAMPLES``.
    """
    shell, python = (text.replace("HOST", ADDRESS) for text in EXAMPLES[name])
    return {
        "x-codeSamples": [
            {"lang": "Shell", "source": shell},
            {"lang": "Python", "source": f"import httpx\n\n{python}"},
        ]
    }
