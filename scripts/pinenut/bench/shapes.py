"""The results in the shapes of other people's tools.

    google     Google Benchmark's JSON: {"context": ..., "benchmarks": [...]},
               which its compare.py, and what draws history from it, reads
    sel4bench  seL4's: [{"Benchmark": name, "Results": [{"Mean": ...}]}]

Both were made for something else; what we lack is left out, never invented:

* A figure is a median over samples, so for Google it is an aggregate. Its
  time_unit is the clock's own ("cycles"): there are no seconds in a model,
  and compare.py pairs only figures of one unit. cpu_time, which the shape
  requires, is the same figure. Events are user counters.
* seL4's mode and raw results are not there, mean and deviation only where
  all samples are known.
"""

import datetime
import json

UNITS = {"instructions": "instructions", "icount": "instructions"}
TITLE = "Half a round trip of call and answer, hot"
QUANTILES = {"Min": "min", "Max": "max", "Mean": "mean", "Stddev": "stddev",
             "Median": "median", "1st quantile": "q1", "3rd quantile": "q3",
             "Samples": "samples"}
NO_COUNTERS = ("clock", "path", "mrs", "pages", "median", "samples")


def unit(clock):
    return UNITS.get(clock, "cycles")


def _known(pairs):
    return {name: value for name, value in pairs if value is not None}


# --- Google Benchmark -------------------------------------------------------


def _google_case(record, family, instance, header):
    name = f"{record['path']}/mrs:{record['mrs']}/pages:{record['pages']}"
    counters = _known((key, value) for key, value in record.items()
                      if key not in NO_COUNTERS
                      and isinstance(value, (int, float)))
    return {"name": f"{name}_median", "family_index": family,
            "per_family_instance_index": instance, "run_name": name,
            "run_type": "aggregate", "aggregate_name": "median",
            "aggregate_unit": "time", "repetitions": record["samples"],
            "threads": 1, "iterations": 2 * header["rounds"],
            "real_time": record["median"], "cpu_time": record["median"],
            "time_unit": unit(record["clock"]), **counters}


def google(header, records):
    now = datetime.datetime.now().astimezone()
    context = {"date": now.isoformat(timespec="seconds"),
               "executable": "bench/pingpong", "num_cpus": 1,
               "cpu_scaling_enabled": False, "caches": [],
               "library_build_type": "release", "json_schema_version": 1,
               **header}
    cases, families = [], {}
    for record in records:
        count = families.setdefault(record["path"], [len(families), 0])
        cases.append(_google_case(record, *count, header))
        count[1] += 1
    return {"context": context, "benchmarks": cases}


# --- sel4bench --------------------------------------------------------------


def _sel4_row(record):
    client, _, server = record["path"].partition("-")
    same = record["path"] == "same"
    row = {"Client": "large" if same else client,
           "Server": "large" if same else server, "Same vspace?": same,
           "IPC length": record["mrs"], "Client pages": record["pages"],
           "Clock": record["clock"], "Unit": unit(record["clock"])}
    row.update(_known((name, record.get(key))
                      for name, key in QUANTILES.items()))
    if "Stddev" in row:
        row["Variance"] = round(row["Stddev"] ** 2, 3)
    return row


def sel4bench(header, records):
    return [{"Benchmark": TITLE, **header,
             "Results": [_sel4_row(record) for record in records]}]


SHAPES = {"google": google, "sel4bench": sel4bench}


def write(path, shape, header, records):
    text = json.dumps(SHAPES[shape](header, records), indent=1)
    path.write_text(f"{text}\n")
