"""bench/pingpong by itself: refuses what it does not know, does not measure
what is not what it says, and sees a difference where there is one."""

import sys

from pinenut import emu, paths, tap
from pinenut.bench import run


def boot(arguments, cmdline=""):
    return emu.run_qemu(paths.kernel(), cmdline=cmdline, modules=[
        paths.program("sigma0"), (paths.program("pingpong"), arguments)])


def results(arguments, cmdline=""):
    """{(path, mrs, pages): median instructions}"""
    result = boot(arguments, cmdline)
    return {(w["path"], int(w["mrs"]), int(w["pages"])): float(w["median"])
            for kind, w in run.lines(result.console) if kind == "result"}


def arguments(checks):
    for words in ("help", "mrs=64", "pages=5", "path=small", "rounds=9",
                  "cold=yes"):
        result = boot(words)
        errors = [line for line in result.console.splitlines()
                  if line.startswith(f"pingpong: error: {words}: ")]
        checks.ok(result.status == 2 and len(errors) == 1,
                  f"{words}: one clear line, status 2", result.console)
    wanted = {("same", 0, 0), ("same", 0, 4), ("same", 9, 0), ("same", 9, 4)}
    checks.equal(set(results("path=same mrs=0,9 pages=0,4")), wanted,
                 "a selection gives just the cases selected")


def refuses(checks):
    """A small area of 4 MB has no room for pingpong's small spaces."""
    for words in ("", "slots=x2"):
        result = boot(f"mrs=3 path=small-small {words}", "small=4")
        checks.ok(result.status == 1 and "refuses to make a space small"
                  in result.console and "result" not in result.console,
                  f"small spaces refused ({words or 'in pages'}): no figures",
                  result.console)


def differences(checks):
    fast, slow = (results("mrs=3 path=same,small-small", cmdline)
                  for cmdline in ("", "fastpath=off"))
    checks.ok(fast and all(slow[case] > 2 * fast[case] for case in fast),
              "without the fast path every figure more than doubles",
              f"{fast}\n{slow}")
    x2 = results("mrs=3 path=same,small-small slots=x2")
    checks.equal(x2, fast, "X.2's own slots take as many instructions")


def main():
    checks = tap.Checks()
    arguments(checks)
    refuses(checks)
    differences(checks)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
