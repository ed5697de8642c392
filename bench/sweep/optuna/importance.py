"""Optuna's fANOVA on the trials that bench/sweep/importance.ts has written: how far both agree on what matters.

    node build/bench/sweep/importance.js trials.json && python3 bench/sweep/optuna/importance.py trials.json

For each sweep: whether the most important parameter is the same, Kendall's tau of both orders, and the largest difference of a share;
and the same of Optuna's with itself, with another seed for its forest: no two forests can be asked to agree better than that.
"""

import json
import sys
import warnings

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.importance import FanovaImportanceEvaluator

OUT = "bench/results/samplers/importance.json"


def distribution_of(parameter):
    if parameter["kind"] == "choice":
        return CategoricalDistribution(parameter["values"])
    log = parameter.get("log", False)
    if "step" in parameter:
        return IntDistribution(int(parameter["low"]), int(parameter["high"]), log=log)
    return FloatDistribution(parameter["low"], parameter["high"], log=log)


def tau_of(a, b):
    names = sorted(a)
    pairs = [(x, y) for i, x in enumerate(names) for y in names[i + 1 :]]
    return sum(1 if (a[x] - a[y]) * (b[x] - b[y]) > 0 else -1 for x, y in pairs) / len(pairs)


def main():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    with open(sys.argv[1], encoding="utf-8") as file:
        sweeps = json.load(file)
    kept = []
    for sweep in sweeps:
        distributions = {one["name"]: distribution_of(one) for one in sweep["parameters"]}
        study = optuna.create_study()
        for trial in sweep["trials"]:
            study.add_trial(
                optuna.trial.create_trial(
                    params=trial["parameters"], distributions=distributions, value=trial["value"]
                )
            )
        theirs, again = (
            dict(optuna.importance.get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=seed)))
            for seed in (1, 2)
        )
        ours = sweep["importance"]
        kept.append(
            {
                **{key: sweep[key] for key in ("name", "sampler", "seed")},
                "sameFirst": max(ours, key=ours.get) == max(theirs, key=theirs.get),
                "tau": round(tau_of(ours, theirs), 3),
                "largestDifference": round(max(abs(ours[name] - theirs[name]) for name in ours), 3),
                "ofTheirsWithItself": {
                    "sameFirst": max(again, key=again.get) == max(theirs, key=theirs.get),
                    "tau": round(tau_of(again, theirs), 3),
                    "largestDifference": round(max(abs(again[name] - theirs[name]) for name in again), 3),
                },
                "ours": {name: round(share, 3) for name, share in ours.items()},
                "theirs": {name: round(theirs[name], 3) for name in ours},
            }
        )
        one = kept[-1]
        print(
            f"{one['name']:22} {one['sampler']:7} seed {one['seed']}  first the same: {one['sameFirst']!s:5}"
            f"  tau {one['tau']:6.2f}  largest difference {one['largestDifference']:.2f}"
        )
    with open(OUT, "w", encoding="utf-8") as file:
        json.dump({"versions": {"optuna": optuna.__version__}, "sweeps": kept}, file, indent=1)
        file.write("\n")


main()
