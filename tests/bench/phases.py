"""scripts/bench --phases: every cycle has a place, and the footprint is what
the design allows.

The disasters: a breakdown that does not add up, so that nobody knows what is
missing; a fast path that grows by a cache line unseen; phases that look right
because the trace is of something else than what the table measures.
"""

import sys

import front_door
from pinenut import tap
from pinenut.bench import run
from front_door import bench

FLOORS = {"same": 82, "small-small": 94, "small-large": 94, "large-small": 94}
KERNEL_LINES, CODE_LINES, DATA_LINES = 8, 11, 12
REQUIRED = ("partner, message", "identity, receive", "partner waits",
            "switch of stacks", "message")


def sums(checks, records):
    for r in records:
        name, phases = r["path"], r["phases"]
        checks.equal(sum(phases.values()), r["cycles"],
                     f"{name}: the phases add up to the total, exactly")
        checks.ok(abs(r["cycles"] - r["median"]) < 0.01,
                  f"{name}: which is what the guest measured", r["median"])
        checks.ok(all(phases[p] > 0 for p in REQUIRED) and not
                  phases["slow path"] and not phases["cache misses"],
                  f"{name}: all of the fast path is there, nothing else",
                  phases)
        checks.equal((phases["INT"], phases["IRET"]), (48, 27),
                     f"{name}: INT and IRET by the cost table")


def switches(checks, by_path):
    for path in run.PATHS:
        phases = by_path[path]["phases"]
        large = path == "large-large"
        checks.equal((phases["CR3 write"] > 0, phases["TLB refills"] > 0,
                      phases["segment registers"] > 0),
                     (large, large, path != "same"),
                     f"{path}: CR3, refills, segment registers where they are")
    for path, floor in FLOORS.items():
        checks.equal(sum(by_path[path]["floor"].values()), floor,
                     f"{path}: the design's floor, {floor}")


def lines(checks, by_path):
    for path in run.PATHS[:4]:
        for way in ("call", "reply"):
            found = [(line["what"], line["side"])
                     for line in by_path[path]["lines"][way]]
            kernel = [found.count((what, "kernel")) for what in ("code", "data")]
            checks.ok(max(kernel) <= KERNEL_LINES and min(kernel) > 4,
                      f"{path}, {way}: at most {KERNEL_LINES} lines of code and "
                      "of data on the kernel's side", kernel)
            code, data = (sum(w == what for w, _ in found)
                          for what in ("code", "data"))
            checks.ok(code <= CODE_LINES and data <= DATA_LINES,
                      f"{path}, {way}: {CODE_LINES} and {DATA_LINES} with the "
                      "user's", (code, data))


def pages(checks, by_path):
    for path in run.PATHS[:4]:
        tlb = by_path[path]["tlb"]["call"]
        checks.equal([e["what"] for e in tlb if e["large"]], ["data"],
                     f"{path}: one 4 MB entry for all of the kernel's data")
        checks.equal(sum(e["what"] == "code" and e["va"] >= 0xe0000000
                         for e in tlb), 1, f"{path}: one for its code")


def costs(checks, plain):
    dearer = front_door.by_path(bench("--phases", "--cost", "int=49").json)
    checks.ok(all(dearer[p]["cycles"] == plain[p]["cycles"] + 1
                  and dearer[p]["phases"]["INT"] == 49 for p in run.PATHS),
              "an INT of 49 shows in its phase and in the total, and only there")
    for words in (["--cost", "nonsense=1"], ["--cost", "int"],
                  ["--phases", "--cost", "int=x"], ["--path", "same"],
                  ["--cost", "int=49"], ["--phases", "--validate"],
                  ["--phases", "--clock", "kvm"]):
        answer = bench(*words)
        checks.ok(answer.status == 2 and answer.err.count("\n") == 1
                  and not answer.out, f"{' '.join(words)}: one line, status 2",
                  f"status {answer.status}\n{answer.out}{answer.err}")


def one_path(checks):
    answer = bench("--phases", "--path", "same")
    checks.ok([r["path"] for r in answer.json[1:]] == ["same"]
              and "LINES of a call, same space" in answer.out
              and "small to small" not in answer.out,
              "--path: this one only, with its lines", answer.out)


def main():
    checks = tap.Checks()
    answer = bench("--phases")
    if not checks.ok(answer.status == 0 and answer.json, "it runs",
                     answer.out + answer.err):
        checks.done()
    by_path = front_door.by_path(answer.json)
    checks.equal(tuple(by_path), run.PATHS, "every path is there")
    sums(checks, by_path.values())
    switches(checks, by_path)
    lines(checks, by_path)
    pages(checks, by_path)
    costs(checks, by_path)
    one_path(checks)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
