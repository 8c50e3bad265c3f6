"""Tables of a suite as HTML: ours with intervals and stars, the published rows below in their own style."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from .highlight import escape

SYMBOLS = {"done": ("✓", "done"), "running": ("●", "running"), "waiting": ("·", "waiting"), "failed": ("✗", "failed")}


def figures_table(frame: pd.DataFrame, columns: Mapping[str, str], *, number: Callable[[float], str], points: bool = False) -> str:
    """One table of the paper. frame: rows of one table and measure, as suite_figures.build gives them; columns: column -> heading.

    number: how a value is printed; points: the figures are differences and are shown with a sign.
    """
    wanted = [column for column in columns if (frame["column"] == column).any()]
    head = "".join(f'<th scope="col">{escape(columns[column])}</th>' for column in wanted)
    body = []
    for name in dict.fromkeys(frame["row"]):
        mine = frame[frame["row"] == name].set_index("column")
        body.append(_row(name, [_cell(mine.loc[column], number, points) if column in mine.index else _empty() for column in wanted]))
        if mine["published"].notna().any():
            cells = [f"<td>{number(mine.loc[column, 'published']) if column in mine.index else '–'}</td>" for column in wanted]
            body.append(_row("in the paper", cells, kind="lr-paper"))
    return _table(head, body)


def _table(head: str, rows: Sequence[str]) -> str:
    return (
        f'<div class="lr-wide"><table class="lr-table"><thead><tr><td></td>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def _row(name: str, cells: Sequence[str], kind: str = "") -> str:
    return f'<tr class="{kind}"><th scope="row">{escape(name)}</th>{"".join(cells)}</tr>'


def _empty() -> str:
    return '<td title="This system was not run here, or the language lacks what it needs.">–</td>'


def _cell(row: pd.Series, number: Callable[[float], str], points: bool) -> str:
    value = f"{row['value']:+.1f}" if points else f"{row['value']:.3g}" if row["table"] == "extension" else number(row["value"])
    star = '<b class="lr-star">*</b>' if row["holds"] in (True,) else ""
    interval = "" if pd.isna(row["low"]) else f'<span class="lr-range">{row["low"]:.1f} to {row["high"]:.1f}</span>'
    return f'<td title="{escape(_note(row))}"><span>{value}{star}</span>{interval}</td>'


def _note(row: pd.Series) -> str:
    seeds = int(row["seeds"])
    parts = ["one seed" if seeds == 1 else f"mean of {seeds} seeds"]
    if not pd.isna(row["difference"]):
        parts.append(f"difference {row['difference']:+.1f} points")
    if not pd.isna(row["difference_low"]):
        parts.append(f"its 95% interval {row['difference_low']:+.1f} to {row['difference_high']:+.1f}")
    return "; ".join(parts)


def differences_table(frame: pd.DataFrame) -> str:
    """Every system (row) less every other (column) in points; a star where the difference holds. frame: one language and measure of
    suite_figures.compare."""
    names = list(dict.fromkeys([*frame["system"], *frame["other"]]))
    found = {(row["system"], row["other"]): row for row in frame.to_dict("records")}
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = []
    for one in names:
        cells = []
        for other in names:
            row, sign = (found.get((one, other)), 1) if (one, other) in found else (found.get((other, one)), -1)
            if row is None:
                cells.append("<td></td>")
                continue
            low, high = sorted((sign * row["low"], sign * row["high"]))
            star = '<b class="lr-star">*</b>' if row["holds"] else ""
            difference = sign * row["difference"]
            note = f"{one} less {other}: {difference:+.1f} points, 95% interval {low:+.1f} to {high:+.1f}"
            kind = ("lr-up" if difference > 0 else "lr-down") if row["holds"] else ""
            cells.append(f'<td class="{kind}" title="{escape(note)}">{difference:+.1f}{star}</td>')
        body.append(_row(one, cells))
    return _table(head, body)


def progress_grid(progress: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Systems down, languages across; each run is a symbol with its state and message on hover.

    progress: row (label), language (code), state (a key of SYMBOLS), message; one row a run. names: language code -> name.
    """
    codes = list(dict.fromkeys(progress["language"]))
    head = "".join(f'<th scope="col">{escape(names.get(code, code))}</th>' for code in codes)
    symbols: dict[tuple[str, str], str] = {}
    for run in progress.to_dict("records"):
        place = run["row"], run["language"]
        symbols[place] = symbols.get(place, "") + _symbol(run["state"], run["message"])
    rows = [_row(label, [f"<td>{symbols.get((label, code), '')}</td>" for code in codes]) for label in dict.fromkeys(progress["row"])]
    return _table(head, rows)


def _symbol(state: str, message: str) -> str:
    symbol, word = SYMBOLS[state]
    note = ": ".join(filter(None, (word, message)))
    return f'<span class="lr-state lr-{state}" title="{escape(note)}">{symbol}<span class="lr-hidden"> {word}</span></span>'
