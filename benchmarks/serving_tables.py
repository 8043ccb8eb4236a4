"""The figures of serving as Markdown."""

from collections.abc import Mapping
from typing import Any

ROWS = (
    ("app", "this app, 28x28 as raw PNG"),
    ("empty", "an empty FastAPI route, same body"),
)
PARTS = {
    "base64": "base64 and JSON, if it came so",
    "decoding": "decoding the PNG",
    "contract": "the image contract: finding the ink, 28x28",
    "inference": "inference (ONNX Runtime, one thread)",
    "verdict": "checking, calibration, verdict",
    "answer": "signed id, the answer's fields",
    "serialising": "the answer as JSON",
    "recording": "measuring the ink, handing over the record",
    "writing": "writing the record (the writer's thread)",
}


def render(figures: Mapping[str, Any]) -> str:
    """Show goals, loads, bodies and the parts of a request."""
    return "\n\n".join(
        [
            _tell_goals(figures),
            _tell_loads(figures),
            _tell_bodies(figures),
            _tell_parts(figures),
        ]
    )


def check_goals(figures: Mapping[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Compare with the goals.

    Returns:
        for each: what, at least or at most what, what was measured, whether it is met.
    """
    cases, start = figures["cases"], figures["start"]
    inference = figures["parts"]["28"]["inference"]
    one = _median(cases, "app 50", "per_second")
    beyond = (
        _median(cases, "app 50", "cpu_ms")
        - _median(cases, "empty 50", "cpu_ms")
        - inference
    )
    share = one / _median(cases, "empty 50", "per_second")
    crowd, crowd_failures = (
        _median(cases, "app 200", "p99_ms"),
        cases["app 200"]["failures"],
    )
    two = _median(cases, "two workers 50", "per_second") / one
    inside = _median(cases, "400 inside", "p50_ms")
    batch = _median(cases, "batch", "per_second")
    seconds, memory = start["seconds"]["median"], start["mb"]["median"]
    goals = [
        (
            "processor time per request beyond the empty route's and inference",
            "≤ 0.25 ms",
            f"{beyond:.2f} ms",
            beyond <= 0.25,
        ),
        ("rate, of the empty route's", "≥ 20 %", f"{100 * share:.0f} %", share >= 0.2),
        (
            "200 users: failures; p99",
            "0; ≤ 250 ms",
            f"{crowd_failures}; {crowd:.0f} ms",
            crowd_failures == 0 and crowd <= 250,
        ),
        ("two workers against one", "≥ 1.4 times", f"{two:.2f} times", two >= 1.4),
        (
            "400x400 canvas, one client: median inside the server",
            "≤ 4 ms",
            f"{inside:.2f} ms",
            inside <= 4,
        ),
        (
            "REST alone: start to first answer; memory",
            "≤ 2 s; ≤ 200 MB",
            f"{seconds:.1f} s; {memory:.0f} MB",
            seconds <= 2 and memory <= 200,
        ),
        (
            "1,000 28x28 PNGs in a zip",
            "≥ 2,000 images/s",
            f"{batch:,.0f} images/s",
            batch >= 2000,
        ),
    ]
    if "tutorial 50" in cases:
        goals.insert(2, _compare_tutorial(cases))
    return goals


def _compare_tutorial(cases: Mapping[str, Any]) -> tuple[str, str, str, bool]:
    rate = _median(cases, "app json 50", "per_second") / max(
        0.1, _median(cases, "tutorial 50", "per_second")
    )
    times = _median(cases, "tutorial 50", "p95_ms") / _median(
        cases, "app json 50", "p95_ms"
    )
    return (
        "against Flask with Keras' `predict`, 50 users: rate; p95",
        "≥ 30 times; ≤ a twentieth",
        f"{rate:.0f} times; 1/{times:.0f}",
        rate >= 30 and times >= 20,
    )


def _tell_goals(figures: Mapping[str, Any]) -> str:
    lines = ["| what | goal | measured | met |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {what} | {goal} | {measured} | {'yes' if met else '**no**'} |"
        for what, goal, measured, met in check_goals(figures)
    ]
    return "\n".join(lines)


def _tell_loads(figures: Mapping[str, Any]) -> str:
    rounds, seconds = figures["rounds"], figures["seconds"]
    lines = [
        f"Median of {rounds} rounds of {seconds:g} s (range); rate limit off, every "
        "prediction recorded; the generator ran on the same cores.",
        "",
        "| server and load | answers per second | p50 | p95 | p99 | failures "
        "| server's processor time per request | generator's share of a core |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    cases = figures["cases"]
    for key, name in ROWS:
        lines += [
            _tell_load(f"{name}, {case.split()[1]} users", cases[case])
            for case in cases
            if case.startswith(f"{key} ") and case.split()[1].isdigit()
        ]
    for case, name in (
        ("app burst", "this app, 100 at the same moment"),
        ("app open", "this app, open loop at half its rate"),
        ("two workers 50", "this app, two workers, 50 users"),
        ("app json 50", "this app, base64 in JSON, 50 users"),
        ("tutorial 50", "Flask with Keras' `predict`, base64 in JSON, 50 users"),
    ):
        if case in cases:
            lines.append(_tell_load(name, cases[case]))
    return "\n".join(lines)


def _tell_load(name: str, case: Mapping[str, Any]) -> str:
    rate = case["per_second"]
    times = [_tell_time(case, f"{quantile}_ms") for quantile in ("p50", "p95", "p99")]
    cells = [
        name,
        f"{rate['median']:,.0f} ({rate['low']:,.0f} to {rate['high']:,.0f})",
        *times,
        str(case["failures"]),
        f"{case['cpu_ms']['median']:.2f} ms",
        f"{100 * case['generator_cpu']['median']:.0f} %",
    ]
    return f"| {' | '.join(cells)} |"


def _tell_time(case: Mapping[str, Any], name: str) -> str:
    return f"{case[name]['median']:.1f} ms" if name in case else "-"


def _tell_bodies(figures: Mapping[str, Any]) -> str:
    lines = [
        "| body, 50 users | answers per second | p95 | processor time per request |",
        "| --- | --- | --- | --- |",
    ]
    for side in ("28", "400"):
        for way in ("raw", "base64", "multipart"):
            case = figures["cases"][f"{side} {way}"]
            lines.append(
                f"| {side}x{side}, {way} | {case['per_second']['median']:,.0f} "
                f"| {_tell_time(case, 'p95_ms')} "
                f"| {case['cpu_ms']['median']:.2f} ms |"
            )
    return "\n".join(lines)


def _tell_parts(figures: Mapping[str, Any]) -> str:
    parts = figures["parts"]
    cases = figures["cases"]
    lines = [
        "| part of a request, ms of processor time | 28x28 | 400x400 |",
        "| --- | --- | --- |",
    ]
    for key, name in PARTS.items():
        lines.append(f"| {name} | {parts['28'][key]:.3f} | {parts['400'][key]:.3f} |")
    rest, whole = [], []
    for side in ("28", "400"):
        total = _median(cases, f"{side} raw", "cpu_ms")
        known = sum(ms for key, ms in parts[side].items() if key != "base64")
        whole.append(f"{total:.3f}")
        rest.append(f"{max(0.0, total - known):.3f}")
    lines.append(f"| HTTP, routing, limits, metrics: the rest | {' | '.join(rest)} |")
    lines.append(f"| all of it, raw body | {' | '.join(whole)} |")
    return "\n".join(lines)


def _median(cases: Mapping[str, Any], case: str, figure: str) -> float:
    return float(cases[case][figure]["median"])
