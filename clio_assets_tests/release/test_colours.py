"""Colours stay apart for those who see fewer of them, on light and on dark paper."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from numpy.typing import NDArray

from clio_assets.release.page.render import page_source

# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision
# deficiency", 2009, table 1, severity 1, on linear light.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
OKABE_ITO = 0.076
"""The closest two of Okabe and Ito's seven, the usual yardstick, in OKLab."""


def colours(theme: str, scale: str) -> list[str]:
    light, dark = page_source("scales.css").split("@media", 1)
    text = light if theme == "light" else dark
    return [found for _, found in sorted(re.findall(rf"--({scale}\d): (#\w{{6}})", text))]


def oklab(colour: str, sight: str) -> NDArray[np.float64]:
    """Björn Ottosson, "A perceptual color space for image processing", 2020."""
    value = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    seen = np.clip(SIGHT[sight] @ linear, 0, 1)
    cones = np.cbrt(
        np.array(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        )
        @ seen
    )
    return (
        np.array(
            [
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ]
        )
        @ cones
    )


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("scale", "steps"), [("c", 8), ("s", 5), ("d", 5)])
def test_no_two_steps_of_a_scale_look_alike(scale: str, steps: int, theme: str, sight: str) -> None:
    found = colours(theme, scale)
    assert len(found) == steps
    closest = min(
        (float(np.linalg.norm(oklab(a, sight) - oklab(b, sight))), a, b)
        for a, b in itertools.combinations(found, 2)
    )
    assert closest[0] > OKABE_ITO, closest


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(("theme", "sense"), [("light", -1), ("dark", 1)])
def test_more_is_further_from_the_paper(theme: str, sense: int, sight: str) -> None:
    lightness = [float(oklab(colour, sight)[0]) for colour in colours(theme, "s")]
    assert all(sense * step > 0 for step in np.diff(lightness)), lightness
