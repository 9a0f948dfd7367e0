"""Where small spaces win, and where they do not: a chart of what they save, by
working set, without and with global pages.

    wins(records)   -> [Win] cycles, P5 model, pages touched on either side
    misses(records) -> [Win] TLB misses with global pages (Pentium III: the model
                       has no cycles for it)
"""

from typing import NamedTuple

from pinenut.bench.table import grid, number

PER_CENT = 2.5                     # of the large space's figure, a mark
LITTLE = 10                        # per cent: not worth being small for
MARK = "#"


class Win(NamedTuple):
    """What the same costs small and large."""

    pages: int
    small: float
    large: float

    @property
    def saved(self):
        """Per cent."""
        return 100 * (self.large - self.small) / self.large


def pairs(records, figure):
    """[Win] of records of both kinds, by pages."""
    by_kind = {kind: {r["pages"]: figure(r) for r in records
                      if r["server"] == kind} for kind in ("small", "large")}
    return [Win(pages, small, by_kind["large"][pages])
            for pages, small in sorted(by_kind["small"].items())
            if pages in by_kind["large"]]


def wins(records):
    return pairs([r for r in records if r["set"] == "pages"],
                 lambda r: r["median"])


def misses(records):
    return pairs([r for r in records
                  if r["set"] == "pge" and r["pge"] and r["pages"]],
                 lambda r: r["dtlb_misses"] + r["itlb_misses"])


def chart(found):
    rows = [["pages each", "small", "large", "saved", ""]]
    for one in found:
        rows.append([str(one.pages), number(one.small), number(one.large),
                     f"{one.saved:.0f} %",
                     MARK * round(one.saved / PER_CENT)])
    return grid(rows, left=2)


def verdict(found):
    """From where on being small saves little."""
    little = [one.pages for one in found if one.saved < LITTLE]
    if not little:
        return f"(no case below saves less than {LITTLE} %)"
    return (f"(from {min(little)} pages each on, both sets together more than "
            f"the TLB holds: less than {LITTLE} %)")


def lines(records):
    yield ("WHERE SMALL SPACES WIN, and where they do not: one IPC, client and "
           "server touch so many pages")
    yield f"cycles, P5 model {verdict(wins(records))}"
    yield from chart(wins(records))
    yield ""
    yield f"TLB misses, with global pages {verdict(misses(records))}"
    yield from chart(misses(records))
