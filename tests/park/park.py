"""The park: many small servers called, killed and judged, and the judge himself
by systems that deserve a bad verdict."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

from pinenut import park, paths, tap

SERVERS = (1000, 4000) if os.environ.get("PINENUT_FULL") else (100,)
SHORT = 2000                       # ms
PATIENCE = 100                     # s
LINES = {
    "found": r"park: (\d+) of (\d+) servers found",
    "took": r"park: (\d+) calls, (\d+) or more to each; with the other clients' "
            r"(\d+) in a second, beside (\d+) writes",
    "answers": r"park: (\d+) wrong answers, (\d+) calls failed",
    "visits": r"park: (\d+) of (\d+) more clients: (\d+) calls, (\d+) wrong "
              r"answers, \d+ cut short by a death",
    "kills": r"park: (\d+) servers killed, (\d+) back",
    "store": r"park: store killed (\d+) times, (\d+) writes acknowledged, "
             r"(\d+) not, (\d+) lost",
}


def run(*words):
    """What scripts/run says, and its status."""
    done = subprocess.run(
        [str(paths.ROOT / "scripts" / "run"), "--no-build", *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.STDOUT, timeout=PATIENCE)
    return done.stdout.replace("\r", ""), done.returncode


def numbers(said, line):
    found = re.search(f"^{LINES[line]}$", said, re.MULTILINE)
    return [int(n) for n in found.groups()] if found else [-1] * 4


def a_good_one(checks, servers):
    said, status = run("park", "--servers", str(servers))
    print(*re.findall("^park: .*$", said, re.MULTILINE), sep="\n")
    checks.ok(f"root: tenant: {servers} of {servers} run, {servers} in small "
              "spaces" in said and said.count("root: tenant") == 1,
              f"{servers} small servers run, on one line", said)
    checks.equal(numbers(said, "found")[:2], [servers, servers],
                 "all are found by name")
    checks.ok(numbers(said, "took")[1] > 1, "each is called", said)
    checks.equal(numbers(said, "answers")[:2], [0, 0],
                 "no answer is wrong, no call fails")
    there, visitors, calls, wrong = numbers(said, "visits")
    checks.ok(there == visitors > 0 and calls > servers and wrong == 0,
              "nor for the other clients", said)
    killed, back = numbers(said, "kills")[:2]
    checks.ok(killed == back > servers // 10, "all who were killed are back",
              said)
    deaths, writes, _, lost = numbers(said, "store")
    checks.ok(deaths > 1 and writes > 50 and lost == 0,
              "the store is killed, and no acknowledged write lost", said)
    checks.ok("\npark: verdict: good\n" in said and status == 0,
              "the verdict is good, as is the status", said)


def bad_ones(checks):
    """The judge sees what is planted."""
    for planted, text, verdict in (
            ("    keep      heap\n", "", "acknowledged writes are lost"),
            ("    killed    400 ms\n", "", "too little has happened: give it "
             "more time"),
            ("    count     20\n", "    count     19\n",
             "servers are not back")):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "park.pn")
            system = park.description(20, SHORT)
            assert system.count(planted) == 1
            path.write_text(system.replace(planted, text))
            said, status = run("--system", str(path), "--until", "park")
        checks.ok(f"\npark: verdict: bad: {verdict}\n" in said and status == 1,
                  f"{planted.strip()} -> {text.strip() or 'nothing'}: bad", said)


def no_judge(checks):
    """The machine ends with its judge, also if that never comes to its end."""
    server = "server judge\n image asker\n arguments data\n restart "
    failed = re.compile("judge: no memory at 0 .*: it has failed\nroot: judge "
                        "runs no more, and the machine ends with it")
    for restart in "never", "always\n backoff 1 ms\n retries 2":
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "judge.pn")
            path.write_text(f"{server}{restart}\n")
            said, status = run("--system", str(path), "--until", "judge")
        checks.ok(failed.search(said) and status == 1,
                  f"restart {restart.split()[0]}: a judge that fails ends it",
                  said)


def wrong_words(checks):
    for words, complaint in (
            (("--servers", "5"), "--servers is for park"),
            (("park", "--servers", "1"), "--servers 1: from 2 to 4000"),
            (("park", "--until", "x"), "--until is for a described system")):
        said, status = run(*words)
        checks.ok(complaint in said and said.count("\n") == 1 and status == 2,
                  complaint, said)


def main():
    checks = tap.Checks()
    for servers in SERVERS:
        a_good_one(checks, servers)
    for test in (bad_ones, no_judge, wrong_words):
        test(checks)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
