"""The report's page: figures in sections, as one HTML file that needs nothing
else (bench/report has its frame and its style).

    page(facts, sections)  -> HTML text
"""

import re
from html import escape
from typing import NamedTuple

from pinenut import paths

TEMPLATES = paths.ROOT / "bench/report"
FIGURE = """<figure id="{id}" data-chart>
<h3>{caption}</h3>
<p class="clock">Clock: {clock}</p>
{legend}
{drawings}
{notes}
<details><summary>The data</summary>
<div class="wide">{table}</div></details>
</figure>"""
SECTION = """<section id="part-{id}">
<h2>{title}</h2>
<p class="about"><code>{command}</code></p>
{body}
</section>"""
NUMBER = re.compile(r"[-+]?[\d.,]+%?|-|")
SHOWN = "<svg"


class Section(NamedTuple):
    """figures; or missing: why there are none."""

    id: str
    title: str
    command: str
    figures: list = []
    missing: str = ""


def cell(text, kind, number):
    return (f"<{kind}{' class=number' if number else ''}>{escape(str(text))}"
            f"</{kind}>")


def table(rows):
    """The first row has the names; columns of numbers stand to the right."""
    head, *body = [list(row) for row in rows]
    right = [all(NUMBER.fullmatch(row[at]) for row in body)
             for at in range(len(head))]
    lines = ["<tr>" + "".join(cell(text, kind, number) for text, number in
                              zip(row, right)) + "</tr>"
             for kind, row in [("th", head), *(("td", row) for row in body)]]
    return "<table>" + "\n".join(lines) + "</table>"


def legend(pairs):
    items = "".join(f'<li><i style="background:{colour}"></i>{escape(name)}'
                    "</li>" for name, colour in pairs)
    return f'<ul class="legend">{items}</ul>' if items else ""


def drawing(caption, above, svg):
    """Named for those who do not see it; as wide as its share."""
    width = re.search(r'viewBox="0 0 (\d+)', svg)[1]
    said = escape(f"{caption} {above}".strip(), quote=True)
    svg = svg.replace(SHOWN, f'<svg role="img" aria-label="{said}"', 1)
    title = f"<h4>{escape(above)}</h4>" if above else ""
    return f'<div style="flex:{width}">{title}{svg}</div>'


def drawings(one):
    if not one.drawings:
        return ""
    return ('<div class="drawings">' + "".join(
        drawing(one.caption, *each) for each in one.drawings) + "</div>")


def notes(lines):
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<ul class="notes">{items}</ul>' if items else ""


def figure(one):
    text = FIGURE.format(id=one.id, caption=escape(one.caption),
                         clock=escape(one.clock), legend=legend(one.legend),
                         drawings=drawings(one), notes=notes(one.notes),
                         table=table(one.rows))
    return text if one.drawings else text.replace(" data-chart", "").replace(
        "<details>", "<details open>")


def section(one):
    body = "\n".join(figure(each) for each in one.figures)
    if one.missing:
        body = f'<p class="missing">Left out: {escape(one.missing)}</p>'
    return SECTION.format(id=one.id, title=escape(one.title),
                          command=escape(one.command), body=body)


def page(facts, sections):
    """facts: (name, text) pairs, one of them the commit."""
    return (TEMPLATES / "page.html").read_text().format(
        style=(TEMPLATES / "style.css").read_text(),
        commit=escape(dict(facts)["commit"]),
        facts="\n".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>"
                        for name, text in facts),
        contents="".join(f'<a href="#part-{s.id}">{escape(s.title)}</a>'
                         for s in sections),
        sections="\n".join(section(s) for s in sections))
