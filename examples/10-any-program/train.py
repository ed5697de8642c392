"""Trains a logistic regression on points in two rings, with nothing but Python's own library.

Takes its settings as flags, reports a line of JSON for each epoch, and starts a child, as data loaders do.
"""

import argparse
import json
import math
import random
import subprocess
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, required=True)
parser.add_argument("--features", type=int, required=True)
parser.add_argument("--epochs", type=int, required=True)
settings = parser.parse_args()

# A child in the process group of this one: it would outlive a script that is simply killed.
loader = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])

random.seed(1)
points = []
for _ in range(200):
    ring, angle = random.randrange(2), random.uniform(0, 2 * math.pi)
    radius = 1 + ring + random.gauss(0, 0.25)
    points.append((radius * math.cos(angle), radius * math.sin(angle), ring))


def features_of(x, y):
    return [1, x, y, x * x, y * y, x * y, x * x * y, x * y * y][: settings.features]


weights = [0.0] * settings.features
for epoch in range(1, settings.epochs + 1):
    loss = 0.0
    for x, y, ring in points:
        values = features_of(x, y)
        guess = 1 / (1 + math.exp(-max(-30, min(30, sum(w * v for w, v in zip(weights, values))))))
        loss -= math.log(max(1e-12, guess if ring else 1 - guess)) / len(points)
        weights = [w - settings.lr * (guess - ring) * v for w, v in zip(weights, values)]
    print(json.dumps({"step": epoch, "loss": loss, "pids": [loader.pid]}), flush=True)
    time.sleep(0.02)
