"""Planes in motion: frames to an animated GIF, a film (MP4), or one HTML page with a slider.

The pictures of an animation share one palette, made from the tiles of the codes that occur in it, so that a frame is a
look-up and files stay small. An HTML page holds the tiles and, for each frame, the cells that change; it needs no
network and no other file.
"""

from __future__ import annotations

import base64
import html
import json
import os
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
from matplotlib import font_manager
from matplotlib.animation import FFMpegWriter
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from socialsim.core.errors import ParameterError, ResultError, unknown
from socialsim.grids.frame import Frame
from socialsim.grids.render import MAX_SCALE, looks, tiles
from socialsim.plotting.style import INK

WIDTH = 480  # pixels that a picture is wide or high at most, as far as cells of at least 4 pixels allow
SCALES = (4, 64)
CAPTION = 18  # pixels above the picture
PAPER = "#FFFFFF"
BACKGROUND, LETTERS = 0, 1  # paper and ink, in every palette
MAX_COLOURS = 256


def write_animation(
    frames: Sequence[Frame],
    path: str | os.PathLike[str],
    *,
    title: str = "",
    scale: int | None = None,
    per_second: int = 10,
) -> Path:
    """Write frames as an animation, in the format that the suffix names.

    Parameters
    ----------
    frames : sequence of Frame
        One a step, from step 0 on, all of one size.
    path : str or Path
        Ends in ``.gif``, ``.mp4`` (for which matplotlib needs the program ffmpeg) or ``.html``; an existing file is
        replaced. In a GIF equal frames in a row become one that lasts longer.
    title : str
        What is shown, such as the scenario's name.
    scale : int, optional
        Pixels along the edge of a cell, 1 to 128; by default such that the picture fits 480 pixels, 4 to 64.
    per_second : int
        Frames a second, 1 to 50.

    Returns
    -------
    Path

    Raises
    ------
    ParameterError
        If there are no frames, they differ in size, or an argument is not accepted.
    ResultError
        If the format is unknown, ffmpeg is missing, or the file cannot be written.

    Examples
    --------
    >>> write_animation([], "walk.avi")
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ResultError: unknown animation format 'avi'; Accepted: gif, html, mp4
    """
    path = check_animation(path)
    sizes = sorted({frame.cells.shape for frame in frames})
    if len(sizes) != 1:
        raise ParameterError(f"frames: {sizes or 'none'} is not accepted; accepted: at least one, all of one size")
    if per_second not in range(1, 51):
        raise ParameterError(f"per_second: {per_second!r} is not accepted; accepted: an integer from 1 to 50")
    if scale is not None and scale not in range(1, MAX_SCALE + 1):
        raise ParameterError(f"scale: {scale!r} is not accepted; accepted: 1 to {MAX_SCALE}")
    pictures = _Pictures(frames, scale or fitting_scale(frames[0]))
    try:
        WRITERS[path.suffix.lower()](pictures, path, title, per_second)
    except OSError as error:
        raise ResultError(f"cannot write the animation {path}: {error.strerror or error}") from None
    return path


def check_animation(path: str | os.PathLike[str]) -> Path:
    """Return where an animation is to be written, after making sure that it can be: call it before any work is done.

    Raises
    ------
    ResultError
        If the suffix names no format, there is no ffmpeg for a film, or the file's folder does not exist.

    Examples
    --------
    >>> check_animation("walk.gif").name
    'walk.gif'
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in WRITERS:
        raise ResultError(unknown("animation format", suffix[1:] or path.name, [name[1:] for name in WRITERS]))
    if suffix == ".mp4" and not FFMpegWriter.isAvailable():
        raise ResultError(
            f"cannot write the animation {path}: the program ffmpeg is not installed; accepted without it: .gif, .html"
        )
    if path.is_dir() or not path.parent.is_dir():
        fault = "it is a folder" if path.is_dir() else f"there is no folder {path.parent}"
        raise ResultError(f"cannot write the animation {path}: {fault}")
    return path


def fitting_scale(frame: Frame) -> int:
    """Return the pixels along the edge of a cell with which a plane is easy to look at.

    Examples
    --------
    >>> fitting_scale(Frame(np.zeros((16, 22), np.uint8), np.zeros((0, 2), int), np.zeros(0, int)))
    21
    """
    return int(np.clip(WIDTH // max(frame.cells.shape), *SCALES))


class _Pictures:
    """Frames as pictures with one palette.

    Attributes
    ----------
    palette : ndarray of uint8, shape (num_colours, 3)
        The first two are of paper and ink.
    """

    def __init__(self, frames: Sequence[Frame], scale: int) -> None:
        self.codes, self.scale = [looks(frame) for frame in frames], scale
        self._used = np.unique(np.concatenate([np.unique(codes) for codes in self.codes]))
        pixels = tiles(scale)[self._used].reshape(-1, 3)
        own = np.array([tuple(bytes.fromhex(colour[1:])) for colour in (PAPER, INK)], np.uint8)
        colours, places = _exactly(pixels)
        if len(colours) > MAX_COLOURS - len(own):
            colours, places = _fewer(pixels, MAX_COLOURS - len(own))
        self.palette = np.concatenate([own, colours])
        self._tiles = np.zeros(tiles(scale).shape[:3], np.uint8)
        self._tiles[self._used] = places.reshape(-1, scale, scale) + len(own)

    def __iter__(self) -> Iterator[Image.Image]:
        """Yield the pictures."""
        return map(self._picture, self.codes)

    @property
    def sprite(self) -> Image.Image:
        """The tiles of the codes that occur, side by side in the order of the codes."""
        return self._picture(self._used[None])

    def changes(self) -> Iterator[list[int]]:
        """Yield for each frame which cells differ from the frame before, each followed by its new tile in the sprite.

        Cells are counted row by row; in the first frame all differ.
        """
        before = np.full(self.codes[0].size, -1)
        for codes in self.codes:
            places = np.searchsorted(self._used, codes.ravel())
            cells = np.flatnonzero(places != before)
            before = places
            yield np.stack([cells, places[cells]], axis=1).ravel().tolist()

    def captioned(self, title: str) -> Iterator[Image.Image]:
        """Yield the pictures with the title and the step above them."""
        font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 11)
        for step, picture in enumerate(self):
            words = f"{title}, step {step}" if title else f"step {step}"
            sheet = self._image(np.full((picture.height + CAPTION, picture.width), BACKGROUND, np.uint8))
            sheet.paste(picture, (0, CAPTION))
            ImageDraw.Draw(sheet).text((3, 2), words, fill=LETTERS, font=font)
            yield sheet

    def _picture(self, codes: NDArray[np.uint16]) -> Image.Image:
        height, width = codes.shape
        return self._image(self._tiles[codes].swapaxes(1, 2).reshape(height * self.scale, width * self.scale))

    def _image(self, places: NDArray[np.uint8]) -> Image.Image:
        picture = Image.fromarray(np.ascontiguousarray(places))
        picture.putpalette(self.palette.tobytes())
        return picture


def _exactly(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.integer]]:
    """Return the colours that occur, and which one each pixel has."""
    colours, places = np.unique(pixels, axis=0, return_inverse=True)
    return colours, places


def _fewer(pixels: NDArray[np.uint8], num_colours: int) -> tuple[NDArray[np.uint8], NDArray[np.integer]]:
    """Return so many colours that stand for all, and which of them stands for each."""
    strip = Image.fromarray(pixels[None]).quantize(num_colours, dither=Image.Dither.NONE)
    colours = np.array(strip.getpalette(), np.uint8).reshape(-1, 3)[:num_colours]
    return colours, np.asarray(strip).ravel()


def _write_gif(pictures: _Pictures, path: Path, title: str, per_second: int) -> None:
    first, *others = pictures.captioned(title)
    duration = round(1000 / per_second)
    first.save(path, format="GIF", save_all=True, append_images=others, duration=duration, loop=0, optimize=False)


def _write_film(pictures: _Pictures, path: Path, title: str, per_second: int) -> None:
    writer = FFMpegWriter(fps=per_second, metadata={"title": title})
    figure: Figure | None = None
    for picture in pictures.captioned(title):
        pixels = np.asarray(picture.convert("RGB"))
        height, width = (length + length % 2 for length in pixels.shape[:2])  # films have even sizes
        even = np.pad(pixels, ((0, height - pixels.shape[0]), (0, width - pixels.shape[1]), (0, 0)), mode="edge")
        if figure is None:
            figure = Figure(figsize=(width / 100, height / 100), dpi=100)
            image = figure.figimage(even)
            writer.setup(figure, path, dpi=100)
        image.set_data(even)
        writer.grab_frame()
    writer.finish()


def _write_page(pictures: _Pictures, path: Path, title: str, per_second: int) -> None:
    content = BytesIO()
    pictures.sprite.save(content, format="PNG", optimize=True)
    height, width = pictures.codes[0].shape
    values: dict[str, Any] = {
        "title": html.escape(title or "Animation"),
        "last": len(pictures.codes) - 1,
        "delay": round(1000 / per_second),
        "columns": width,
        "scale": pictures.scale,
        "width": width * pictures.scale,
        "height": height * pictures.scale,
        "sprite": base64.b64encode(content.getvalue()).decode("ascii"),
        "changes": ",\n".join(json.dumps(one, separators=(",", ":")) for one in pictures.changes()),
    }
    path.write_text(PAGE.substitute(values), encoding="utf-8")


WRITERS = {".gif": _write_gif, ".mp4": _write_film, ".html": _write_page}

PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>$title</title>
<style>
body { font: 14px sans-serif; color: #202020; background: #ffffff; margin: 24px auto; width: max-content; }
h1 { font-size: 16px; font-weight: normal; margin: 0 0 8px; }
canvas { display: block; }
div { display: flex; align-items: center; gap: 8px; margin-top: 8px; min-width: 280px; }
input { flex: 1; accent-color: #0072B2; }
button { font: inherit; width: 64px; padding: 4px 0; }
output { width: 84px; text-align: right; font-variant-numeric: tabular-nums; }
</style>
</head>
<body>
<h1>$title</h1>
<canvas id="plane" width="$width" height="$height" role="img" aria-label="the plane at the slider's step"></canvas>
<div>
<button id="play" type="button">Play</button>
<input id="slider" type="range" min="0" max="$last" value="0" aria-label="step">
<output id="step"></output>
</div>
<script>
const [columns, scale] = [$columns, $scale];
const changes = [
$changes
];
const [plane, play, slider, step] = ["plane", "play", "slider", "step"].map((id) => document.getElementById(id));
const sprite = new Image();
let timer = null;
function show() {
  const tiles = [];
  for (const change of changes.slice(0, slider.valueAsNumber + 1))
    for (let k = 0; k < change.length; k += 2) tiles[change[k]] = change[k + 1];
  const context = plane.getContext("2d");
  tiles.forEach((tile, cell) => {
    const [x, y] = [cell % columns, Math.floor(cell / columns)];
    context.drawImage(sprite, tile * scale, 0, scale, scale, x * scale, y * scale, scale, scale);
  });
  step.textContent = "step " + slider.value + " / " + slider.max;
}
function pause() {
  clearInterval(timer);
  timer = null;
  play.textContent = "Play";
}
function advance() {
  if (slider.valueAsNumber === changes.length - 1) return pause();
  slider.valueAsNumber += 1;
  show();
}
play.onclick = () => {
  if (timer !== null) return pause();
  if (slider.valueAsNumber === changes.length - 1) slider.value = 0;
  show();
  timer = setInterval(advance, $delay);
  play.textContent = "Pause";
};
slider.oninput = () => { pause(); show(); };
sprite.onload = show;
sprite.src = "data:image/png;base64,$sprite";
</script>
</body>
</html>
""")
