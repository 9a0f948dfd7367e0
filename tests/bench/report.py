"""scripts/bench --report: the page is whole, needs no network, and draws.

The disasters: a chart that is an empty frame; labels on top of each other; a
page that asks some server for its library, or that shows two clocks in one
chart; a report of a machine without the model that looks like one with it.

tests/bench/report_probe.js looks at a copy of the page in headless Chromium;
the copy differs by that script alone.
"""

import html
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import clocks
from pinenut import paths, tap

PROBE = paths.ROOT / "tests/bench/report_probe.js"
CHARTS = ("main", "working-set", "lengths", "phases", "scale", "both-sets",
          "sensitivity", "validation", "peers-1", "peers-2", "peers-3")
REFERENCES = re.compile(
    r"<(?:script|link|img|iframe|object|embed|base|form)\b|@import"
    r"|\bsrc(?:set)?\s*=|\bhref\s*=\s*[\"'](?!#)|url\((?!#)|https?:|//\w+\.",
    re.IGNORECASE)
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
WIDTH = 1280


def report(*words, path=None):
    """(status, what was said, the page)"""
    environment = dict(os.environ)
    if path:
        environment["PATH"] = f"{path}:{environment['PATH']}"
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "report.html")
        done = subprocess.run(
            [paths.ROOT / "scripts/bench", "--no-build", "--report", file,
             *words], env=environment, capture_output=True, text=True)
        page = file.read_text() if file.exists() else ""
    return done.returncode, done.stdout + done.stderr, page


# --- in the browser ---------------------------------------------------------


def browser():
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


def chromium(folder, page, *options):
    """What Chromium says of a page; it reaches no network and no home."""
    file = pathlib.Path(folder, "page.html")
    file.write_text(page)
    return subprocess.run(
        [browser(), "--headless", "--no-sandbox", "--disable-gpu",
         "--disable-dev-shm-usage", f"--user-data-dir={folder}/profile",
         "--host-resolver-rules=MAP * ~NOTFOUND", f"--window-size={WIDTH},900",
         *options, file.as_uri()], capture_output=True, text=True,
        timeout=120).stdout


def probed(page):
    """What report_probe.js found, or None."""
    copy = POLICY.sub("", page).replace(
        "</body>", f"<script>{PROBE.read_text()}</script></body>")
    with tempfile.TemporaryDirectory() as folder:
        said = chromium(folder, copy, "--dump-dom")
    found = re.search(r'<pre id="probe">(.*?)</pre>', said, re.DOTALL)
    return json.loads(html.unescape(found[1])) if found else None


def faults(figure):
    """What is wrong with one chart as it is drawn."""
    for at, drawing in enumerate(figure["drawings"]):
        empty = [s["name"] for s in drawing["series"] if not s["marks"]]
        if not drawing["series"] or empty:
            yield f"drawing {at}: nothing drawn of {empty or 'all'}"
        for what in ("overlapping", "outside"):
            if drawing[what]:
                yield f"drawing {at}: {what}: {drawing[what]}"
        if drawing["width"] < 100 or not drawing["texts"]:
            yield f"drawing {at}: no size or no labels"
        if not drawing["named"]:
            yield f"drawing {at}: no name for those who do not see it"
    if not figure["drawings"] or figure["rows"] < 2:
        yield "no drawing, or no table of its data"


def drawn(checks, page):
    found = probed(page)
    if not checks.ok(found, "Chromium opens the page"):
        return
    by_id = {figure["id"]: figure for figure in found["figures"]}
    checks.equal(tuple(by_id), CHARTS, "every chart is there")
    for name, figure in by_id.items():
        wrong = list(faults(figure))
        checks.ok(not wrong, f"{name}: drawn, legible, with its data",
                  "\n".join(wrong))
    checks.equal(found["fetched"], 0, "the browser fetched nothing else")
    checks.ok(found["wide"] <= WIDTH, f"it fits a window of {WIDTH} pixels",
              found["wide"])
    planted(checks, page)


def planted(checks, page):
    """An empty frame and a label on another are seen."""
    at = page.index('id="main"')
    polygons = re.compile(r"<(?:polygon|path)[^>]*fill[^>]*>|<polygon[^>]*>")
    end = page.index("</svg>", at)
    emptied = page[:at] + polygons.sub("", page[at:end]) + page[end:]
    emptied = emptied.replace("<text>small to small</text>",
                              '<text y="22">small to small</text>', 1)
    wrong = " ".join(faults(probed(emptied)["figures"][0]))
    checks.ok("nothing drawn" in wrong, "an empty chart is seen", wrong)
    checks.ok("overlapping: ['small to large / small to small']" in wrong,
              "labels that overlap are seen", wrong)


def picture(checks, page):
    """The page as it is, policy and all, gives a picture of some content."""
    with tempfile.TemporaryDirectory() as folder:
        shot = pathlib.Path(folder, "page.png")
        chromium(folder, page, f"--screenshot={shot}")
        size = shot.stat().st_size if shot.exists() else 0
    checks.ok(size > 20000, "a screenshot has something on it", size)


# --- in the file ------------------------------------------------------------


def alone(checks, page):
    found = REFERENCES.findall(page)
    checks.ok(not found, "nothing in the file refers to another", found[:5])
    checks.ok("default-src 'none'" in page, "and it tells browsers so")
    checks.ok(not REFERENCES.search('<a href="#main">')
              and REFERENCES.search('<img src="x">')
              and REFERENCES.search('<use href="http://a.b/c">')
              and REFERENCES.search("url(a.png)"), "(that check can fail)")


def told(checks, page):
    commit = re.search(r"<dt>commit</dt><dd>(\w[\w-]+)</dd>", page)
    checks.ok(commit and all(f"<dt>{what}</dt>" in page for what in (
        "clock", "emulator", "CPU", "command")),
              "it names clock, commit, emulator, CPU and command")
    checks.ok("scripts/bench --no-build --report" in page
              and "(--quick: a selection)" in page,
              "the exact command, and that it was a quick one")
    clocks_of = re.findall(r'<p class="clock">Clock: (.*?)</p>', page)
    checks.ok(len(clocks_of) > len(CHARTS) and all(clocks_of),
              "every figure names its clock", clocks_of)
    checks.ok("1143" in page and "324" in page and "121" in page,
              "published figures stand beside ours")


def without_model(checks):
    """With a QEMU that has no plugins."""
    with tempfile.TemporaryDirectory() as folder:
        fake = pathlib.Path(folder, "qemu-system-i386")
        fake.write_text(clocks.REFUSES.format(qemu=clocks.QEMU))
        fake.chmod(0o755)
        status, said, page = report("--quick", path=folder)
    checks.equal(status, 0, "without the model there is a page all the same")
    checks.equal(page.count("Left out: the P5 model cannot run"), 4,
                 "which says what is left out, and why")
    main = page.partition('id="main"')[2].partition("</figure>")[0]
    checks.ok("INSTRUCTIONS, not cycles" in main and " cycles" not in
              main.replace("not cycles", ""),
              "what there is are instructions", said)


def packages(checks):
    """gnuplot is asked for where it is needed, and only there."""
    with tempfile.TemporaryDirectory() as folder:
        for tool in ("dirname", "id"):
            pathlib.Path(folder, tool).symlink_to(shutil.which(tool))
        for words, wanted in ((["--report"], True), ([], False)):
            done = subprocess.run(
                [shutil.which("sh"), paths.ROOT / "scripts/bench",
                 "--no-install", *words], env={"PATH": folder},
                capture_output=True, text=True)
            checks.ok(done.returncode == 3 and done.stdout.count("\n") == 1
                      and ("gnuplot-nox" in done.stdout) == wanted,
                      f"--no-install {' '.join(words)}: "
                      f"{'asks' if wanted else 'does not ask'} for gnuplot",
                      done.stdout + done.stderr)


def options(checks):
    for words in (["--quick"], ["--report", "/no/such/folder/file"],
                  ["--report", "--phases"], ["--report", "--json", "x"],
                  ["--report", "--compare", "x"]):
        done = subprocess.run([paths.ROOT / "scripts/bench", "--no-build",
                               *words], capture_output=True, text=True)
        checks.ok(done.returncode == 2 and done.stderr.count("\n") == 1
                  and not done.stdout, f"{' '.join(words)}: one line, status 2",
                  done.stdout + done.stderr)


def main():
    checks = tap.Checks()
    status, said, page = report("--quick")
    if not checks.ok(status == 0 and page, "scripts/bench --report runs", said):
        checks.done()
    alone(checks, page)
    told(checks, page)
    drawn(checks, page)
    picture(checks, page)
    without_model(checks)
    packages(checks)
    options(checks)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
