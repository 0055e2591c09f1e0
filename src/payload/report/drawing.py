"""Bars in cells: one day of one row as a line of text that can be read with and without colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text

from payload.met import HOUR, Calendar, Window
from payload.report.colours import INK
from payload.report.rows import Bar, Day

STATE_MARKS = {"running": "▸", "done": "✓", "failed": "✗", "skipped": "⌀"}
#: by turns, so that duties that touch can be told apart
_DUTIES = (Style(color="#dde1e7", bgcolor="#3d444f"), Style(color="#e6e9ee", bgcolor="#535c69"))
_GRID = Style(dim=True)
_WINDOW = Style(color="cyan")
#: hours between two labels of the axis, and the cells that such a label needs
_TICK_HOURS = (1, 2, 3, 4, 6, 12)
_TICK_CELLS = 5


@dataclass(frozen=True, slots=True)
class Canvas:
    """A day, or the part `span` of it, over `width` cells. `plain` is for a console without colours: there the fills
    say what a bar is."""

    day: Day
    span: Window
    width: int
    horizon: Window
    calendar: Calendar
    letters: Mapping[str, str]
    colours: Mapping[str, str]
    plain: bool

    def axis(self) -> Text:
        """The hours of the local clock."""
        line = [" "] * self.width
        for at, hour in self._ticks():
            cell = self._cell(at)
            for place, character in enumerate(f"{hour:02d}"):
                if cell + place < self.width:
                    line[cell + place] = character
        return Text("".join(line), style="dim")

    def bars(self, bars: Iterable[Bar]) -> Text:
        """One lane. Short bars are drawn over long ones, so that none disappears; each has at least one cell. What is
        left of a bar below others has its label in its longest stretch."""
        cells = self._empty()
        drawn: list[tuple[int, int, Bar, int]] = []
        shown = [(cut, bar, turn) for bar, turn in _turns(bars) if (cut := bar.window.cut(self.span))]
        for cut, bar, turn in sorted(shown, key=lambda each: (each[1].inside, -each[0].length_ms, each[0].start)):
            first = min(self._cell(cut.start), self.width - 1)
            last = max(first + 1, self._cell(cut.end))
            drawn.append((first, last, bar, turn))
        for place, (first, last, bar, turn) in enumerate(drawn):
            for start, end, labelled in _stretches(first, last, [each[:2] for each in drawn[place + 1 :]]):
                cells[start:end] = self._bar(bar, end - start, turn, labelled)
        return _text(cells[: self.width])

    def windows(self, windows: Sequence[Window]) -> Text:
        """Thin: a full line where the window is open for most of a cell, a broken one where for a part of it."""
        cells = self._empty()
        windows = [window for window in windows if window.overlaps(self.span)]
        for cell in range(self.width):
            here = Window(self._at(cell), self._at(cell + 1))
            open_ms = sum(cut.length_ms for window in windows if (cut := window.cut(here)))
            if open_ms:
                cells[cell] = ("━" if 2 * open_ms >= here.length_ms else "╍", _WINDOW)
        return _text(cells)

    def _bar(self, bar: Bar, width: int, turn: int, labelled: bool) -> list[tuple[str, Style]]:
        mark = STATE_MARKS.get(bar.state, "")
        if not bar.experiment:
            room = width - (width > 1 if self.plain or mark else width > 2)
            label = _fit(bar.labels(), room) if labelled else ""
            fill, base = ("░", Style()) if self.plain else (" ", _DUTIES[turn])
            cells = [(character, base) for character in label.ljust(width, fill)]
            if mark and width > 1:
                cells[-1] = (mark, base)
            return cells
        letter = self.letters[bar.experiment]
        room = width - 2 - (width > 3)
        label = letter + (" " + _fit(bar.labels(), room) if room >= 3 else "")
        if bar.rig or not bar.crew:
            base = Style(bold=True) if self.plain else Style(color=self.colours[bar.experiment], bold=True)
            fill = "─"
        else:
            fill = "▓" if self.plain else " "
            base = Style(bold=True) if self.plain else Style(color=INK, bgcolor=self.colours[bar.experiment])
        if self.plain and 1 < len(label) < width - 1:
            label += " "
        cells = [(character, base) for character in label.ljust(width, fill)[:width]]
        if mark and width > 1:
            cells[-1] = (mark, base)
        elif not self.plain and width > 2 and fill == " ":
            cells[-1] = ("▕", base)
        return cells

    def _empty(self) -> list[tuple[str, Style]]:
        cells = [(" ", _GRID)] * self.width
        for at, _ in self._ticks():
            if self._cell(at) < self.width:
                cells[self._cell(at)] = ("·", _GRID)
        for cell in range(self.width):
            if not Window(self._at(cell), self._at(cell + 1)).overlaps(self.horizon):
                cells[cell] = ("╱", _GRID)
        return cells

    def _ticks(self) -> list[tuple[int, int]]:
        """Instants on the axis with their local hours."""
        fits = (hours for hours in _TICK_HOURS if self.width * hours * HOUR >= _TICK_CELLS * self.span.length_ms)
        step = next(fits, _TICK_HOURS[-1])
        instants = ((self.calendar.at(self.day.on, hour * HOUR), hour) for hour in range(0, 24, step))
        return [(at, hour) for at, hour in instants if self.span.start <= at < self.span.end]

    def _cell(self, at: int) -> int:
        """The cell boundary nearest to an instant."""
        length_ms = self.span.length_ms
        return (2 * (at - self.span.start) * self.width + length_ms) // (2 * length_ms)

    def _at(self, cell: int) -> int:
        return self.span.start + cell * self.span.length_ms // self.width


def _stretches(first: int, last: int, above: Sequence[tuple[int, int]]) -> list[tuple[int, int, bool]]:
    """What is left of the cells `[first, last)` below others: stretches in order, the longest of them marked."""
    covered = {cell for start, end in above for cell in range(max(start, first), min(end, last))}
    left: list[tuple[int, int]] = []
    for cell in range(first, last):
        if cell in covered:
            continue
        if left and left[-1][1] == cell:
            left[-1] = (left[-1][0], cell + 1)
        else:
            left.append((cell, cell + 1))
    longest = max(left, key=lambda each: each[1] - each[0], default=None)
    return [(start, end, (start, end) == longest) for start, end in left]


def _turns(bars: Iterable[Bar]) -> list[tuple[Bar, int]]:
    """Each bar with its shade: 0, or the other one of a duty that touches the duty before it."""
    found: list[tuple[Bar, int]] = []
    last: tuple[Bar, int] | None = None
    for bar in bars:
        turn = 1 - last[1] if last and not bar.experiment and last[0].end == bar.start else 0
        found.append((bar, turn))
        if not bar.experiment:
            last = bar, turn
    return found


def _fit(labels: Sequence[str], room: int) -> str:
    """The longest label that has room, or what fits of the shortest."""
    return next((label for label in labels if len(label) <= room), labels[-1][: max(room, 0)])


def _text(cells: Sequence[tuple[str, Style]]) -> Text:
    line = Text(no_wrap=True)
    for character, style in cells:
        line.append(character, style)
    return line
