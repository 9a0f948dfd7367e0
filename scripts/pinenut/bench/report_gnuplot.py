"""Charts of the report: SVG by gnuplot, to stand inside an HTML page.

    bars(id, Bars(...)), curves(id, Curves(...))  -> SVG text

Two kinds are enough: rows of horizontal segments (bars, stacks, ranges, with
marks and words on them), and lines over a number. What gnuplot writes is
made fit for the page: black and the font are the page's, ids are unique, and
it scales.
"""

import re
import subprocess
from html import escape
from typing import NamedTuple

ROW, BAR = 34, 0.36                # pixels a row; half a bar, of a row
LEFT, RIGHT, TOP, BOTTOM = 170, 70, 14, 54
BLACK = re.compile(r"(fill|stroke)=(['\"])(?:black|rgb\( *0, *0, *0\))\2")
HEAD = """set terminal svg noenhanced dynamic size {width},{height} \
font "sans-serif,13" background "#ffffff00" linewidth 1.4
set border 3 linewidth 0.6
set tics nomirror scale 0.5
set grid {grid} linecolor rgb "#999999" linewidth 0.35
set key off
set lmargin at screen {left}
set rmargin at screen {right}
set tmargin at screen {top}
set bmargin at screen {bottom}
"""


class ChartError(RuntimeError):
    """gnuplot did not draw."""


class Series(NamedTuple):
    """Of Bars: values are (row, from, to), or (row, x) of marks. Of Curves:
    (x, y). mark: gnuplot's point type, None for segments or a line alone."""

    name: str
    colour: str
    values: list
    mark: int = None


class Word(NamedTuple):
    """A text in a row, beginning, centred or ending at x."""

    row: int
    x: float
    text: str
    align: str = "left"
    colour: str = None


class Bars(NamedTuple):
    rows: list                     # the names, from the top
    series: list
    words: list
    x_label: str
    x_range: tuple
    line: float = None             # a vertical line for comparison
    left: int = LEFT
    width: int = 960


class Curves(NamedTuple):
    series: list
    x_label: str
    y_label: str
    x_range: tuple
    y_range: tuple
    x_tics: list
    log: bool = False              # the x axis
    width: int = 960
    height: int = 380
    right: int = 150               # room for the names beside the lines
    named: bool = True             # ... if they stand there


def quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', "'") + '"'


def frame(width, height, left, right, grid):
    return HEAD.format(width=width, height=height, grid=grid,
                       left=left / width, right=1 - right / width,
                       top=1 - TOP / height, bottom=BOTTOM / height)


def block(name, lines):
    rows = "\n".join(" ".join(f"{v:.6g}" for v in line) for line in lines)
    return f"{name} << EOD\n{rows}\nEOD\n"


def labels(words, y_of):
    for word in words:
        colour = f" textcolor rgb {quoted(word.colour)}" if word.colour else ""
        yield (f"set label {quoted(word.text)} at first {word.x:.6g}, first "
               f"{y_of(word.row):.6g} {word.align}{colour} front\n")


def draw(name, script, data, series, element):
    """Run gnuplot; element(n, series[n]) is an element of its plot command."""
    plots = [element(at, one) for at, one in enumerate(series)]
    text = script + "".join(data) + "plot " + ", \\\n     ".join(plots) + "\n"
    done = subprocess.run(["gnuplot"], input=text, capture_output=True,
                          text=True)
    if done.returncode or not done.stdout.rstrip().endswith("</svg>"):
        raise ChartError(f"gnuplot, {name}: {done.stderr.strip()[:600]}")
    return tidied(name, done.stdout, [one.name for one in series])


def tidied(name, svg, names):
    """gnuplot's file as a part of a page."""
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r"\s+xmlns(:\w+)?=['\"][^'\"]*['\"]", "", svg)
    svg = re.sub(r"<desc>.*?</desc>", "", svg, flags=re.S)
    svg = svg.replace("<title>Gnuplot</title>", "")
    svg = re.sub(r"(gnuplot_plot_(\d+)['\"]\s*>\s*<title>).*?(?=</title>)",
                 lambda m: m[1] + escape(names[int(m[2]) - 1]), svg)
    svg = svg.replace("xlink:href", "href")
    svg = BLACK.sub(r'\1="currentColor"', svg).replace(' color="black"', "")
    svg = re.sub(r"\bid=(['\"])", rf"id=\1{name}-", svg)
    svg = re.sub(r"(href=['\"]#|url\(#)", rf"\1{name}-", svg)
    return re.sub(r"\s*\n\s*", "\n", svg)


# --- rows -------------------------------------------------------------------


def _bar_element(at, series):
    style = f"linecolor rgb {quoted(series.colour)}"
    if series.mark is not None:
        return (f"$d{at} using 2:1 with points pointtype {series.mark} "
                f"pointsize 0.9 linewidth 1.6 {style}")
    return (f"$d{at} using 2:1:2:3:($1-{BAR}):($1+{BAR}) with boxxyerror "
            f"fillstyle solid 1 noborder {style}")


def bars(name, chart):
    last = len(chart.rows) - 1
    height = TOP + BOTTOM + ROW * len(chart.rows)
    tics = ", ".join(f"{quoted(row)} {last - at}"
                     for at, row in enumerate(chart.rows))
    script = frame(chart.width, height, chart.left, RIGHT, "x")
    script += (f"set ytics scale 0 ({tics})\nset yrange [-0.6:{last + 0.6}]\n"
               f"set xrange [{chart.x_range[0]}:{chart.x_range[1]}]\n"
               f"set xlabel {quoted(chart.x_label)} offset 0, 0.4\n")
    if chart.line is not None:
        script += (f"set arrow from first {chart.line}, graph 0 to first "
                   f"{chart.line}, graph 1 nohead linewidth 0.8 "
                   "linecolor rgb \"black\" front\n")
    script += "".join(labels(chart.words, lambda row: last - row))
    data = [block(f"$d{at}", [(last - v[0], *v[1:]) for v in series.values])
            for at, series in enumerate(chart.series)]
    return draw(name, script, data, chart.series, _bar_element)


# --- lines ------------------------------------------------------------------


def _curve_element(at, series):
    kind = "points" if len(series.values) == 1 else "linespoints"
    return (f"$d{at} using 1:2 with {kind} pointtype {series.mark or 7} "
            f"pointsize 0.6 linewidth 1.8 linecolor rgb "
            f"{quoted(series.colour)}")


def spread(ends, least):
    """Heights for names beside the ends of lines, `least` apart."""
    heights, above = {}, None
    for at in sorted(range(len(ends)), key=lambda i: ends[i]):
        above = ends[at] if above is None else max(ends[at], above + least)
        heights[at] = above
    return [heights[at] for at in range(len(ends))]


def names_beside(chart):
    """Each line's name at its end."""
    low, high = chart.y_range
    least = (high - low) * 18 / (chart.height - TOP - BOTTOM)
    heights = spread([s.values[-1][1] for s in chart.series], least)
    for one, y in zip(chart.series, heights):
        yield (f"set label {quoted(one.name)} at first {one.values[-1][0]}, "
               f"first {y:.6g} left offset character 1, 0 textcolor rgb "
               f"{quoted(one.colour)}\n")


def curves(name, chart):
    script = frame(chart.width, chart.height, 80, chart.right, "y")
    tics = ", ".join(f'"{tic:,}" {tic}' for tic in chart.x_tics)
    low, high = chart.y_range
    script += (f"set xtics ({tics})\n"
               f"set xrange [{chart.x_range[0]}:{chart.x_range[1]}]\n"
               f"set yrange [{low}:{high}]\n"
               f"set xlabel {quoted(chart.x_label)} offset 0, 0.4\n"
               f"set ylabel {quoted(chart.y_label)} offset 1, 0\n")
    if chart.log:
        script += "set logscale x 2\n"
    script += "".join(names_beside(chart)) if chart.named else ""
    data = [block(f"$d{at}", s.values) for at, s in enumerate(chart.series)]
    return draw(name, script, data, chart.series, _curve_element)
