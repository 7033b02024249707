#!/usr/bin/env bash
# Makes the results of docs/RESULTS.md: trains and evaluates the cells of configs/results/cells.json, every one with several seeds and
# in the same time, and rebuilds the page's tables. A cell and seed that is done is not run again; one that was interrupted goes on
# from its checkpoint. Nothing else should run on the machine meanwhile: what counts is time.
#     scripts/reproduce.sh                              # the required cells
#     scripts/reproduce.sh --cells grpo_t1,axis_t3 --seeds 1
#     scripts/reproduce.sh --list                       # what there is, what is done, how long the rest takes
#     scripts/reproduce.sh --check --cells all          # does the program take all these configs?
#     scripts/reproduce.sh --minutes 0.2 --rooms 8      # a try: another recipe, kept apart in runs/
exec python3 "$(dirname "$0")/reproduce.py" "$@"
