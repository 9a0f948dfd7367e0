"""Read a log of bench/pingpong that came over a serial line: --import.

    measurement(data)  -> run.Measurement under the clock "metal"; LogError
                          says what is missing or damaged, and where

Every line of results ends in its CRC and the last one counts them, so a log
that is whole is known to be whole. What stands between the lines, or in front
of them in a line (a terminal's noise, the kernel's own log), is passed over.
"""

import binascii
import re

from pinenut.bench import run

# A line: what is summed up, its first word, name=value pairs; the sum.
SUMMED = re.compile(r"(pingpong: (\w+)(.*?)) sum=([0-9a-f]{4})$")
BEGIN = "pingpong: begin"
BANNER = re.compile(r"^Pinenut (\w+)", re.MULTILINE)


class LogError(RuntimeError):
    """The log cannot be used; the text says why."""


class Line:
    """kind: its first word; words: {name: value}; number: in the file."""

    def __init__(self, number, kind, rest):
        self.number, self.kind = number, kind
        self.words = dict(run.WORD.findall(rest))


def _line(number, text):
    """A line of results, None if it is something else."""
    if "pingpong: " not in text:
        return None
    found = SUMMED.search(text)
    error = "pingpong: error" in text
    if error:
        raise LogError(f"line {number}: the benchmark failed: {text}")
    if not found:
        raise LogError(f"line {number} is damaged or cut off (no checksum): "
                       f"{text[:60]}")
    body, kind, rest, crc = found.groups()
    if binascii.crc_hqx(body.encode("latin-1"), 0) != int(crc, 16):
        raise LogError(f"line {number} is damaged (wrong checksum): "
                       f"{text[:60]}")
    return Line(number, kind, rest)


def _lines(text):
    """The lines of the last boot in the log; if the very last one is cut off,
    without it."""
    rows = list(enumerate(text.split("\n"), 1))
    starts = [number for number, row in rows if BEGIN in row]
    found = []
    for number, row in rows[starts[-1] - 1 if starts else 0:]:
        try:
            line = _line(number, row)
        except LogError:
            if number != len(rows):
                raise
            line = None
        if line:
            found.append(line)
    if not starts or not found:
        raise LogError(f"no \"{BEGIN}\" in it: not a log of the benchmark, or "
                       "its beginning is missing")
    return found


def _name(line):
    words = line.words
    return f"{words['path']}, {words['mrs']} registers, {words['pages']} pages"


def _check(found):
    """LogError if lines are missing."""
    begin, last = found[0].words, found[-1]
    results = [line for line in found if line.kind == "result"]
    cold = [line for line in found if line.kind == "cold"]
    counts = (f"{len(results)} of {begin['cases']} cases and {len(cold)} of "
              f"{begin['cold']} cold ones are there")
    if last.kind != "end":
        where = f"; the last is {_name(results[-1])}" if results else ""
        raise LogError(f"the log ends too early: {counts}{where}")
    missing = int(last.words["lines"]) - (len(found) - 1)
    if missing or len(results) != int(begin["cases"]):
        raise LogError(f"{missing} lines are missing: {counts}")


def _normal(data):
    """Text with plain line ends, terminals' extra returns and NULs dropped."""
    text = data.decode("latin-1").replace("\0", "")
    return re.sub(r"\r+\n?|\n\r", "\n", text)


def read(data):
    """The text of a whole log."""
    text = _normal(data)
    _check(_lines(text))
    return text


def measurement(data):
    text = read(data)
    start = text.rindex(BEGIN)
    banner = list(BANNER.finditer(text, 0, start))
    boot = text[banner[-1].start():] if banner else text[start:]
    console = "\n".join(row[row.index("pingpong: "):] if "pingpong: " in row
                        else row for row in boot.split("\n"))
    facts = {"commit": banner[-1].group(1) if banner else "unknown",
             "compiler": "unknown", "emulator": "none used by this command"}
    return run.Measurement(
        "metal", "scripts/iso bench; scripts/bench --import LOG",
        run.settings_of(console), run.records_of("metal", console),
        run.entry_of(console), {**run.real_facts(console), **facts})
