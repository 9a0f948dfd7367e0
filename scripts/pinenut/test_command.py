"""scripts/test: build with warnings as errors, run every suite, count."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from . import arguments, build, paths, suites

AT_ONCE = 2                        # emulators are single-threaded; two cores


def parser():
    p = arguments.Parser(
        "test", description="Build the release with warnings as errors and "
        "run all tests. Prints failures, one line for each suite and, last, "
        "'N passed, N failed'; exits with 0 only if nothing failed.")
    p.add_argument("names", nargs="*", metavar="NAME",
                   help="only suites whose name begins so (see --list)")
    p.add_argument("--full", action="store_true",
                   help="the same checks, longer: larger counts, more seeds")
    p.add_argument("--list", action="store_true", help="list suites, run none")
    p.add_argument("--verbose", "-v", action="store_true",
                   help="print all that the suites print")
    return p


def chosen(table, names):
    """The suites of `names`, all for no name; a name without any is wrong."""
    for name in names:
        if not any(suite.name.startswith(name) for suite in table):
            parser().error(f"no suite is named {name}; --list shows all")
    return [suite for suite in table if not names or
            any(suite.name.startswith(name) for name in names)]


def show(suite, report, output, verbose):
    """Print one suite's failures and its summary line."""
    if verbose:
        print(f"--- {suite.name}\n{output.rstrip()}")
    for text, context in report.failures:
        print(f"FAILED {suite.name}: {text}")
        for line in context:
            print(f"    | {line}")
    skipped = f", {report.skipped} skipped" if report.skipped else ""
    print(f"{suite.name}: {report.passed} passed, "
          f"{len(report.failures)} failed{skipped}", flush=True)


def run_all(table, args):
    """Run the suites, two at a time, reporting in the table's order."""
    passed = failed = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = [(suite, pool.submit(suites.run, suite, args.full))
                for suite in table]
        try:
            for suite, run in runs:
                report, output = run.result()
                show(suite, report, output, args.verbose)
                passed += report.passed
                failed += len(report.failures)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            suites.stop_all()
            sys.exit("scripts/test: interrupted")
    return passed, failed


def main():
    args = parser().parse_intermixed_args()
    # A folder of its own, or each change between testing and measuring would
    # compile everything again for the sake of -Werror.
    os.environ.setdefault("PINENUT_BUILD", str(paths.ROOT / "build" / "test"))
    build.build(werror=True)
    try:
        table = chosen(suites.table(args.full), args.names)
    except suites.SuiteError as error:
        sys.exit(f"scripts/test: {error}")
    if args.list:
        for suite in table:
            print(suite.name)
        return 0
    passed, failed = run_all(table, args)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
