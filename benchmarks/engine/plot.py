"""The plot of docs/scale.md: `python -m benchmarks.engine.plot` draws docs/images/scale.svg from results/*.json.

One dot a size: the engine's CPU microseconds a learner, and those of the query written by hand, by the number of
learners (a logarithmic axis).
"""

from __future__ import annotations

import json
import math
from pathlib import Path

HERE = Path(__file__).parent
TARGET = HERE.parent.parent / "docs" / "images" / "scale.svg"
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 340, 60, 48, 24, 110
DRAWN = (("engine", "engine", "#0b5cad"), ("duckdb", "by hand", "#b3541e"))


def measured() -> list[tuple[int, dict[str, float]]]:
    told = []
    for path in sorted(HERE.glob("results/*.json"), key=lambda one: one.name):
        result = json.loads(path.read_text("utf-8"))
        if path.stem.isdigit() and not result["busy_machine"]:
            learners = result["learners"]
            told.append(
                (
                    learners,
                    {name: one["cpu_seconds"] / learners * 1e6 for name, one in result["contenders"].items()},
                )
            )
    return sorted(told)


def drawing(points: list[tuple[int, dict[str, float]]]) -> str:
    first, last = math.log10(points[0][0]) - 0.1, math.log10(points[-1][0]) + 0.1
    top = 10 * math.ceil(max(max(each.values()) for _, each in points) / 10 + 0.2)

    def x(learners: int) -> float:
        return LEFT + (math.log10(learners) - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP)

    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="sans-serif" font-size="13" role="img">'
        ),
        "<title>CPU microseconds a learner, by the number of learners</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="16" fill="#333">CPU microseconds a learner</text>',
        f'<text x="{WIDTH - RIGHT + 8}" y="{HEIGHT - BOTTOM + 20}" fill="#333">learners</text>',
    ]
    for value in range(0, top + 1, 10):
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#ddd"/>'
            f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end" fill="#555">{value}</text>'
        )
    for learners, _ in points:
        name = f"{learners / 1e6:g} M" if learners >= 1_000_000 else f"{learners // 1000} k"
        parts.append(
            f'<text x="{x(learners):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle" fill="#555">{name}</text>'
        )
    for key, name, colour in DRAWN:
        line = [(x(learners), y(each[key])) for learners, each in points if key in each]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{colour}"/>' for a, b in line]
        a, b = line[-1]
        parts.append(f'<text x="{a + 10:.1f}" y="{b + 4:.1f}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> None:
    TARGET.write_text(drawing(measured()), "utf-8")
    print(TARGET.relative_to(HERE.parent.parent))


if __name__ == "__main__":
    main()
