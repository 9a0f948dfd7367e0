"""The results in other tools' shapes, --compare, and progress.

The disasters: a file that another tool takes for seconds, or cannot read; a
comparison of two clocks; a slower kernel that compares as equal; control
characters of a progress line in somebody's log.
"""

import io
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from pinenut import paths, progress, tap
from pinenut.bench import compare, run
from front_door import bench

# What Google's compare.py reads of a case, and what it takes for seconds.
GOOGLE = {"name": str, "run_name": str, "run_type": str, "aggregate_name": str,
          "real_time": (int, float), "cpu_time": (int, float),
          "time_unit": str, "iterations": int}
SECONDS = ("s", "ms", "us", "ns")
SEL4 = ("Min", "Max", "Mean", "Stddev", "Variance", "Median", "1st quantile",
        "3rd quantile", "Samples")


def google(checks, plain, found):
    checks.equal(set(found), {"context", "benchmarks"},
                 "google: a context and benchmarks")
    cases = found["benchmarks"]
    checks.ok(all(isinstance(c.get(k), kind) for c in cases
                  for k, kind in GOOGLE.items()),
              "google: every field that compare.py reads is there", cases[0])
    checks.equal(len({c["name"] for c in cases}), run.CASES,
                 "google: a name of its own for every case")
    checks.ok(all(c["time_unit"] == "cycles" for c in cases)
              and "cycles" not in SECONDS,
              "google: cycles are called cycles, not seconds")
    checks.ok(all(c["run_type"] == "aggregate" for c in cases),
              "google: a median is an aggregate (so compare.py looks for no "
              "seconds)")
    checks.equal([c["real_time"] for c in cases],
                 [r["median"] for r in plain[1:]], "google: our medians")
    checks.ok(found["context"]["commit"] == plain[0]["commit"]
              and found["context"]["json_schema_version"] == 1,
              "google: the context names the commit", found["context"])


def sel4bench(checks, plain, found):
    checks.ok(isinstance(found, list) and len(found) == 1
              and isinstance(found[0]["Benchmark"], str),
              "sel4bench: a list of benchmarks")
    rows = found[0]["Results"]
    checks.ok(all(isinstance(row[key], (int, float)) for row in rows
                  for key in SEL4), "sel4bench: its statistics are numbers",
              rows[0])
    checks.equal([row["Median"] for row in rows],
                 [r["median"] for r in plain[1:]], "sel4bench: our medians")
    checks.ok(all(row["Min"] <= row["Mean"] <= row["Max"] and
                  (row["Stddev"] > 0) == (row["Min"] != row["Max"])
                  for row in rows), "sel4bench: mean and deviation fit")
    checks.ok(all(row["Unit"] == "cycles" and row["Clock"] == "p5"
                  for row in rows), "sel4bench: each row names its clock")


def write(folder, records, **header):
    path = pathlib.Path(folder, "old.json")
    path.write_text(json.dumps([{**records[0], **header}, *records[1:]]))
    return path


def one_changed(records, factor):
    """The records with small to small, 3 registers, another."""
    case = ("small-small", 3, 0)
    return [records[0], *({**r, "median": round(r["median"] * factor, 2)}
                          if compare.case_of(r) == case else r
                          for r in records[1:])]


def compared(folder, plain, old, **header):
    """What --compare would say of a file with these records."""
    found = compare.compare(compare.read(write(folder, old, **header)),
                            plain[0], plain[1:])
    return found.changed, found.text()


def comparisons(checks, folder, plain):
    changed, text = compared(folder, plain, plain)
    checks.ok(not changed and f"{run.CASES} of {run.CASES} cases are equal"
              in text, "--compare: equal is equal", text)
    changed, text = compared(folder, plain, one_changed(plain, 1.005))
    checks.ok(not changed and "1 cost less, 0 cost more; 0 by more" in text,
              "--compare: half a percent is told, but is no change", text)
    changed, text = compared(folder, plain, one_changed(plain, 1.1))
    checks.ok(changed and "1 cost less, 0 cost more; 1 by more" in text,
              "--compare: ten percent less is one", text)
    changed, text = compared(folder, plain, [*plain[:-1],
                                             {**plain[-1], "mrs": 99}])
    checks.ok(changed and "only new  large-large 3 registers 64 pages" in text
              and "only old  large-large 99 registers 64 pages" in text,
              "--compare: so are new and lost cases", text)
    changed, text = compared(folder, plain, plain, emulator="vax")
    checks.ok(not changed and "emulator was vax" in text,
              "--compare: another emulator is told", text)


def slower(checks, folder, plain):
    """The whole command; returns its file in sel4bench's shape."""
    answer = bench("--json-format", "sel4bench", "--compare",
                   write(folder, one_changed(plain, 0.9)))
    checks.ok(answer.status == 5 and "small to small" in
              answer.out.partition("COMPARED")[2] and "+11.1" in answer.out
              and "1 cost more; 1 by more than 1 %" in answer.out,
              "--compare: a case 11 % dearer is told, status 5", answer.out)
    return answer.json


def refusals(checks, folder, plain):
    for header in ({"clock": "kvm"}, {"slots": "x2"}, {"cpu_model": "i860"}):
        try:
            checks.equal(compared(folder, plain, plain, **header), None,
                         f"--compare: {header}")
        except compare.Unlike as problem:
            checks.ok("not comparable" in str(problem),
                      f"--compare: refuses {header}", problem)
    answer = bench("--compare", write(folder, plain, slots="x2"))
    checks.ok(answer.status == 2 and "not comparable" in answer.err
              and not answer.out, "--compare: refuses before it measures",
              answer.out + answer.err)
    for text in ("", "[]", "{}", "[1, 2]", '[{"clock": "p5"}]'):
        path = pathlib.Path(folder, "bad.json")
        path.write_text(text)
        answer = bench("--compare", path)
        checks.ok(answer.status == 2 and answer.err.count("\n") == 1
                  and not answer.out, f"--compare: refuses {text!r}",
                  answer.out + answer.err)
    for words in (["--compare", "/no/such/file"], ["--json-format", "xml"],
                  ["--phases", "--json-format", "google"],
                  ["--servers", "--compare", write(folder, plain)]):
        answer = bench(*words)
        checks.ok(answer.status == 2 and answer.err.count("\n") == 1
                  and not answer.out, f"{words[0]} {words[1]}...: one line, "
                  "status 2", answer.out + answer.err)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def progress_lines(checks):
    shown = Terminal()
    with progress.part("1 of 2: "), progress.Ticker(
            "measuring", lambda: "3 of 9", shown):
        time.sleep(2.2 * progress.PERIOD)
    text = shown.getvalue()
    checks.ok("\r1 of 2: measuring: 3 of 9, " in text and "\n" not in text
              and text.endswith("\r\x1b[K"),
              "progress: one line that rewrites itself and goes", repr(text))
    quiet = io.StringIO()
    with progress.Line("servers", quiet) as line, \
            progress.Ticker("measuring", None, quiet):
        line.show("3 of 9")
        time.sleep(1.2 * progress.PERIOD)
    checks.equal(quiet.getvalue(), "", "progress: none in files and pipes")


def terminal(checks, folder):
    """The whole command, with a terminal; its file in Google's shape."""
    record, file = (pathlib.Path(folder, name) for name in ("said", "json"))
    done = subprocess.run(
        ["script", "-qec", f"{paths.ROOT}/scripts/bench --no-build "
         f"--json {file} --json-format google >/dev/null", record],
        capture_output=True, text=True)
    text = record.read_text()
    checks.ok(done.returncode == 0 and f" of {run.CASES} cases, " in text,
              "the table's measurement shows its progress", text[:400])
    return json.loads(file.read_text())


def main():
    checks = tap.Checks()
    plain = bench()
    if not checks.ok(plain.status == 0 and plain.json and not plain.err,
                     "scripts/bench runs", plain.out + plain.err):
        checks.done()
    with tempfile.TemporaryDirectory() as folder:
        google(checks, plain.json, terminal(checks, folder))
        sel4bench(checks, plain.json, slower(checks, folder, plain.json))
        comparisons(checks, folder, plain.json)
        refusals(checks, folder, plain.json)
    progress_lines(checks)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
