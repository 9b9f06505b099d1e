"""Golden values of the weight formats, by ggml's own Python package (pip install gguf==0.19.0 numpy).

Writes formats.json: for each format the stored bytes, the numbers that they hold and, for the formats that are also
written, the numbers that were rounded.
"""

import json
import pathlib

import gguf
import numpy as np
from gguf.quants import dequantize, quantize

random = np.random.default_rng(3)
cases = {}
for name in ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1"]:
    kind = gguf.GGMLQuantizationType[name]
    numbers = (random.standard_normal((3, 64)) * np.array([[0.02], [1.0], [700.0]])).astype(np.float32)
    numbers[0, 32:] = 0
    numbers[1, 5] = numbers[1, :32].max() * 1.5
    stored = quantize(numbers, kind)
    cases[name] = {
        "from": numbers.flatten().tolist(),
        "stored": stored.tobytes().hex(),
        "numbers": dequantize(stored, kind).astype(np.float32).flatten().tolist(),
    }
for name, scales in [("Q4_K", [0, 2]), ("Q6_K", [208]), ("Q5_0", [0]), ("Q5_K", [0, 2]), ("IQ4_NL", [0])]:
    kind = gguf.GGMLQuantizationType[name]
    length = gguf.GGML_QUANT_SIZES[kind][1]
    stored = random.integers(0, 256, (2, length)).astype(np.uint8)
    for at in scales:
        stored[:, at : at + 2] = (random.random(2) * 0.01).astype(np.float16)[:, None].view(np.uint8)
    cases[name] = {
        "stored": stored.tobytes().hex(),
        "numbers": dequantize(stored, kind).astype(np.float32).flatten().tolist(),
    }
path = pathlib.Path(__file__).with_name("formats.json")
path.write_text(json.dumps(cases, indent=None, separators=(",", ":")).replace("},", "},\n") + "\n")
