"""The view of the small area and the commands that change it, typed at the
monitor's prompt: what `area` draws is what `area json` says, it adds up, and it
follows what programs and people do."""

import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "boot"))

from console import PATIENCE, PROMPT, Typist
from pinenut import paths, tap

MACHINES = [("qemu", []), ("bochs", ["--bochs"])]
PAGE = 4096
CASES = str(paths.program("placement_cases"))
PROGRAMS = ["echo", f"{CASES} auto heap=512 threshold=100 ask",
            f"{CASES} auto heap=64 over", f"{CASES} auto heap=64 jump",
            f"{CASES} large peer", "echo small"]
ROW = re.compile(r"^(\S)  ([0-9a-f]{8})  +(\d+)(?:  +(\d+)  (.*), (\w+)"
                 r"(, asks at its limit)?)?$", re.MULTILINE)
SUMMARY = re.compile(r"^(\d+) of (\d+) pages free, in (\d+) runs?, (\d+) in the "
                     r"largest: fragmentation ([\d.]+) %$", re.MULTILINE)
STRIP = re.compile(r"^([0-9a-f]{8}) \|(.{1,64})\| (\d+) pages? a character$",
                   re.MULTILINE)


def command(typist, text):
    """What it prints."""
    said = typist.command(text)
    return said.partition(f"{text}\n")[2].rpartition("\n" + PROMPT)[0] + "\n"


def area(typist):
    """What `area json` says; its spaces by name."""
    seen = json.loads(command(typist, "area json"))
    seen["by"] = {space["name"]: space for space in seen["spaces"]}
    return seen


def settled(typist):
    """The same, when none of the programs is about to grow."""
    seen = area(typist)
    for _ in range(20):
        before, seen = seen, area(typist)
        if before == seen:
            break
    return seen


def small(seen):
    return [space for space in seen["spaces"] if space["small"]]


def adds_up(seen):
    """Spaces and free runs fill the area, one behind the other."""
    parts = sorted(small(seen) + seen["free"], key=lambda part: part["base"])
    end = seen["base"]
    for part in parts:
        if part["base"] != end or part["colour"] != end // PAGE % 16:
            return False
        end += part["pages"] * PAGE
    free = [run["pages"] for run in seen["free"]]
    lost = 1 - max(free) / sum(free)
    return (end == seen["base"] + seen["pages"] * PAGE
            and seen["free_pages"] == sum(free)
            and seen["largest_free"] == max(free)
            and abs(seen["fragmentation"] - lost) <= 0.0001)


def strip_of(text, seen):
    """Does it show the small spaces where they are?"""
    found = STRIP.search(text)
    if not found:
        return False
    strip, step = found[2], int(found[3]) * PAGE
    for n, shown in enumerate(strip):
        base = seen["base"] + n * step
        there = [i for i, s in enumerate(small(seen))
                 if s["base"] < base + step
                 and base < s["base"] + s["pages"] * PAGE]
        wanted = "." if not there else "*" if len(there) > 1 else \
            chr(ord("a") + there[0])
        if shown != wanted:
            return False
    return True


def same(text, seen):
    """Does the text say what the JSON says?"""
    spaces, runs = [], []
    for mark, base, pages, colour, name, policy, asks in ROW.findall(text):
        if mark == ".":
            runs.append((int(base, 16), int(pages)))
        else:
            spaces.append((name, int(base, 16), int(pages), int(colour),
                           policy, bool(asks)))
    sums = SUMMARY.search(text)
    large = [f"{s['name']}, {s['policy']}" for s in seen["spaces"]
             if not s["small"]]
    return (spaces == [(s["name"], s["base"], s["pages"], s["colour"],
                        s["policy"], s["asks"]) for s in small(seen)]
            and runs == [(run["base"], run["pages"]) for run in seen["free"]]
            and f"large: {'; '.join(large)}\n" in text
            and sums and [int(n) for n in sums.groups()[:4]]
            == [seen["free_pages"], seen["pages"], len(runs),
                seen["largest_free"]]
            and abs(float(sums[5]) - 100 * seen["fragmentation"]) < 0.02
            and strip_of(text, seen))


def is_drawn(checks, name, typist):
    seen = settled(typist)
    text = command(typist, "area")
    checks.ok({"sigma0", "root", "console", "rtc", "echo", "echo.2",
               "placement_cases", "placement_cases.4"} <= set(seen["by"]),
              f"{name}: everybody is in the view", text)
    checks.ok(seen["base"] == 0xc0000000 and seen["pages"] == 512 << 8
              and adds_up(seen), f"{name}: the area's pages add up", text)
    checks.ok(same(text, seen), f"{name}: text and JSON say the same", text)
    kinds = {who: (space["small"], space["policy"])
             for who, space in seen["by"].items()}
    checks.equal([kinds[who] for who in ("root", "console", "echo", "echo.2",
                                         "placement_cases.4")],
                 [(False, "system"), (True, "small"), (True, "default"),
                  (True, "small"), (False, "large")],
                 f"{name}: and how each is placed")


def goes_too_far(checks, name, typist):
    for number, what in ((2, "a write"), (3, "a jump")):
        told = f"root: placement_cases.{number}: exception d (ip "
        checks.ok(typist.wait_for(told) and typist.wait_for(
            "): it waits for ever\r\n", typist.said.index(told)),
            f"{name}: {what} behind the heap stops the program", typist.said)


def comes_back(checks, name, typist):
    """It has taken more than its threshold; a message makes it give back."""
    before = area(typist)["by"]
    said = command(typist, "ping placement_cases")
    after = area(typist)["by"]
    checks.ok(not before["placement_cases"]["small"]
              and after["placement_cases"]["small"]
              and after["placement_cases"]["asks"]
              and " answered 1 words" in said,
              f"{name}: what has grown large comes back to a small space", said)
    checks.equal({who for who in after if after[who] != before[who]},
                 {"placement_cases"}, f"{name}: and nobody else's changes")


def is_placed(checks, name, typist):
    said = [command(typist, f"place echo {kind}")
            for kind in ("large", "small", "auto")]
    checks.equal([text.splitlines()[0] for text in said],
                 ["echo is large", "echo is small",
                  "echo is placed automatically"], f"{name}: place places")
    echo = area(typist)["by"]["echo"]
    checks.ok(echo["small"] and echo["asks"] and echo["policy"] == "auto",
              f"{name}: automatically is small, and asks", str(echo))
    said = command(typist, "large echo") + command(typist, "area")
    checks.ok("echo is large\n" in said and "echo, large" in said,
              f"{name}: large is place large", said)
    said = command(typist, "small echo")
    echo = area(typist)["by"]["echo"]
    checks.ok(said == "echo is small\n" and echo["small"]
              and not echo["asks"] and echo["policy"] == "small",
              f"{name}: small is place small", f"{said}{echo}")
    checks.equal([command(typist, f"place {what}")
                  for what in ("echo", "echo huge", "nobody small")],
                 ["place: small|large|auto is missing: place NAME "
                  "small|large|auto: where its space is, and what a request "
                  "costs\n",
                  'place: expected small|large|auto, not "huge"\n',
                  'no program is called "nobody": try ps\n'],
                 f"{name}: what is no place is refused")


def is_moved(checks, name, typist):
    before = area(typist)["by"]
    said = command(typist, "move echo") + command(typist, "move console")
    after = area(typist)["by"]
    checks.ok(said == "echo is moved\nconsole is moved\n"
              and all(before[who]["base"] != after[who]["base"]
                      and before[who]["pages"] == after[who]["pages"]
                      for who in ("echo", "console"))
              and all(before[who] == after[who] for who in after
                      if who not in ("echo", "console")),
              f"{name}: move moves, and none but whom it names",
              f"{said}{before}\n{after}")
    said = command(typist, "move placement_cases.4")
    checks.equal(said, "placement_cases.4 is not moved\n",
                 f"{name}: a large space has no place to move to")


def is_compacted(checks, name, typist):
    command(typist, "kill echo.2")
    before = area(typist)
    said = command(typist, "compact")
    after = area(typist)
    checks.ok(before["fragmentation"] > 0 and len(before["free"]) > 1
              and len(after["free"]) == 1 and after["fragmentation"] == 0
              and adds_up(after)
              and said == f"the largest hole has {after['free_pages']} pages\n",
              f"{name}: compact leaves one hole", f"{before}\n{said}{after}")
    checks.ok(all(after["by"][who][key] == space[key]
                  for who, space in before["by"].items()
                  for key in ("pages", "policy", "asks", "small")),
              f"{name}: and everybody as it was", f"{before}\n{after}")
    said = command(typist, "ping echo") + command(typist, "ping rtc")
    checks.equal(said.count(" answered "), 2,
                 f"{name}: those who were moved answer")


def the_view(checks, name, options):
    typist = Typist(*options, *PROGRAMS)
    try:
        typist.wait_for(PROMPT)
        goes_too_far(checks, name, typist)
        is_drawn(checks, name, typist)
        comes_back(checks, name, typist)
        is_placed(checks, name, typist)
        is_moved(checks, name, typist)
        is_compacted(checks, name, typist)
        checks.ok("place NAME small|large|auto" in command(typist, "help"),
                  f"{name}: help names the commands", typist.said)
        typist.ask(b"halt\r", "pinenut: exit 0")
        checks.equal(typist.child.wait(PATIENCE), 0, f"{name}: halt halts")
    finally:
        typist.end()


def the_greedy(checks, name, options):
    """One that faults and gives back all the time, beside others."""
    typist = Typist(*options, "echo",
                    f"{CASES} auto heap=1024 threshold=64 greedy")
    try:
        typist.wait_for(PROMPT)
        before = area(typist)["by"]
        pings = [command(typist, "ping echo") for _ in range(20)]
        after = area(typist)["by"]
        checks.ok(all(" answered 1 words" in said for said in pings)
                  and all(before[who] == after[who] for who in before
                          if who != "placement_cases"),
                  f"{name}: a greedy one changes no other's place",
                  f"{before}\n{after}\n{pings}")
        typist.ask(b"halt\r", "pinenut: exit 0")
    finally:
        typist.end()


def main():
    checks = tap.Checks()
    for machine in MACHINES:
        the_view(checks, *machine)
        the_greedy(checks, *machine)
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
