"""What small spaces cost the paths that have none: the same benchmark on a kernel
built without them (PINENUT_SMALL_SPACES=OFF), by the P5 model.

The disaster: support for small spaces that IPC within one space pays for.
"""

import subprocess
import sys

from pinenut import emu, paths, tap
from pinenut.bench import run

MOST = 3                           # cycles, within one space
CASES = "path=same,large-large mrs=3 pages=0 samples=3"


def build_without():
    """The kernel alone, in a build folder inside this one."""
    folder = paths.build_dir() / "without_small"
    for command in (["cmake", "-G", "Ninja", "-S", paths.ROOT, "-B", folder,
                     "-DPINENUT_SMALL_SPACES=OFF", "-DPINENUT_WERROR=ON"],
                    ["cmake", "--build", folder, "--target", "kernel"]):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
    return folder / "kernel.elf"


def boot(kernel, arguments):
    return emu.run_qemu(
        kernel, plugin=f"{run.plugin()},tsc=on", timeout=run.RUN_TIMEOUT,
        modules=[paths.program("sigma0"), (paths.program("pingpong"),
                                           arguments)])


def medians(kernel):
    console = run.finished(boot(kernel, CASES), CASES)
    return {r["path"]: r["median"] for r in run.records_of("p5", console)}


def main():
    checks = tap.Checks()
    without = build_without()
    ours, theirs = medians(paths.kernel()), medians(without)
    for path in ("same", "large-large"):
        print(f"# {path}: {ours[path]} cycles, {theirs[path]} without small "
              "spaces")
    checks.ok(ours["same"] - theirs["same"] <= MOST,
              f"IPC within one space is at most {MOST} cycles cheaper without "
              "small spaces", f"{ours}\n{theirs}")
    result = boot(without, "path=small-small mrs=3 pages=0 samples=1")
    checks.ok(result.status == 1 and "refuses to make a space small"
              in result.console, "the kernel without them refuses to make a "
              "space small", result.console)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
