// Runs in a copy of the report, in Chromium: what each chart has drawn, as
// JSON in an element "probe". A mark counts if it has an extent and is
// of a series, not of the grid or an axis; labels must not overlap, nor
// stand outside their drawing.
"use strict";

const SLACK = 1.5; // pixels

function boxes(elements) {
    return elements.map((e) => e.getBoundingClientRect());
}

function meet(a, b) {
    return (
        a.left < b.right - SLACK &&
        b.left < a.right - SLACK &&
        a.top < b.bottom - SLACK &&
        b.top < a.bottom - SLACK
    );
}

function overlapping(texts) {
    const at = boxes(texts);
    const found = [];
    for (let i = 0; i < texts.length; i++)
        for (let j = 0; j < i; j++)
            if (meet(at[i], at[j]))
                found.push(texts[j].textContent + " / " + texts[i].textContent);
    return found;
}

function outside(texts, svg) {
    const whole = svg.getBoundingClientRect();
    return texts
        .filter((text) => {
            const box = text.getBoundingClientRect();
            return (
                box.left < whole.left - SLACK ||
                box.right > whole.right + SLACK ||
                box.top < whole.top - SLACK ||
                box.bottom > whole.bottom + SLACK
            );
        })
        .map((text) => text.textContent);
}

// gnuplot puts each series into a group with an id like main-gnuplot_plot_1.
function marks(svg) {
    const groups = [...svg.querySelectorAll("g[id*=gnuplot_plot_]")];
    return groups.map((group) => ({
        name: group.querySelector("title")?.textContent ?? "",
        marks: [...group.querySelectorAll("path, polygon, use")].filter((e) => {
            const box = e.getBoundingClientRect();
            return box.width + box.height > 0;
        }).length,
    }));
}

function drawing(svg) {
    const texts = [...svg.querySelectorAll("text")].filter((t) =>
        t.textContent.trim(),
    );
    return {
        width: svg.getBoundingClientRect().width,
        series: marks(svg),
        texts: texts.length,
        overlapping: overlapping(texts),
        outside: outside(texts, svg),
        named: Boolean(svg.getAttribute("aria-label")),
    };
}

function probe() {
    const figures = [...document.querySelectorAll("figure[data-chart]")];
    return figures.map((figure) => ({
        id: figure.id,
        clock: figure.querySelector(".clock").textContent,
        rows: figure.querySelectorAll("details tr").length,
        drawings: [...figure.querySelectorAll("svg")].map(drawing),
    }));
}

window.addEventListener("load", () => {
    const said = document.createElement("pre");
    said.id = "probe";
    said.textContent = JSON.stringify({
        figures: probe(),
        fetched: performance.getEntriesByType("resource").length,
        wide: document.documentElement.scrollWidth,
    });
    document.body.append(said);
});
