#!/usr/bin/env bash
# What a GPU makes of the search: a step against a plain forward, the 1,272 searches of the asymmetry experiments by
# batch size, and whether the fixations are those of the CPU; and of attention to objects. Run from the root of the
# project, gazesim installed.
set -euo pipefail
python benchmarks/search_step.py --device cuda
python benchmarks/suite.py --device cuda --trials 30 --batch-sizes 1 4 16 64
python benchmarks/suite.py --device cuda --trials 30 --batch-sizes 64 --precision bfloat16
python benchmarks/objects.py --device cuda
