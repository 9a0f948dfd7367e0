"""A slower fast path does not go unseen.

The disasters: a table that shows the same whatever the kernel does; a budget
that nobody checks. So kernels with NOPs planted on the fast path
(CMakeLists.txt) run under scripts/bench itself.
"""

import contextlib
import difflib
import os
import pathlib
import sys

import front_door
from pinenut import build, paths, tap
from pinenut.bench import files, run

LINKED = ("servers", "src", "generated", "bench/pingpong", "bench/p5model.so",
          "bench/servers_bench")


def folder_of(count):
    """A build folder that differs from ours in the kernel."""
    ours = paths.build_dir()
    folder = ours / f"tests/nops/{count}"
    (folder / "bench").mkdir(exist_ok=True)
    for name in LINKED:
        link = pathlib.Path(folder, name)
        if not link.is_symlink():
            link.symlink_to(ours / name)
    return folder


@contextlib.contextmanager
def nops(count):
    """Inside, the kernel has so many NOPs more."""
    ours = os.environ.get("PINENUT_BUILD")
    os.environ["PINENUT_BUILD"] = str(folder_of(count))
    try:
        yield
    finally:
        if ours:
            os.environ["PINENUT_BUILD"] = ours
        else:
            del os.environ["PINENUT_BUILD"]


def table_with(count):
    """scripts/bench's answer."""
    with nops(count):
        return front_door.bench()


def hot_with(count=None):
    """The records of the five paths only; None: the kernel itself."""
    if count is None:
        return run.measure_p5("mrs=3 pages=0").records
    with nops(count):
        return run.measure_p5("mrs=3 pages=0").records


def head(answer):
    """The first table."""
    return answer.out.split("\n\n")[0].splitlines()


def show(before, after):
    for line in difflib.unified_diff(head(before), head(after), "without",
                                     "with one NOP", lineterm="", n=0):
        print(f"  # {line}")


def one_nop(checks, plain, planted):
    show(plain, planted)
    before, after = (front_door.by_case(a.json) for a in (plain, planted))
    more = {path: round(after[path, 3, 0]["instructions"]
                        - before[path, 3, 0]["instructions"], 2)
            for path in run.PATHS}
    checks.equal(more, dict.fromkeys(run.PATHS, 1.0),
                 "one NOP: one instruction more on every path")
    slower = {path: round(after[path, 3, 0]["median"]
                          - before[path, 3, 0]["median"], 2)
              for path in run.PATHS}
    checks.ok(all(0 <= c <= 1 for c in slower.values()) and any(slower.values())
              and head(plain) != head(planted),
              "and half a cycle or one, so the table is another", slower)


def budgets(checks):
    plain, planted = hot_with(0), hot_with(4)
    checks.equal(plain, hot_with(),
                 "the kernel put together anew, without a NOP, is the kernel")
    known = {(r["path"], r["mrs"], r["pages"]): r["median"] for r in plain}
    complaints = files.over_budget(planted, known)
    missing = [path for path in run.PATHS if not any(
        text.startswith(f"{path}, 3 registers, 0 pages: ")
        for text in complaints)]
    checks.ok(not missing, "four NOPs: the budgets name every path",
              f"{missing}\n" + "\n".join(complaints))
    checks.equal(files.over_budget(plain, known), [], "and none without")


def main():
    checks = tap.Checks()
    build.build(werror=True, targets=["bench_nops"])
    plain, one = map(table_with, (0, 1))
    if not checks.ok(all(a.status == 0 and a.json for a in (plain, one)),
                     "scripts/bench runs without and with a NOP",
                     "".join(a.out + a.err for a in (plain, one))):
        checks.done()
    one_nop(checks, plain, one)
    budgets(checks)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
