"""What ten opens cost through a ring and by messages: cycles of a Pentium, by
the model."""

import re
import sys

import model
from pinenut import tap

LINES = ("root until=servers_ring", "console small ports=3f8+8 irq=4", "ring {}",
         "servers_ring {} cost")
COST = re.compile(r"^servers_ring: messages=(\d+) ring=(\d+)$", re.MULTILINE)


def measure(size):
    """(by messages, through a ring)"""
    return model.measure(COST, *(line.format(size) for line in LINES))


def main():
    checks = tap.Checks()
    small, large = measure("small"), measure("large")
    for size, (messages, ring) in ("small", small), ("large", large):
        checks.ok(ring * 2 < messages, f"{size}: ten opens take {ring} cycles "
                  f"through a ring, {messages} by messages")
    checks.ok(small[0] < large[0] and small[1] < large[1],
              "and both ways fewer in small spaces")
    checks.done()


if __name__ == "__main__":
    sys.exit(main())
