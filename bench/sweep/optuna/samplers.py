"""Optuna's samplers on the functions of test-functions.ts: the regret after 100 trials, for each function, sampler and seed.

    python3 bench/sweep/optuna/samplers.py [--seeds 30] [--seconds 220] [--out bench/results/samplers/optuna.json]

It needs the packages optuna and cmaes. It goes on where an earlier call has ended, and ends after so many seconds. After so many
seeds (--screen), samplers whose median regret is more than 1.5 times that of the best one of a function are left out there: who
is the best is what is asked.
"""

import argparse
import json
import math
import os
import platform
import statistics
import time
import warnings

import cmaes
import numpy
import optuna

TRIALS = 100


def cube(trial, size, low, high):
    return [trial.suggest_float(f"x{i}", low, high) for i in range(size)]


def shift(index):
    return 0.8 * math.cos(1.7 * index + 0.4)


def branin(trial):
    x, y = trial.suggest_float("x", -5, 10), trial.suggest_float("y", 0, 15)
    term = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return term**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


ALPHA = [1, 1.2, 3, 3.2]
A = [
    [10, 3, 17, 3.5, 1.7, 8],
    [0.05, 10, 17, 0.1, 8, 14],
    [3, 3.5, 1.7, 10, 17, 8],
    [17, 8, 0.05, 10, 0.1, 14],
]
P = [
    [1312, 1696, 5569, 124, 8283, 5886],
    [2329, 4135, 8307, 3736, 1004, 9991],
    [2348, 1451, 3522, 2883, 3047, 6650],
    [4047, 8828, 8732, 5743, 1091, 381],
]


def hartmann6(trial):
    x = [trial.suggest_float(f"x{i + 1}", 0, 1) for i in range(6)]
    return -sum(
        alpha * math.exp(-sum(a * (v - p * 1e-4) ** 2 for a, p, v in zip(row, places, x)))
        for alpha, row, places in zip(ALPHA, A, P)
    )


def rosenbrock(trial):
    x, y = trial.suggest_float("x", -5, 10), trial.suggest_float("y", -5, 10)
    return 100 * (y - x**2) ** 2 + (1 - x) ** 2


def rosenbrock10(trial):
    x = cube(trial, 10, -5, 5)
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(9))


def sphere10(trial):
    return sum(x**2 for x in cube(trial, 10, -5, 5))


def sphere10_shifted(trial):
    return sum((x - 5 * shift(i)) ** 2 for i, x in enumerate(cube(trial, 10, -5, 5)))


def ackley5_shifted(trial):
    x = [v - 32 * shift(i) for i, v in enumerate(cube(trial, 5, -32, 32))]
    squares = sum(v**2 for v in x) / 5
    waves = sum(math.cos(2 * math.pi * v) for v in x) / 5
    return -20 * math.exp(-0.2 * math.sqrt(squares)) - math.exp(waves) + 20 + math.e


def levy8(trial):
    w = [1 + (x - 1) / 4 for x in cube(trial, 8, -10, 10)]
    total = math.sin(math.pi * w[0]) ** 2
    total += sum((v - 1) ** 2 * (1 + 10 * math.sin(math.pi * v + 1) ** 2) for v in w[:-1])
    return total + (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)


def styblinski6(trial):
    return sum((x**4 - 16 * x**2 + 5 * x) / 2 for x in cube(trial, 6, -5, 5))


def michalewicz10(trial):
    x = cube(trial, 10, 0, math.pi)
    return -sum(math.sin(v) * math.sin((i + 1) * v**2 / math.pi) ** 20 for i, v in enumerate(x))


def edge8(trial):
    return sum(cube(trial, 8, 0, 1))


OPERATIONS = ["conv1", "conv3", "conv5", "pool", "skip"]


def architecture(trial):
    ops = [OPERATIONS.index(trial.suggest_categorical(f"op{i}", OPERATIONS)) for i in range(7)]
    rate = trial.suggest_float("rate", 1e-5, 1, log=True)
    decay = trial.suggest_float("decay", 1e-6, 1e-1, log=True)
    width = trial.suggest_int("width", 8, 256, log=True)
    dropout = trial.suggest_float("dropout", 0, 0.8)
    loss = 0
    for layer, op in enumerate(ops):
        loss += [0, 0.15, 0.3, 0.2, 0.1][(op - (2 * layer + 1) % 5) % 5]
        if layer > 0 and (op - ops[layer - 1]) % 5 != 2:
            loss += 0.05
    return (
        loss
        + 0.15 * (math.log10(rate) + 2.5) ** 2
        + 0.03 * (math.log10(decay) + 4) ** 2
        + 0.02 * (math.log2(width) - 6) ** 2
        + (dropout - 0.25) ** 2
    )


def ridge(trial):
    a = trial.suggest_float("a", 1e-6, 1, log=True)
    b = trial.suggest_float("b", 1e-6, 1, log=True)
    return 4 * (math.log10(a) + math.log10(b) + 5) ** 2 + 0.1 * (math.log10(a) + 2) ** 2


def conditional(trial):
    rate = trial.suggest_float("rate", 1e-5, 1, log=True)
    hidden = trial.suggest_int("hidden", 8, 512, log=True)
    activation = trial.suggest_categorical("activation", ["relu", "tanh", "sigmoid"])
    kind = trial.suggest_categorical("optimiser", ["sgd", "adam", "rmsprop"])
    loss = (
        (math.log10(rate) + 2.5) ** 2 / 4
        + (math.log2(hidden) - 7) ** 2 / 16
        + {"relu": 0, "tanh": 0.1, "sigmoid": 0.4}[activation]
    )
    if kind == "sgd":
        momentum = trial.suggest_float("optimiser.sgd.momentum", 0, 1)
        nesterov = trial.suggest_categorical("optimiser.sgd.nesterov", [True, False])
        return loss + 0.05 + 2 * (momentum - 0.9) ** 2 + (0 if nesterov else 0.05)
    if kind == "adam":
        beta1 = trial.suggest_float("optimiser.adam.beta1", 0.5, 1)
        beta2 = trial.suggest_float("optimiser.adam.beta2", 0.9, 1)
        return loss + 4 * (beta1 - 0.85) ** 2 + 20 * (beta2 - 0.98) ** 2
    return loss + 0.2 + (trial.suggest_float("optimiser.rmsprop.decay", 0.5, 1) - 0.9) ** 2


FUNCTIONS = {
    "Branin": (branin, 0.397887),
    "Hartmann 6": (hartmann6, -3.32237),
    "Rosenbrock": (rosenbrock, 0),
    "Rosenbrock 10": (rosenbrock10, 0),
    "Sphere 10": (sphere10, 0),
    "Sphere 10, shifted": (sphere10_shifted, 0),
    "Ackley 5, shifted": (ackley5_shifted, 0),
    "Levy 8": (levy8, 0),
    "Styblinski 6": (styblinski6, -39.16616570377142 * 6),
    "Michalewicz 10": (michalewicz10, -9.66015),
    "Edge 8": (edge8, 0),
    "NAS-like": (architecture, 0),
    "ridge, 2 log scales": (ridge, 0),
    "conditional": (conditional, 0),
}

SAMPLERS = {
    "TPE": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "TPE, multivariate": lambda seed: optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True),
    "CMA-ES": lambda seed: optuna.samplers.CmaEsSampler(seed=seed),
}


class Probe:
    """Gives each parameter the value at a share of its range: by it, both sides can be seen to be the same functions."""

    def suggest_float(self, _, low, high, log=False):
        return low * (high / low) ** 0.3 if log else low + 0.3 * (high - low)

    def suggest_int(self, name, low, high, log=False):
        return round(self.suggest_float(name, low, high, log))

    def suggest_categorical(self, _, values):
        return values[1]


def is_left_out(regrets, sampler, seed, screen):
    if seed < screen or any(len(regrets.get(one, [])) < screen for one in SAMPLERS):
        return False
    medians = {one: statistics.median(regrets[one][:screen]) for one in SAMPLERS}
    return medians[sampler] > 1.5 * min(medians.values())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--screen", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=220)
    parser.add_argument("--out", default="bench/results/samplers/optuna.json")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    kept = {"functions": {}}
    if os.path.exists(options.out):
        with open(options.out, encoding="utf-8") as file:
            kept = json.load(file)
    kept["versions"] = {
        "optuna": optuna.__version__,
        "cmaes": cmaes.__version__,
        "numpy": numpy.__version__,
        "python": platform.python_version(),
    }
    kept["trials"] = TRIALS
    end = time.monotonic() + options.seconds
    missing = 0
    for seed in range(options.seeds):
        for name, (function, minimum) in FUNCTIONS.items():
            of = kept["functions"].setdefault(name, {"probe": function(Probe()), "regrets": {}})
            for sampler, make in SAMPLERS.items():
                regrets = of["regrets"].setdefault(sampler, [])
                if len(regrets) > seed or is_left_out(of["regrets"], sampler, seed, options.screen):
                    continue
                if time.monotonic() > end:
                    missing += 1
                    continue
                study = optuna.create_study(sampler=make(seed))
                study.optimize(function, n_trials=TRIALS)
                regrets.append(study.best_value - minimum)
    os.makedirs(os.path.dirname(options.out), exist_ok=True)
    with open(options.out, "w", encoding="utf-8") as file:
        json.dump(kept, file, indent=1)
        file.write("\n")
    print("all done" if missing == 0 else f"{missing} studies are missing: call it again")


main()
