"""The computed tables of scaling.md: seconds that parameters and gradients take per step. Run: python3 scaling.py"""

import math

BYTES = 4
# Trainable parameters: LSR r 4, s 16 and LoRA r 8 on query and value, and all.
MODELS = {
    "BERT-base": {"LSR": 86_016, "LoRA": 294_912, "full": 109_482_240},
    "LLaMA-7B": {"LSR": 524_288, "LoRA": 4_194_304, "full": 6_738_415_616},
}
NETWORKS = {"1 Gbit/s": 125e6, "10 Gbit/s": 1.25e9}
WORKERS = [2, 8, 32, 128, 1000]
DIRECT = 8 * 2**20


def out(parameters, workers, rate):
    """Parameters to all workers: each that has them passes them on, so that the number doubles."""
    return math.ceil(math.log2(workers + 1)) * parameters * BYTES / rate


def back(parameters, workers, rate):
    """Gradients to the driver over its one link; where they are more than 8 MB by groups, each adding up its own."""
    results = workers
    if workers > 4 and workers * parameters * BYTES > DIRECT:
        size = math.ceil(math.sqrt(workers))
        results = size + math.ceil(workers / size)
    return results * parameters * BYTES / rate


def seconds(value):
    return f"{value:.1e}" if value < 1e-3 else f"{value:.3g}"


for model, methods in MODELS.items():
    print(f"\n| {model} | " + " | ".join(f"{workers:,}" for workers in WORKERS) + " |")
    print("|---|" + "---|" * len(WORKERS))
    for network, rate in NETWORKS.items():
        for method, parameters in methods.items():
            cells = [seconds(out(parameters, n, rate) + back(parameters, n, rate)) for n in WORKERS]
            print(f"| {network}, {method} | " + " | ".join(cells) + " |")
    print("\n| " + model + ": the most workers whose traffic takes a tenth of a step of | 0.1 s | 1 s | 10 s |")
    print("|---|---|---|---|")
    for network, rate in NETWORKS.items():
        for method, parameters in methods.items():
            cells = []
            for step in (0.1, 1, 10):
                fits = [n for n in range(1, 1001)
                        if out(parameters, n, rate) + back(parameters, n, rate) <= step / 10]
                most = max(fits, default=0)
                cells.append("1,000 or more" if most == 1000 else "none" if most == 0 else f"{most:,}")
            print(f"| {network}, {method} | " + " | ".join(cells) + " |")
