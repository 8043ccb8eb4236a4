"""How the routes of the learning loop are called; see ``examples.py``."""

LEARNING_EXAMPLES = {
    "teach": (
        """\
curl --data-binary @digits.zip -H 'Content-Type: application/zip' \\
  HOST/api/upload/training-data
curl -F files=@a.png -F files=@b.png -F labels=7 -F labels=1 \\
  HOST/api/upload/training-data
curl -F files=@a.png -F files=@labels.csv \\
  'HOST/api/upload/training-data?dry_run=true'""",
        """\
answer = httpx.post(
    "HOST/api/upload/training-data",
    files=[("files", open("a.png", "rb")), ("files", open("b.png", "rb"))],
    data={"labels": ["7", "1"]},
).json()
for item in answer["items"]:
    print(item["name"], item["label"], item["message"] or "taken")""",
    ),
    "uploads": (
        """\
curl -b "session=$SESSION" HOST/api/uploads
curl -H "Authorization: Bearer $API_KEY" 'HOST/api/uploads?scope=all'""",
        """\
answer = httpx.get("HOST/api/uploads", cookies={"session": session}).json()
for upload in answer["items"]:
    print(upload["time"], upload["name"], upload["states"])""",
    ),
    "take_back": (
        'curl -X DELETE -b "session=$SESSION" '
        "HOST/api/uploads/7c1e4b7a2f6d8035b1c9e7aa",
        """\
answer = httpx.delete(f"HOST/api/uploads/{id}", cookies={"session": session}).json()
print(answer["changed"])""",
    ),
    "review": (
        """\
curl -H "Authorization: Bearer $API_KEY" HOST/api/review
curl -H "Authorization: Bearer $API_KEY" 'HOST/api/review?state=accepted&label=7'""",
        """\
answer = httpx.get(
    "HOST/api/review", headers={"Authorization": f"Bearer {key}"}
).json()
for item in answer["items"]:
    print(item["id"], item["label"], item["champion"], item["conflicts"])""",
    ),
    "decide": (
        """\
curl -H "Authorization: Bearer $API_KEY" -H 'Content-Type: application/json' \\
  -H 'X-Reviewer: ada' -d '{"decisions": [{"id": "0a1b2c3d4e5f60718293a4b5",
  "action": "relabel", "label": "1"}]}' HOST/api/review""",
        """\
answer = httpx.post(
    "HOST/api/review",
    headers={"Authorization": f"Bearer {key}", "X-Reviewer": "ada"},
    json={"decisions": [{"id": item["id"], "action": "accept"}]},
).json()
print(answer["items"][0]["state"])""",
    ),
    "correction_image": (
        'curl -H "Authorization: Bearer $API_KEY" -o seven.png \\\n'
        "  HOST/api/corrections/0a1b2c3d4e5f60718293a4b5/image",
        """\
png = httpx.get(
    f"HOST/api/corrections/{id}/image", headers={"Authorization": f"Bearer {key}"}
).content""",
    ),
    "trace": (
        """\
curl -H "Authorization: Bearer $API_KEY" HOST/api/trace/000002-20261120T231949Z""",
        """\
answer = httpx.get(
    f"HOST/api/trace/{prediction['id']}", headers={"Authorization": f"Bearer {key}"}
).json()
print(answer["releases"], answer["manifests"], answer["images"])""",
    ),
    "manifest": (
        """\
curl -H "Authorization: Bearer $API_KEY" HOST/api/manifests/$DIGEST | zcat | head""",
        """\
import gzip

packed = httpx.get(
    f"HOST/api/manifests/{digest}", headers={"Authorization": f"Bearer {key}"}
).content
print(gzip.decompress(packed).decode())""",
    ),
    "withdraw": (
        """\
curl -H "Authorization: Bearer $API_KEY" -H 'Content-Type: application/json' \\
  -d '{"client": "9c1e4b7a2f6d8035b1c9e7aa", "reason": "A vandal."}' \\
  HOST/api/withdraw""",
        """\
answer = httpx.post(
    "HOST/api/withdraw",
    headers={"Authorization": f"Bearer {key}"},
    json={"client": item["client"], "reason": "A vandal."},
).json()
print(answer["releases"], answer["message"])""",
    ),
}
