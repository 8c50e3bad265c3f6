"""Charts as files: SVG and PNG drawn on this computer, without a browser and without a network."""

from __future__ import annotations

import functools
import re
from types import ModuleType

import altair as alt

from lraln_core.errors import ConfigError

WIDTH = 560  # pixels of a chart that has no width of its own
SCALE = 2.0  # pixels of a PNG for each of these
_FONT = "Helvetica, Arial, sans-serif"  # the converter includes a font of this family; other scripts use system fonts
_TEXT, _LINE = "#010203", "#040506"  # placeholders for the colours of the page
_IDS = re.compile(r'\b(id="|url\(#|href="#)')


def svg(chart: alt.TopLevelMixin) -> str:
    """A drawing for papers: dark text on white."""
    return _converter().vegalite_to_svg(_specification(chart, "#1f2a33", "#dcd8cf", "white"), allowed_base_urls=[])


def png(chart: alt.TopLevelMixin) -> bytes:
    """The same as an image of twice the resolution of a screen."""
    return _converter().vegalite_to_png(_specification(chart, "#1f2a33", "#dcd8cf", "white"), scale=SCALE, allowed_base_urls=[])


def inline_svg(chart: alt.TopLevelMixin, prefix: str) -> str:
    """A drawing for the inside of a page: it takes the page's text colour and its variable --line, light or dark.

    prefix keeps the ids of several drawings apart.
    """
    drawing = _converter().vegalite_to_svg(_specification(chart, _TEXT, _LINE, None), allowed_base_urls=[])
    drawing = drawing.replace(_TEXT, "currentColor").replace(_LINE, "var(--line)")
    return _IDS.sub(rf"\g<1>{re.sub(r'[^a-z0-9]', '', prefix.lower())}-", drawing)


def _specification(chart: alt.TopLevelMixin, text: str, line: str, background: str | None) -> dict:
    specification = chart.to_dict()
    specification.setdefault("width", WIDTH)
    colours = {"labelColor": text, "titleColor": text}
    specification["config"] = {
        "font": _FONT,
        "axis": colours | {"gridColor": line, "domainColor": line, "tickColor": line, "labelFontSize": 12, "titleFontSize": 12},
        "legend": colours | {"labelFontSize": 12, "titleFontSize": 12},
        "title": {"color": text},
        "text": {"color": text},
        "view": {"stroke": None},
    }
    specification["background"] = background
    return specification


@functools.cache
def _converter() -> ModuleType:
    """vl-convert, loaded with the first drawing."""
    try:
        import vl_convert
    except ImportError as error:
        raise ConfigError("Drawing files needs the package vl-convert-python; install the requirements again.") from error
    return vl_convert
