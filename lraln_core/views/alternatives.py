"""Text alternatives of charts, for screen readers: what is drawn over what, and the values or their range."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import altair as alt

MOST_ROWS = 12  # of a chart that is read out value by value


def in_words(chart: alt.TopLevelMixin) -> str:
    """`Accuracy by Step: Step 0, Accuracy 0.5; ...`; the range alone when there are more than 12 rows."""
    spec = chart.to_dict()
    units = list(_units(spec, spec.get("data")))
    fields: dict[str, str] = {}  # field -> title, in the order of the drawing
    titles: dict[str, str] = {}  # x, y -> title
    for unit, _ in units:
        for channel in ("x", "y", "row", "column", "color"):
            encoding = unit["encoding"].get(channel)
            if isinstance(encoding, dict) and encoding.get("field"):
                title = str(encoding.get("title") or encoding["field"])
                fields.setdefault(encoding["field"], title)
                titles.setdefault(channel, title)
    rows = next((found for _, data in units if (found := _rows(spec, data))), [])
    about = " by ".join(titles[channel] for channel in ("y", "x") if channel in titles) or "Chart"
    known = [field for field in fields if rows and field in rows[0]]
    if not known:
        return about
    if len(rows) <= MOST_ROWS:
        return f"{about}: {'; '.join(', '.join(f'{fields[field]} {_value(row.get(field))}' for field in known) for row in rows)}"
    ranges = [
        f"{fields[field]} from {_value(min(numbers))} to {_value(max(numbers))}"
        for field in known
        if (numbers := [row[field] for row in rows if isinstance(row.get(field), (int, float)) and not isinstance(row[field], bool)])
    ]
    return f"{about}: {len(rows)} values" + (f"; {'; '.join(ranges)}" if ranges else "")


def _units(spec: dict[str, Any], data: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Every part of a chart that has an encoding, with its data."""
    data = spec.get("data", data)
    if isinstance(spec.get("encoding"), dict):
        yield spec, data
    for name in ("layer", "hconcat", "vconcat", "concat"):
        for part in spec.get(name, ()):
            yield from _units(part, data)
    if isinstance(spec.get("spec"), dict):
        yield from _units(spec["spec"], data)


def _rows(spec: dict[str, Any], data: Any) -> list[dict[str, Any]]:
    """The rows of a unit, given inline or by the name of a data set."""
    if not isinstance(data, dict):
        return []
    found = data.get("values", spec.get("datasets", {}).get(data.get("name"), []))
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _value(value: Any) -> str:
    if value is None:
        return "not measured"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
