"""Scribbles, signs and marks of a pen that mean no digit."""

import numpy as np

from digit_pipeline.non_digits.canvas import Pixels, Points, draw_lines, turn


def draw_scribble(rng: np.random.Generator) -> Pixels:
    """Draw a scribble: a wandering line, hatching, loops, a spiral or a tangle."""
    kinds = (_wander, _hatch, _loop, _spiral, _tangle)
    return draw_lines(kinds[rng.integers(len(kinds))](rng), rng)


def draw_unseen_scribble(rng: np.random.Generator) -> Pixels:
    """Draw a scribble of a kind that no training sees: corners, or summed waves."""
    if rng.random() < 0.5:
        corners = rng.integers(9, 20)
        return draw_lines([rng.random((corners, 2), np.float32)], rng)
    t = np.linspace(0, 2 * np.pi, 240)[:, None, None]
    waves = np.arange(1, 8)
    size = rng.standard_normal((2, 7)) / np.sqrt(waves)
    phase = rng.uniform(0, 2 * np.pi, (2, 7))
    line = (size * np.sin(waves * t + phase)).sum(axis=2)
    return draw_lines([line.astype(np.float32)], rng)


def draw_sign(rng: np.random.Generator) -> Pixels:
    """Draw a sign: a star, a cross, a tick, an arrow, a triangle, a grid, a heart."""
    signs = (_star, _cross, _tick, _arrow, _triangle, _grid, _heart, _asterisk)
    lines = signs[rng.integers(len(signs))](rng)
    degrees = rng.uniform(-15, 15)
    reach = float(np.abs(np.concatenate(lines)).max())
    return draw_lines([_shake(turn(line / reach, degrees), rng) for line in lines], rng)


def draw_mark(rng: np.random.Generator) -> Pixels:
    """Draw marks without meaning: a dot, a dash, some dots, a few short dashes."""
    kind = rng.integers(4)
    if kind == 0:
        return draw_lines([np.zeros((1, 2), np.float32)], rng)
    if kind == 1:
        return draw_lines([_dash(rng, length=1.0)], rng)
    count = rng.integers(2, 7)
    length = 0.0 if kind == 2 else 0.3
    places = 2 * rng.random((count, 1, 2), np.float32)
    return draw_lines([_dash(rng, length) + place for place in places], rng)


def _wander(rng: np.random.Generator) -> list[Points]:
    steps = rng.integers(120, 300)
    turns = np.cumsum(rng.normal(0, rng.uniform(0.05, 0.2), steps))
    angles = np.cumsum(turns * 0.25 + rng.normal(0, 0.1, steps))
    return [_walk(angles)]


def _hatch(rng: np.random.Generator) -> list[Points]:
    passes = rng.integers(6, 16)
    x = np.tile([0.0, 1.0], passes)[:passes] + rng.normal(0, 0.12, passes)
    y = np.linspace(0, rng.uniform(0.3, 1.3), passes) + rng.normal(0, 0.03, passes)
    line = np.stack([x, y], axis=1).astype(np.float32)
    return [turn(line, rng.uniform(0, 180))]


def _loop(rng: np.random.Generator) -> list[Points]:
    rounds = rng.uniform(3.5, 8)
    t = np.linspace(0, rounds * 2 * np.pi, int(40 * rounds))
    drift = rng.uniform(0.15, 0.5)
    x = np.cos(t) + drift * t
    y = np.sin(t) * (1 + 0.3 * np.sin(t * rng.uniform(0.1, 0.4)))
    return [turn(np.stack([x, y], axis=1).astype(np.float32), rng.uniform(-40, 40))]


def _spiral(rng: np.random.Generator) -> list[Points]:
    t = np.linspace(0.3, rng.uniform(2.3, 5) * 2 * np.pi, 200)
    side = rng.choice([-1, 1])
    line = np.stack([t * np.cos(t), side * t * np.sin(t) * rng.uniform(0.6, 1.4)], 1)
    return [turn(line.astype(np.float32), rng.uniform(0, 360))]


def _tangle(rng: np.random.Generator) -> list[Points]:
    count = rng.integers(4, 9)
    starts, ends = rng.random((2, count, 2))
    bows = rng.normal(0, 0.25, (count, 2))
    t = np.linspace(0, 1, 20)[:, None, None]
    lines = (1 - t) * starts + t * ends + np.sin(np.pi * t) * bows
    return list(lines.transpose(1, 0, 2).astype(np.float32))


def _star(_: np.random.Generator) -> list[Points]:
    angles = np.arange(6) * 4 * np.pi / 5 - np.pi / 2
    return [np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)]


def _cross(rng: np.random.Generator) -> list[Points]:
    across = np.array([[-1, 0], [1, 0]], np.float32)
    degrees = rng.choice([0, 45])
    return [turn(across, degrees), turn(across, degrees + 90)]


def _tick(rng: np.random.Generator) -> list[Points]:
    return [np.array([[-0.6, 0], [0, rng.uniform(0.4, 0.8)], [1, -1]], np.float32)]


def _arrow(rng: np.random.Generator) -> list[Points]:
    head = np.array([[0.4, -0.5], [1, 0], [0.4, 0.5]], np.float32)
    shaft = np.array([[-1, 0], [1, 0]], np.float32)
    # Upward and to the left it is a one or a seven to some.
    degrees = rng.choice([0, 90, 180])
    return [turn(head, degrees), turn(shaft, degrees)]


def _triangle(rng: np.random.Generator) -> list[Points]:
    top = rng.uniform(-0.4, 0.4)
    return [np.array([[top, -1], [1, 0.7], [-1, 0.7], [top, -1]], np.float32)]


def _grid(rng: np.random.Generator) -> list[Points]:
    places = np.linspace(-0.5, 0.5, rng.integers(2, 5))
    rows = [np.array([[-1, p], [1, p]], np.float32) for p in places]
    return rows + [row[:, ::-1] for row in rows]


def _heart(_: np.random.Generator) -> list[Points]:
    t = np.linspace(0, 2 * np.pi, 60)
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return [np.stack([x, y], axis=1).astype(np.float32)]


def _asterisk(rng: np.random.Generator) -> list[Points]:
    across = np.array([[-1, 0], [1, 0]], np.float32)
    rays = rng.integers(3, 6)
    return [turn(across, i * 180 / rays) for i in range(rays)]


def _shake(line: Points, rng: np.random.Generator) -> Points:
    return (line + rng.normal(0, 0.05, line.shape)).astype(np.float32)


def _dash(rng: np.random.Generator, length: float) -> Points:
    """Draw a dash no steeper than 40 degrees: an upright one is a one."""
    across = np.array([[-length / 2, 0], [length / 2, 0]], np.float32)
    return turn(across, rng.uniform(-40, 40))


def _walk(angles: np.ndarray) -> Points:
    steps = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.cumsum(steps, axis=0).astype(np.float32)
