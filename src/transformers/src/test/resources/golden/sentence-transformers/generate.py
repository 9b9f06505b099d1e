"""What sentence-transformers saves of models on the BERT in golden/interop/peft/base and the XLM-RoBERTa in
golden/families/xlm-roberta or the LLaMA beside it, and how they embed.

    python3 generate.py

Needs sentence-transformers; the files were written with version 6.2.0, transformers 5.24.0 and PyTorch 2.15.0. Kept are the
files that say how to embed; weights and vocabulary are those of the base. expected.json has the vectors of encode_query and
encode_document. first-token has an adapter, too, that PEFT 0.21.2 saved of all its linear layers, with the vectors of the adapted model.
"""
import json
import os
import shutil
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from peft import LoraConfig, get_peft_model
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Normalize, Pooling, Transformer

here = os.path.dirname(os.path.abspath(__file__))
base = os.path.join(here, "../interop/peft/base")
TEXTS = ["w1 w2 w25", "w7", "w3 w3 w19 unknown w5", "w11 w0 w4 w5 w6 w8 w9 w10 w12 w13"]
WORDS = ["The sun is warm.", "rain", "Ça déjà vu à Zürich, naïve café!", "the sun is cold and the rain warm, isn't it?"]
KEPT = ["modules.json", "1_Pooling/config.json", "config_sentence_transformers.json", "sentence_bert_config.json",
        "tokenizer_config.json"]
CASES = {
    "first-token": dict(mode="cls", normalized=True, length=9, prompts={"query": "w20 w21 ", "document": "w22 "}),
    "mean": dict(mode="mean", normalized=False, length=12, prompts={}),
    "bge-m3": dict(mode="cls", normalized=True, length=18, prompts={}, base="families/xlm-roberta", texts=WORDS),
    "multilingual-e5": dict(mode="mean", normalized=True, length=17, base="families/xlm-roberta", texts=WORDS,
                            prompts={"query": "query: ", "document": "passage: "}),
    "last-token": dict(mode="lasttoken", normalized=True, length=15, base="families/llama", texts=WORDS,
                       prompts={"query": "Instruct: find\nQuery:", "document": ""}),
}


def write(folder, model, texts):
    vectors = {
        "texts": texts, "query": model.encode_query(texts).tolist(), "passage": model.encode_document(texts).tolist()}
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump(vectors, file)


def adapt(transformer, folder):
    """In place; the base's name would be this machine's path."""
    torch.manual_seed(20251203)
    config = LoraConfig(task_type="FEATURE_EXTRACTION", r=3, lora_alpha=7, target_modules="all-linear")
    adapted = get_peft_model(transformer.auto_model, config)
    for parameter in adapted.parameters():
        if parameter.requires_grad:
            parameter.data = torch.randn(parameter.shape) * 0.3
    adapted.save_pretrained(folder)
    os.remove(os.path.join(folder, "README.md"))
    path = os.path.join(folder, "adapter_config.json")
    with open(path) as file:
        written = json.load(file)
    written["base_model_name_or_path"] = "tiny"
    with open(path, "w") as file:
        json.dump(written, file, indent=2, sort_keys=True)


for name, case in CASES.items():
    own = os.path.join(here, "..", case["base"]) if "base" in case else base
    texts = case.get("texts", TEXTS)
    transformer = Transformer(own, max_seq_length=case["length"])
    if transformer.tokenizer.pad_token is None:  # whatever it is, no vector depends on it
        transformer.tokenizer.pad_token = transformer.tokenizer.convert_ids_to_tokens(0)
    pooling = Pooling(transformer.get_embedding_dimension(), pooling_mode=case["mode"])
    modules = [transformer, pooling] + ([Normalize()] if case["normalized"] else [])
    model = SentenceTransformer(modules=modules, prompts=case["prompts"], device="cpu")
    folder = os.path.join(here, name)
    with tempfile.TemporaryDirectory() as saved:
        model.save_pretrained(saved)
        for file in KEPT:
            os.makedirs(os.path.dirname(os.path.join(folder, file)), exist_ok=True)
            shutil.copy(os.path.join(saved, file), os.path.join(folder, file))
    write(folder, model, texts)
    if name == "first-token":
        adapt(transformer, os.path.join(folder, "adapter"))
        write(os.path.join(folder, "adapter"), model, texts)
