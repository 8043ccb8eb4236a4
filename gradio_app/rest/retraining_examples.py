"""How the routes of retraining are called; see ``examples.py``."""

RETRAINING_EXAMPLES = {
    "retrain": (
        'curl -X POST -H "Authorization: Bearer $API_KEY" HOST/api/retrain',
        """\
answer = httpx.post("HOST/api/retrain", headers={"Authorization": f"Bearer {key}"})
print(answer.status_code, answer.json()["job"])""",
    ),
    "retrain_status": (
        'curl -H "Authorization: Bearer $API_KEY" HOST/api/retrain/status',
        """\
import time

key = {"Authorization": f"Bearer {key}"}
while (answer := httpx.get("HOST/api/retrain/status", headers=key).json())["running"]:
    print(answer["job"]["stage"], answer["job"]["epoch"], answer["job"]["seconds_left"])
    time.sleep(1)
print(answer["job"]["state"], answer["job"]["sentence"])""",
    ),
    "retrain_cancel": (
        'curl -X POST -H "Authorization: Bearer $API_KEY" HOST/api/retrain/cancel',
        """\
key = {"Authorization": f"Bearer {key}"}
print(httpx.post("HOST/api/retrain/cancel", headers=key).json()["job"]["id"])""",
    ),
    "retrain_log": (
        'curl -H "Authorization: Bearer $API_KEY" HOST/api/retrain/log?lines=20',
        """\
key = {"Authorization": f"Bearer {key}"}
answer = httpx.get("HOST/api/retrain/log", headers=key, params={"lines": 20})
print("\\n".join(answer.json()["lines"]))""",
    ),
    "retrain_history": (
        'curl -H "Authorization: Bearer $API_KEY" HOST/api/retrain/history',
        """\
key = {"Authorization": f"Bearer {key}"}
for job in httpx.get("HOST/api/retrain/history", headers=key).json()["items"]:
    print(job["started"], job["state"], job["sentence"])""",
    ),
}
