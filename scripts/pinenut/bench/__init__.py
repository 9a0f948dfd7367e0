"""The parts of scripts/bench; bench/README.md says which is what."""
