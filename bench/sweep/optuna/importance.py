"""Optuna's fANOVA on the trials that bench/sweep/importance.ts has written: how far both agree on what matters, and with the truth.

    node build/bench/sweep/importance.js trials.json && python3 bench/sweep/optuna/importance.py trials.json

For each sweep: whether the most important parameter is the same, Kendall's tau of both orders, and the largest difference of a share;
the same of Optuna's with itself, with another seed for its forest: no two forests can be asked to agree better than that; and of each
with the shares that the function has, which are known. Optuna's takes logarithmic scales for linear ones: it is given the logarithms.
"""

import json
import math
import statistics
import sys
import warnings

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.importance import FanovaImportanceEvaluator

OUT = "bench/results/samplers/importance.json"


def distribution_of(parameter):
    if parameter["kind"] == "choice":
        return CategoricalDistribution(parameter["values"])
    return FloatDistribution(*(scaled(parameter, parameter[end]) for end in ("low", "high")))


def scaled(parameter, value):
    return math.log(value) if parameter.get("log", False) else value


def tau_of(a, b):
    names = sorted(a)
    pairs = [(x, y) for i, x in enumerate(names) for y in names[i + 1 :]]
    return sum(1 if (a[x] - a[y]) * (b[x] - b[y]) > 0 else -1 for x, y in pairs) / len(pairs)


def compare(a, b):
    return {
        "sameFirst": max(a, key=a.get) == max(b, key=b.get),
        "tau": round(tau_of(a, b), 3),
        "largestDifference": round(max(abs(a[name] - b[name]) for name in a), 3),
    }


def rounded(shares, names):
    return {name: round(shares[name], 3) for name in names}


def main():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    with open(sys.argv[1], encoding="utf-8") as file:
        sweeps = json.load(file)
    kept = []
    for sweep in sweeps:
        parameters = {one["name"]: one for one in sweep["parameters"]}
        distributions = {name: distribution_of(one) for name, one in parameters.items()}
        study = optuna.create_study()
        for trial in sweep["trials"]:
            params = {name: scaled(parameters[name], value) for name, value in trial["parameters"].items()}
            study.add_trial(
                optuna.trial.create_trial(params=params, distributions=distributions, value=trial["value"])
            )
        theirs, again = (
            dict(optuna.importance.get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=seed)))
            for seed in (1, 2)
        )
        ours, truth = sweep["importance"], sweep["truth"]
        kept.append(
            {
                **{key: sweep[key] for key in ("name", "sampler", "seed")},
                **compare(ours, theirs),
                "ofTheirsWithItself": compare(again, theirs),
                "oursWithTruth": compare(ours, truth),
                "theirsWithTruth": compare(theirs, truth),
                "ours": rounded(ours, ours),
                "theirs": rounded(theirs, ours),
                "truth": rounded(truth, ours),
            }
        )
    for sampler in dict.fromkeys(one["sampler"] for one in kept):
        print(f"{sampler}: means of {sum(one['sampler'] == sampler for one in kept)} sweeps")
        for title, pick in (
            ("ours with Optuna's", lambda one: one),
            ("Optuna's with itself", lambda one: one["ofTheirsWithItself"]),
            ("ours with the truth", lambda one: one["oursWithTruth"]),
            ("Optuna's with the truth", lambda one: one["theirsWithTruth"]),
        ):
            those = [pick(one) for one in kept if one["sampler"] == sampler]
            tau, difference, first = (
                statistics.mean(one[key] for one in those) for key in ("tau", "largestDifference", "sameFirst")
            )
            print(f"  {title:24} tau {tau:5.2f}  largest difference {difference:.3f}  first the same {first:4.0%}")
    with open(OUT, "w", encoding="utf-8") as file:
        json.dump({"versions": {"optuna": optuna.__version__}, "sweeps": kept}, file, indent=1)
        file.write("\n")


main()
