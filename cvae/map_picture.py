"""A small map of verbs as SVG text: no chart library has to draw it, so that it can follow every letter typed."""

from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from cvae.charts import Palette, pale

WIDTH, HEIGHT, EDGE = 480, 400, 34
LETTER, LINE = 8.6, 19
"""Of a name: width of a letter and height, in the units of the picture."""

Place = tuple[float, float]

STYLE = """
text { font: 16px "Source Sans Pro", "Source Sans", sans-serif; }
.here { animation: go 0.6s ease-out; }
.here text { font-size: 20px; font-weight: 700; }
@keyframes go { from { transform: translate(var(--x), var(--y)); } }
@media (prefers-reduced-motion: reduce) { .here { animation: none; } }
"""


def map_picture(
    places: np.ndarray, near: Sequence[int], names: Sequence[str], here: Place, word: str, before: Place, look: Palette
) -> str:
    """Verbs at their places (N, 2) as faint dots, those of the numbers `near` with their names, and a word in a ring.

    The ring glides from `before` to `here`, unless the visitor wants no motion. Places off the map are at its rim.
    """
    dots, (x, y), (old_x, old_y) = _fit(places, places), *_fit(np.array([here, before]), places)
    ties = "".join(f"M{x:.0f} {y:.0f}L{dots[i, 0]:.0f} {dots[i, 1]:.0f}" for i in near)
    body = [
        _points(dots, 6, pale(look.series[7], 0.4)),
        f'<path d="{ties}" stroke="{pale(look.accent, 0.45)}" stroke-width="1.5"/>',
        _points(dots[list(near)], 9, look.accent),
        *_names(dots, near, names, (x, y, word), look),
        f'<g class="here" style="--x:{old_x - x:.0f}px;--y:{old_y - y:.0f}px">'
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="9" fill="none" stroke="{look.text}" stroke-width="3"/>'
        f"{_text(x, y - 16, word, look, 'middle')}</g>",
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" fill="none">'
        f"<style>{STYLE}</style>{''.join(body)}</svg>"
    )


def _fit(points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Points of the plane (N, 2) in the picture: all `places` fit in, one unit is as long across as upwards."""
    low, high = places.min(axis=0), places.max(axis=0)
    room = np.array([WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE])
    scale = float((room / np.maximum(high - low, 1e-6)).min())
    moved = (points - (low + high) / 2) * scale * (1, -1) + (WIDTH / 2, HEIGHT / 2)
    inside: np.ndarray = np.clip(moved, EDGE, (WIDTH - EDGE, HEIGHT - EDGE))
    return inside


def _points(dots: np.ndarray, size: int, colour: str) -> str:
    """Round dots as one path."""
    path = "".join(f"M{x:.0f} {y:.0f}h0" for x, y in dots)
    return f'<path d="{path}" stroke="{colour}" stroke-width="{size}" stroke-linecap="round"/>'


def _names(
    dots: np.ndarray, near: Sequence[int], names: Sequence[str], here: tuple[float, float, str], look: Palette
) -> Iterator[str]:
    """Names beside their dots, on the side that has room; one that has none is left out."""
    x, y, word = here
    half = 0.7 * LETTER * len(word)
    taken = [(x - half, y - 36, x + half, y + 12)]
    for i, name in zip(near, names, strict=True):
        x, y = dots[i]
        width = LETTER * len(name)
        for left, anchor, at in ((x + 9, "start", x + 9), (x - 9 - width, "end", x - 9)):
            box = (left, y - LINE / 2, left + width, y + LINE / 2)
            if box[0] >= 0 and box[2] <= WIDTH and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                yield _text(at, y + 5, name, look, anchor)
                break


def _overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _text(x: float, y: float, text: str, look: Palette, anchor: str) -> str:
    """Text on a rim of the ground's colour, to be read over dots."""
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{look.text}" stroke="{look.ground}" '
        f'stroke-width="4" paint-order="stroke">{escape(text)}</text>'
    )
