"""One measured pass of each path, instruction by instruction.

    take(...)  -> Run: for each path a Trace, and what the region counted

The P5 model writes a line for each instruction and for each reference to
memory (bench/p5model/README.md, "The trace"). The cycles on the instructions'
lines add up to the region's; what the references, stalls and branches cost is
part of them.
"""

import pathlib
import re
import tempfile
from typing import NamedTuple

from pinenut import paths
from pinenut.bench import costs, run

ARGUMENTS = "mrs=3 pages=0 samples=1 warmup=4"
PASSES = 5                         # samples and warm-up: the last one is read
STEP = re.compile(r"^(?: *\d+ U|  *V) \+(\d+) +([0-9a-f]{8})  (.*)$")
TOUCH = re.compile(r"^ +\+(\d+) +([0-9a-f]{8}) ([0-9a-f]{8}) ([a-z-]+)( large)?$")
SPLIT = 32                         # columns of the disassembly


class Touch(NamedTuple):
    """kind: fetch, load, store, table, refill-code, refill-data."""

    cycles: int
    va: int
    pa: int
    kind: str
    large: bool


class Step(NamedTuple):
    """An instruction: paired (it is a V), cycles it adds, text, events
    {name: times}, touches."""

    paired: bool
    cycles: int
    va: int
    text: str
    events: dict
    touches: list

    @property
    def user(self):
        return self.va < KERNEL


KERNEL = 0xe0000000                # kern/layout.h: WINDOW_BASE


class Trace(NamedTuple):
    """cycles: of the region; empty: counts of the loop without calls, by name;
    median: one way, as scripts/bench has it."""

    path: str
    steps: list
    ipcs: int
    cycles: int
    empty: dict
    median: float

    @property
    def each(self):
        """Cycles of one IPC, exactly."""
        return (self.cycles - self.empty["cycles"]) / self.ipcs


def read_events(text):
    events = {}
    for word in text.split():
        name, _, times = word.partition("*")
        events[name] = int(times or 1)
    return events


def read_step(pipe, match):
    text = match.group(3)
    return Step(pipe, int(match.group(1)), int(match.group(2), 16),
                text[:SPLIT].strip(), read_events(text[SPLIT:]), [])


def read_steps(lines):
    steps = []
    for line in lines:
        touch = TOUCH.match(line)
        if touch:
            cycles, va, pa, kind, large = touch.groups()
            steps[-1].touches.append(Touch(int(cycles), int(va, 16),
                                           int(pa, 16), kind, bool(large)))
            continue
        step = STEP.match(line)
        if not step:
            raise run.BenchError(f"a line of the trace cannot be read: {line}")
        steps.append(read_step(line.lstrip().startswith("V"), step))
    return steps


def segments(file):
    """The lines of each region that was begun and ended."""
    lines = []
    for line in file:
        if line.startswith("# region"):
            lines = []
        elif line.endswith("# end\n"):
            yield lines
        else:
            lines.append(line.rstrip("\n"))


def read_traces(file, records, regions):
    empty = regions[run.REGION_EMPTY][-1]
    for at, lines in enumerate(segments(file)):
        index, last = divmod(at, PASSES)
        if last != PASSES - 1:
            continue
        record = records[index]
        yield Trace(record["path"], read_steps(lines), 0,
                    regions[run.REGION_IPC][at]["cycles"], empty,
                    record["median"])


def take(changes=(), path=None):
    """Boot pingpong once and trace a hot pass of each path (or of `path`);
    Traces, and the command that repeats the run."""
    arguments = ARGUMENTS + (f" path={path}" if path else "")
    plugin = run.plugin()
    with tempfile.TemporaryDirectory(prefix="pinenut-bench-") as name:
        out, traced = (pathlib.Path(name, f) for f in ("regions", "trace"))
        options = (f"tsc=on,trace={run.REGION_IPC},accesses=on"
                   f"{costs.plugin_options(changes)}")
        result = run.boot(arguments, timeout=run.RUN_TIMEOUT, plugin=f"{plugin}"
                          f",{options},outfile={out},tracefile={traced}")
        console = run.model_console(result)
        records = run.records_of("p5", console)
        settings = run.settings_of(console)
        regions = run.read_regions(out.read_text())
        with open(traced) as file:
            traces = list(read_traces(file, records, regions))
    if len(traces) != len(records):
        raise run.BenchError("the trace does not have every path")
    ipcs = 2 * int(settings["rounds"])
    command = run.shell_line(arguments, "-cpu pentium -icount shift=0,sleep=off"
                             f" -plugin bench/p5model.so,{options},"
                             "tracefile=trace.txt")
    return [t._replace(ipcs=ipcs) for t in traces], command
