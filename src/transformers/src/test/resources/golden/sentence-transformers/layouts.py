"""What versions of sentence-transformers save of a cross-encoder and an embedding model, and what these compute.

    PYTHONPATH=FOLDER python3 layouts.py

once for each of 3.0.1, 3.4.1, 4.1.0, 5.2.0 (each in a FOLDER of its own, with transformers 5.24.0) and 6.2.0. All have the
weights of layouts/model.safetensors, a BERT with a classifier of one output on golden/interop/peft/base, written by 6.2.0;
kept are the other files. layouts/expected.json has the pairs' scores before any activation and the texts' vectors, the same
by all versions to 1e-6.
"""
import json
import os
import shutil
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
import sentence_transformers
import torch
from sentence_transformers import CrossEncoder, SentenceTransformer
from sentence_transformers.models import Normalize, Pooling, Transformer

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "layouts")
base = os.path.join(here, "../../interop/peft/base")
version = sentence_transformers.__version__
PAIRS = [("w1 w2 w25", "w3 w19"), ("w7", "w11 w0 w4 w5"), ("w3 w3 w19 unknown w5 w2", "w8 w9 w10 w12 w13 w14 w15 w16 w17")]
TEXTS = ["w1 w2 w25", "w7", "w11 w0 w4 w5 w6 w8 w9 w10 w12 w13"]


def keep(model, folder):
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as saved:
        getattr(model, "save_pretrained", model.save)(saved)
        for parent, _, files in os.walk(saved):
            for file in files:
                if file.endswith(".json") and file not in ("tokenizer.json", "special_tokens_map.json"):
                    own = os.path.join(folder, os.path.relpath(parent, saved), file)
                    os.makedirs(os.path.dirname(own), exist_ok=True)
                    shutil.copy(os.path.join(parent, file), own)
        weights = os.path.join(here, "model.safetensors")
        if version.startswith("6.") and isinstance(model, CrossEncoder):
            shutil.copy(os.path.join(saved, "model.safetensors"), weights)


torch.manual_seed(20261130)
cross = CrossEncoder(base, num_labels=1, max_length=14, device="cpu")
with torch.no_grad():
    cross.model.classifier.weight.normal_()
    cross.model.classifier.bias.fill_(0.37)
keep(cross, os.path.join(here, version, "cross-encoder"))
word = Transformer(base, max_seq_length=9)
embedder = SentenceTransformer(modules=[word, Pooling(12, pooling_mode="mean"), Normalize()], device="cpu")
keep(embedder, os.path.join(here, version, "embedder"))
identity = {"activation_fct" if version < "4." else "activation_fn": torch.nn.Identity()}
found = {"pairs": PAIRS, "scores": cross.predict(PAIRS, **identity).tolist(),
         "texts": TEXTS, "vectors": embedder.encode(TEXTS).tolist()}
path = os.path.join(here, "expected.json")
if version.startswith("6."):
    with open(path, "w") as file:
        json.dump(found, file)
else:
    with open(path) as file:
        expected = json.load(file)
    for name in ("scores", "vectors"):
        off = (torch.tensor(found[name]) - torch.tensor(expected[name])).abs().max().item()
        print(version, name, off)
        assert off < 1e-6
