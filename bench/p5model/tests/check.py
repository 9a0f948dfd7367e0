"""Runs the test guest under the P5 model and compares what comes out.

The table says, for each region of guest.asm, what its last pass costs by the
rules of the P5 (see README.md) and the default costs, and how that adds up.
"""

import json
import os
import subprocess
import sys
import tempfile

REGIONS = {
    1: (0, {"instructions": 0}, "an empty region is empty"),
    2: (16, {"instructions": 32, "paired": 16}, "16 pairs of moves: 16"),
    3: (3, {"agi": 1}, "mov, load through it: 1 + AGI 1 + 1"),
    4: (3, {"agi": 1, "paired": 2}, "two pairs, AGI in V: 1 + 1 + 1"),
    5: (3, {"agi": 1}, "mov esp, push: 1 + AGI 1 + 1"),
    6: (5, {"paired": 1}, "two add [m],r: 3 + 2"),
    7: (2, {"bank_conflicts": 1}, "two loads of one bank: 1 + 1"),
    8: (4, {"paired": 1}, "a prefixed load: 1 + 2 (paired) + 1"),
    9: (15, {"mispredicts": 1}, "loop of ten, mispredicted exit: 1 + 10 + 4"),
    10: (22, {"instructions": 4}, "setting up 2, rep movsd of 8: 12 + 8"),
    11: (41, {"ints": 1, "irets": 1}, "int and iret within ring 0: 31 + 10"),
    12: (11, {"segment_loads": 0}, "far jmp, call, ret: 3 + 4 + 4"),
    13: (40, {"cr3_writes": 1, "itlb_misses": 1, "dtlb_misses": 1},
         "CR3, a pair, two refills: 21 + 1 + 9 + 9"),
    14: (35, {"invlpg": 1, "dtlb_misses": 1}, "invlpg, load: 25 + 1 + 9"),
    15: (50, {"dtlb_misses": 5, "l1d_misses": 0},
         "five pages in one TLB set: 5 * (1 + 9)"),
    16: (39, {"l1d_misses": 3}, "three lines in one set: 3 * (1 + 12)"),
    17: (4, {"l1d_misses": 0}, "a misaligned load: 1 + 3"),
    18: (90, {"ints": 2, "exceptions": 0},
         "a gate rewritten twice and used: 4 + 42 + 3 + 41"),
    20: (75, {"ints": 1, "irets": 1, "instructions": 2},
         "int and iret from ring 3: 48 + 27"),
    21: (10, {"segment_loads": 3}, "segment loads: 3 + 3 + 1 + 3"),
    22: (82, {"exceptions": 1, "ints": 0},
         "ud2 and its handler: 4 + 48 + 3 + 27"),
    23: (87, {"exceptions": 1, "segment_loads": 1},
         "mov fs, hlt, #GP handler: 3 + 4 + 48 + 1 + AGI 1 + 3 + 27"),
}
TSC = 23  # 17 pairs and RDTSC's 6
KEYS = ["region", "seq", "cycles", "instructions", "itlb_misses",
        "dtlb_misses", "l1i_misses", "l1d_misses", "l1d_write_misses",
        "segment_loads", "cr3_writes", "invlpg", "ints", "exceptions",
        "irets", "mispredicts", "paired", "agi", "bank_conflicts"]
GUEST_OK = 1  # isa-debug-exit: 2 * 0 + 1


class Tap:
    """Counts checks and prints them."""

    def __init__(self):
        self.done = self.failed = 0

    def check(self, ok, text, detail=""):
        self.done += 1
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {self.done} - {text}")
        if not ok and detail:
            print("\n".join("# " + line for line in str(detail).splitlines()))

    def equal(self, got, want, text):
        self.check(got == want, text, f"got {got}, want {want}")


class Run:
    """One run of the guest: status, console, stderr, regions."""

    def __init__(self, build, *options, icount=True, env=None):
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "regions.jsonl")
            plugin = os.path.abspath(os.path.join(build, "bench/p5model.so"))
            done = subprocess.run(
                ["qemu-system-i386", "-cpu", "pentium", "-m", "32",
                 "-display", "none", "-serial", "none",
                 "-debugcon", "stdio",
                 "-device", "isa-debug-exit,iobase=0xf4,iosize=1",
                 "-no-reboot",
                 *(["-icount", "shift=0,sleep=off"] if icount else []),
                 "-plugin", ",".join([plugin, f"outfile={out}", *options]),
                 "-kernel", os.path.join(build, "tests/p5guest")],
                stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=60, env={**os.environ, **(env or {})}, check=False)
            self.status, self.console = done.returncode, done.stdout
            self.errors = done.stderr.splitlines()
            self.text = ""
            if os.path.exists(out):
                with open(out, encoding="ascii") as lines:
                    self.text = lines.read()
        self.objects = [json.loads(line) for line in self.text.splitlines()]
        self.last = {o["region"]: o for o in self.objects}

    def refused(self):
        """QEMU did not start. (Its status is 1 then, as the guest's is.)"""
        return self.status != 0 and not self.console and self.errors


def check_regions(tap, run):
    for region, (cycles, counters, text) in REGIONS.items():
        last = run.last.get(region)
        if last is None:
            tap.check(False, text, f"region {region} is not there")
            continue
        got = {key: last[key] for key in counters}
        tap.equal((last["cycles"], got), (cycles, counters), text)


def check_output(tap, run):
    tap.equal(run.status, GUEST_OK, "the guest runs to its end")
    tap.check(all(list(o) == KEYS for o in run.objects),
              "every object has all keys in their order")
    tap.equal([o["seq"] for o in run.objects if o["region"] == 2],
              [0, 1, 2, 3], "seq counts the ends of a region")
    tap.equal(run.objects[-1]["region"], "total", "the total comes last")
    tap.equal(run.errors, [], "nothing on stderr")


def check_console(tap, run):
    said = dict(line.split() for line in run.console.splitlines())
    tap.equal(said.get("tsc"), str(TSC), "RDTSC returns modelled cycles")
    ticks = int(said.get("ticks", 0))
    tap.check(ticks >= 5, "timer interrupts came in straight code")
    tap.equal(run.last[30]["exceptions"], ticks,
              "every timer interrupt is recognised, no other")


def check_options(tap, build, first):
    run = Run(build, "tsc=on", "int=52", "iret=30", "sreg=9")
    tap.equal([run.last[r]["cycles"] for r in (20, 21)], [82, 22],
              "costs set by options are charged")
    run = Run(build, "banks=off")
    tap.equal(run.last[7]["cycles"], 1, "banks=off: no bank conflicts")
    run = Run(build, "retbtb=on")
    tap.check(run.last["total"]["mispredicts"] >
              first.last["total"]["mispredicts"],
              "retbtb=on: returns are mispredicted, too")
    run = Run(build, "limit=100000")
    tap.equal(run.status, 99, "limit=N stops with status 99")
    tap.equal(len(run.errors), 1, "... and one line")
    run = Run(build, "tsc=on", icount=False)
    tap.equal((run.status, len(run.errors)), (GUEST_OK, 1),
              "tsc=on without -icount: one line, goes on")
    run = Run(build, "dumpcosts=on")
    tap.check(any(line.split()[:2] == ["iret", "27"] for line in run.errors),
              "dumpcosts=on prints the table")


def check_trace(tap, build):
    run = Run(build, "trace=8")
    lines = [line.split() for line in run.errors]
    pipes = [f[1] if f[0].isdigit() else f[0] for f in lines
             if f[0] != "#" and "end" not in f]
    tap.equal("".join(pipes), "UUVU" * 4, "trace=8 shows the pipes: U U V U")
    check_accesses(tap, build)


def check_accesses(tap, build):
    """Region 13 writes CR3, stores and loads: 40 cycles, 18 of them walks."""
    run = Run(build, "trace=13", "accesses=on")
    begin = max(at for at, line in enumerate(run.errors) if line[:1] == "#")
    lines = [line.split() for line in run.errors[begin + 1:-1]]
    touches = [f for f in lines if f[0].startswith("+")]
    steps = [f[2] if f[1] == "U" else f[1] for f in lines if f not in touches]
    walks = [f for f in touches if f[3].startswith("refill")]
    tap.equal(sum(map(int, steps)), 40, "a trace's lines add up to the region")
    tap.equal([(f[0], f[3]) for f in walks],
              [("+9", "refill-code"), ("+9", "refill-data")],
              "accesses=on tells both refills")
    tap.equal(sum(f[3] == "table" for f in touches), 4,
              "... and the four reads of page tables")


def check_errors(tap, build):
    for option in ("nonsense=1", "int=x", "trace=256", "outfile=/no/such/f"):
        run = Run(build, option)
        tap.check(run.refused() and run.errors[0].startswith("p5model"),
                  f"{option} is refused, with a reason", run.errors)
    for symbol in ("cpu_dump_state", "current_cpu"):
        hide = {"P5_HIDE": symbol, "LD_PRELOAD": os.path.abspath(
            os.path.join(build, "tests/p5hide.so"))}
        run = Run(build, env=hide)
        said = [line for line in run.errors if line.startswith("p5model")]
        tap.check(run.refused() and len(said) == 1 and symbol in said[0] and
                  "instruction counts" in said[0],
                  f"a QEMU without {symbol}: refused, naming the fallback",
                  run.errors)
    run = Run(build, "tsc=on", env={**hide, "P5_HIDE": "cpus_get_accel"})
    tap.check(run.status == GUEST_OK and len(run.errors) == 1 and
              "cpus_get_accel" in run.errors[0],
              "a QEMU without cpus_get_accel: said, goes on", run.errors)


def main():
    build = sys.argv[1]
    tap = Tap()
    first = Run(build, "tsc=on")
    check_output(tap, first)
    check_regions(tap, first)
    check_console(tap, first)
    again = Run(build, "tsc=on")
    tap.check((first.text, first.console) == (again.text, again.console),
              "two runs print the same digits")
    check_options(tap, build, first)
    check_trace(tap, build)
    check_errors(tap, build)
    print(f"1..{tap.done}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
