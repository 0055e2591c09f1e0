"""A public benchmark of crew payload scheduling: a generator, frozen instances, baselines and a runner.

    python bench/crewbench/generate.py --size crew-week --seed 7 > mission.yaml
    python bench/crewbench/run.py --sizes crew-day,crew-week --budgets 1,10 --out /tmp/crewbench

README.md says what is drawn, from what, and after which sources.
"""
