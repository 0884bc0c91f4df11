"""A small map of verbs as SVG text, which needs no chart library and can therefore follow every letter typed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from cvae.charts.base import Palette, pale
from cvae.data.vocabulary import compose

WIDTH, HEIGHT, EDGE = 480, 400, 34
LETTER, LINE = 8.6, 19
"""The width of a letter and the height of a line of text, in units of the picture."""


@dataclass(frozen=True)
class Near:
    """A verb that is shown by name; `number` is its row among the places."""

    number: int
    name: str


@dataclass(frozen=True)
class Picture:
    """An SVG, as high as the verbs need, and where in its units each lies (N, 2), so that a click finds the nearest."""

    svg: str
    spots: list[list[int]]


def map_picture(
    places: np.ndarray,
    near: Sequence[Near],
    here: tuple[float, float],
    word: str,
    before: tuple[float, float],
    alt: str,
    look: Palette,
) -> Picture:
    """Draw verbs at their places (N, 2) as dots, the nearest as buttons with names, and a word in a ring.

    The ring glides from `before` to `here`, unless the visitor wants no motion. Places off the map are at its rim.
    """
    dots, (x, y), (old_x, old_y) = _fit(places, places), *_fit(np.array([here, before]), places)
    near_dots = dots[[verb.number for verb in near]]
    points = "".join(f"M{x:.0f} {y:.0f}h0" for x, y in dots)
    ties = "".join(f"M{x:.0f} {y:.0f}L{dot_x:.0f} {dot_y:.0f}" for dot_x, dot_y in near_dots)
    body = [
        f'<path d="{points}" stroke="{pale(look.series[7], 0.4)}" stroke-width="6" stroke-linecap="round"/>',
        f'<path d="{ties}" stroke="{pale(look.accent, 0.45)}" stroke-width="1.5"/>',
        *_buttons(near_dots, near, (x, y, word), look),
        f'<g class="here" style="--x:{old_x - x:.0f}px;--y:{old_y - y:.0f}px">'
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="9" stroke="{look.text}" stroke-width="3"/>'
        f"{_text(x, y - 16, word, look, 'middle')}</g>",
        f'<g class="pointed"><circle r="6" fill="{look.accent}"/>{_text(0, -12, "", look, "middle")}</g>',
    ]
    top, bottom = dots[:, 1].min() - EDGE, dots[:, 1].max() + EDGE
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {top:.0f} {WIDTH} {bottom - top:.0f}" fill="none" '
        f'role="group" aria-label="{escape(alt)}">{"".join(body)}</svg>'
    )
    return Picture(svg, dots.round().astype(int).tolist())


def _fit(points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Scale points of the plane (N, 2) to the picture, so that all `places` fit in and both axes have one scale."""
    low, high = places.min(axis=0), places.max(axis=0)
    room = np.array([WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE])
    scale = float((room / np.maximum(high - low, 1e-6)).min())
    moved: np.ndarray = (np.clip(points, low, high) - (low + high) / 2) * scale * (1, -1) + (WIDTH / 2, HEIGHT / 2)
    return moved


def _buttons(dots: np.ndarray, near: Sequence[Near], here: tuple[float, float, str], look: Palette) -> Iterator[str]:
    """Yield dots with names on the side that has room; a name without room is left to the pointer."""
    x, y, word = here
    half = 0.7 * LETTER * len(word)
    taken = [(x - half, y - 36, x + half, y + 12)]
    for (x, y), verb in zip(dots, near, strict=True):
        name, width = "", LETTER * len(verb.name)
        for left, anchor, at in ((x + 9, "start", x + 9), (x - 9 - width, "end", x - 9)):
            box = (left, y - LINE / 2, left + width, y + LINE / 2)
            overlaps = any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken)
            if box[0] >= 0 and box[2] <= WIDTH and not overlaps:
                taken.append(box)
                name = _text(at, y + 5, verb.name, look, anchor)
                break
        yield (
            f'<g role="button" tabindex="0" aria-label="{escape(verb.name)}" data-verb="{verb.number}">'
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4.5" fill="{look.accent}"/>{name}</g>'
        )


def _text(x: float, y: float, text: str, look: Palette, anchor: str) -> str:
    """Return text with an outline in the background colour, so that it can be read over dots."""
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{look.text}" stroke="{look.ground}" '
        f'stroke-width="4" paint-order="stroke">{escape(compose(text))}</text>'
    )
