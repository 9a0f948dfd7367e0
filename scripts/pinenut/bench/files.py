"""Files of scripts/bench: results, published figures, budgets."""

import csv
import json
import re

from pinenut import paths
from pinenut.bench.run import KEYS, PATHS

PUBLISHED = paths.ROOT / "bench/published.csv"
BUDGETS = paths.ROOT / "bench/budgets.csv"
PUBLISHED_KEYS = ("system", "cpu", "path", "pages", "mrs", "cycles", "way",
                  "clock", "year", "trust", "source")
BUDGET_KEYS = ("path", "mrs", "pages", "cycles")
P5_CPU = re.compile(r"Pentium \d+$")  # "Pentium 166"; not "Pentium III 500"
P6_CPU = re.compile(r"Pentium (Pro|II|III|II/III) \d+$")
P6_ID = re.compile(r"GenuineIntel/6/")
ALLOWANCE = 1.01                   # a budget may be exceeded by one percent


def write_json(path, header, records):
    """An array of flat records: the header, then one a line for each case."""
    text = ",\n".join(json.dumps(record) for record in [header, *records])
    path.write_text(f"[\n{text}\n]\n")


def write_csv(path, records, keys=KEYS):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, keys, lineterminator="\n",
                                extrasaction="ignore")
        writer.writeheader()
        writer.writerows(records)


def read_published(path=PUBLISHED):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def comparable(rows, header):
    """Those of our paths, and of a Pentium or, for a P6, of its kind."""
    if header["clock"] == "p6" or P6_ID.match(header["cpu_model"]):
        return [row for row in rows if row["path"] in PATHS and
                P6_CPU.match(row["cpu"])]
    return [row for row in rows if row["path"] in PATHS and
            (P5_CPU.match(row["cpu"]) or row["clock"] == "P5 model")]


def budgets_of(records):
    return [{"path": r["path"], "mrs": r["mrs"], "pages": r["pages"],
             "cycles": r["median"]} for r in records]


def write_budgets(records, path=BUDGETS):
    write_csv(path, budgets_of(records), BUDGET_KEYS)


def read_budgets(path=BUDGETS):
    """{(path, mrs, pages): cycles}"""
    with open(path, newline="") as file:
        return {(row["path"], int(row["mrs"]), int(row["pages"])):
                float(row["cycles"]) for row in csv.DictReader(file)}


def over_budget(records, budgets):
    """Texts about the cases that are worse than budgeted, or not budgeted."""
    texts = []
    for r in records:
        case = (r["path"], r["mrs"], r["pages"])
        budget = budgets.get(case)
        name = f"{case[0]}, {case[1]} registers, {case[2]} pages"
        if budget is None:
            texts.append(f"{name}: no budget")
        elif r["median"] > budget * ALLOWANCE:
            texts.append(f"{name}: {r['median']:.2f}, budget {budget:.2f}")
    return texts
