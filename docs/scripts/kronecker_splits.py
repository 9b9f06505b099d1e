"""Which split of r and of the width serves a trained LoRA adapter best at an equal budget.

python3 docs/scripts/kronecker_splits.py RUN/lora-1/adapter_model.safetensors

A [in, r] and B [r, out] of each layer are replaced by the nearest sums of two Kronecker factors, with as many terms as a
budget per layer allows, and the errors of A, B and A·B are averaged over layers; of the width's
splits the best for A·B and a balanced one are printed. A is brought to orthonormal columns and B
to carry the singular values' roots first, which leaves A·B as it is. Needs NumPy.
"""
import json
import struct
import sys

import numpy as np


def tensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    return {
        name: np.frombuffer(data[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"][-2:]).astype(float)
        for name, entry in header.items()
        if name != "__metadata__"
    }


def nearest(matrix, rows, columns, terms):
    shape = (rows, matrix.shape[0] // rows, columns, matrix.shape[1] // columns)
    blocks = matrix.reshape(shape).transpose(0, 2, 1, 3).reshape(rows * columns, -1)
    u, sigma, v = np.linalg.svd(blocks, full_matrices=False)
    blocks = (u[:, :terms] * sigma[:terms]) @ v[:terms]
    return blocks.reshape(shape[0], shape[2], shape[1], shape[3]).transpose(0, 2, 1, 3).reshape(matrix.shape)


def error(exact, approximate):
    return np.linalg.norm(exact - approximate) / np.linalg.norm(exact)


def main(path):
    held = tensors(path)
    layers = []
    for name in sorted(held):
        if "lora_A" in name:
            a, b = held[name], held[name.replace("lora_A", "lora_B")]
            if a.shape[0] < a.shape[1]:
                a, b = a.T, b.T
            u, sigma, v = np.linalg.svd(a @ b, full_matrices=False)
            r = min(a.shape)
            layers.append((u[:, :r] * np.sqrt(sigma[:r]), np.sqrt(sigma[:r])[:, None] * v[:r], sigma))
    width = layers[0][0].shape[0]
    rank = layers[0][0].shape[1]
    print("| budget | width | r | q | s | numbers | error A | error B | error ΔW |")
    print("|---:|---|---:|---|---:|---:|---:|---:|---:|")
    for budget in (2560, 1280):
        lora = budget // (2 * width)
        mean = np.mean([np.sqrt((s[lora:] ** 2).sum() / (s**2).sum()) for _, _, s in layers])
        print(f"| {budget:,} | {width} | {lora} | LoRA | 1 | {2 * width * lora:,} | - | - | {mean:.3f} |")
        for r in (2, 4, rank):
            for q in [q for q in range(r, 0, -1) if r % q == 0]:
                rows = []
                for p in [p for p in range(width, 0, -1) if width % p == 0 and 4 <= p <= width // 4]:
                    per_term = p * q + width // p * (r // q)
                    terms = budget // (2 * per_term)
                    if not terms or (terms >= min(p * q, width // p * (r // q))):
                        continue
                    errors = []
                    for a, b, _ in layers:
                        near_a = nearest(a[:, :r], p, q, terms)
                        near_b = nearest(b[:r].T, p, q, terms).T
                        errors.append((error(a[:, :r], near_a), error(b[:r], near_b), error(a @ b, near_a @ near_b)))
                    row = np.mean(errors, 0)
                    text = f"| {budget:,} | {p}x{width // p} | {r} | {q}x{r // q} | {terms} | {2 * per_term * terms:,} | "
                    rows.append((row[2], abs(p - width // p), text + " | ".join(f"{value:.3f}" for value in row) + " |"))
                for text in sorted({min(rows)[2], min(rows, key=lambda entry: entry[1])[2]} if rows else []):
                    print(text)


if __name__ == "__main__":
    main(sys.argv[1])
