"""What Hugging Face's own libraries make of folders that HuggingFaceIT wrote, and adapters of theirs for it to read.

    python3 hugging_face.py JOB RESULT

JOB and RESULT are JSON files; HuggingFaceIT has their fields. Needs PyTorch, transformers 4.45 or later and PEFT 0.11 or
later; nothing is downloaded.
"""
import json
import os
import sys
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")
import torch
import torch.distributed.tensor  # noqa: F401 (PEFT 0.18 and later use it without an import)
import peft
import transformers
from huggingface_hub import ModelCard
from PIL import Image
from peft import LoKrConfig, LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import (
    AutoConfig, AutoImageProcessor, AutoModel, AutoModelForCausalLM, AutoModelForImageClassification,
    AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer, CLIPConfig, CLIPForImageClassification)

transformers.logging.set_verbosity_error()
EVERY = ["query", "key", "value", "output.dense", "intermediate.dense"]
KINDS = {
    "lora": lambda: LoraConfig(task_type="SEQ_CLS", r=3, lora_alpha=10, target_modules=["query", "value"]),
    "patterns": lambda: LoraConfig(
        task_type="SEQ_CLS", r=3, lora_alpha=10, target_modules=["query", "value"],
        rank_pattern={"^bert.encoder.layer.0.attention.self.value": 4, "query": 5},
        alpha_pattern={"layer.0.attention.self.query": 7, "value": 11}),
    "rslora": lambda: LoraConfig(task_type="SEQ_CLS", r=3, lora_alpha=10, use_rslora=True, target_modules=EVERY),
    "lokr": lambda: LoKrConfig(task_type="SEQ_CLS", r=3, alpha=7, target_modules=EVERY),
    "deberta": lambda: LoraConfig(
        task_type="SEQ_CLS", r=3, lora_alpha=10, target_modules=["query_proj", "output.dense"]),
    "pooler": lambda: LoraConfig(
        task_type="SEQ_CLS", r=3, lora_alpha=10, target_modules=["query_proj", "output.dense"],
        modules_to_save=["pooler", "classifier"]),
    "llama": lambda: LoraConfig(task_type="SEQ_CLS", r=3, lora_alpha=10, target_modules=["q_proj", "down_proj"]),
    "tokens": lambda: LoraConfig(task_type="TOKEN_CLS", r=3, lora_alpha=10, target_modules=["query", "value"]),
    "causal": lambda: LoraConfig(task_type="CAUSAL_LM", r=3, lora_alpha=10, target_modules="all-linear")}


def kind(case):
    """The class of a classifier of texts or tokens, or, without outputs, of a language model."""
    if case["outputs"] == 0:
        return AutoModelForCausalLM
    return AutoModelForTokenClassification if case["tokens"] else AutoModelForSequenceClassification


def load(case):
    labels = {"num_labels": case["outputs"]} if case["outputs"] else {}
    return kind(case).from_pretrained(case["base"], **labels)


def run(model, inputs):
    model.eval()
    typed = getattr(model.config, "type_vocab_size", 0) > 0
    with torch.no_grad():
        return [model(torch.tensor([ids]), **({"token_type_ids": torch.tensor([types])} if typed else {}))
                for ids, types in inputs]


def logits(model, inputs, outputs):
    """A classifier's logits, of tokens one token's after the other's; of a language model the sum of -log p over all tokens but the first, and their number."""
    found = [output.logits[0] for output in run(model, inputs)]
    if outputs > 0:
        return [one.flatten().tolist() for one in found]
    losses = [torch.nn.functional.cross_entropy(one[:-1].double(), torch.tensor(ids[1:]), reduction="sum").item()
              for one, (ids, _) in zip(found, inputs)]
    return [[loss, len(ids) - 1] for loss, (ids, _) in zip(losses, inputs)]


def exported(case):
    model = PeftModel.from_pretrained(load(case), case["adapter"])
    return logits(model, case["inputs"], case["outputs"])


def bare(case):
    """The head is the adapter folder's own; behind the pooler, or on the first token's state."""
    model = PeftModel.from_pretrained(AutoModel.from_pretrained(case["base"]), case["adapter"])
    head = load_file(os.path.join(case["saved"], "adapter_model.safetensors"))
    weight, bias = head["base_model.model.classifier.weight"], head["base_model.model.classifier.bias"]
    features = [output.pooler_output[0] if case["pooler"] else output.last_hidden_state[0, 0]
                for output in run(model, case["inputs"])]
    return [(weight @ feature + bias).tolist() for feature in features]


def merged(case):
    tokenizer = AutoTokenizer.from_pretrained(case["folder"])
    encoded = [tokenizer(first, second, truncation=True) for first, second in case["texts"]]
    ids = [one["input_ids"] for one in encoded]
    types = [types for _, types in case["inputs"]]
    model, info = kind(case).from_pretrained(case["folder"], output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"], info
    return {"ids": ids, "logits": logits(model, list(zip(ids, types)), case["outputs"]),
            "labels": list(model.config.id2label.values())}


def embeddings(model, case):
    """Of texts and of images, of norm 1, each by itself; transformers 4 returns them, 5 an output that has them."""
    model.eval()
    found = []
    with torch.no_grad():
        for ids in case["ids"]:
            found.append(model.get_text_features(input_ids=torch.tensor([ids])))
        for picture in case["pictures"]:
            pixels = AutoImageProcessor.from_pretrained(case["folder"])(Image.open(picture), return_tensors="pt")
            found.append(model.get_image_features(**pixels))
    rows = [one if isinstance(one, torch.Tensor) else one.pooler_output for one in found]
    return [(row[0] / row[0].norm()).tolist() for row in rows]


def towers(case):
    model, info = AutoModel.from_pretrained(case["folder"], output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"], info
    tokenizer = AutoTokenizer.from_pretrained(case["folder"])
    adapted = PeftModel.from_pretrained(AutoModel.from_pretrained(case["base"]), case["adapter"])
    padding = "max_length" if model.config.model_type == "siglip" else False
    return {"ids": [tokenizer(text, truncation=True, padding=padding)["input_ids"] for text in case["texts"]],
            "exported": embeddings(adapted.get_base_model(), case), "merged": embeddings(model, case)}


def classifier_of_images(base, outputs):
    """Of CLIP, transformers reads the whole CLIP's folder for it; the tower's by itself has no configuration that it takes."""
    config = AutoConfig.from_pretrained(base)
    if config.model_type != "clip_vision_model":
        return AutoModelForImageClassification.from_pretrained(base, num_labels=outputs)
    model = CLIPForImageClassification(CLIPConfig(vision_config=config.to_dict(), num_labels=outputs))
    missing, unexpected = model.load_state_dict(load_file(os.path.join(base, "model.safetensors")), strict=False)
    assert not unexpected and all(name.startswith("classifier.") for name in missing), (missing, unexpected)
    return model


def images(case):
    """A classifier of images, exported and merged."""
    model, info = AutoModelForImageClassification.from_pretrained(case["folder"], output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"], info
    base = classifier_of_images(case["base"], case["outputs"])
    processor = AutoImageProcessor.from_pretrained(case["folder"])
    found = {"labels": list(model.config.id2label.values())}
    for way, used in ("exported", PeftModel.from_pretrained(base, case["adapter"])), ("merged", model):
        used.eval()
        with torch.no_grad():
            found[way] = [used(**processor(Image.open(picture), return_tensors="pt")).logits[0].tolist()
                          for picture in case["pictures"]]
    return found


def imported(case):
    torch.manual_seed(20251127)
    model = get_peft_model(load(case), KINDS[case["kind"]]())
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = torch.randn(parameter.shape) * 0.5
    model.save_pretrained(case["adapter"])
    return exported(case)


def cards(case):
    """What the hub's own library reads in a folder's model card."""
    card = ModelCard.load(os.path.join(case["folder"], "README.md"))
    return {"data": card.data.to_dict(), "text": card.text}


with open(sys.argv[1]) as file:
    job = json.load(file)
result = {kind: [globals()[kind](case) for case in job[kind]] for kind in ("exported", "bare", "merged", "imported", "towers", "images", "cards")}
result["versions"] = f"PEFT {peft.__version__}, transformers {transformers.__version__}, PyTorch {torch.__version__}"
with open(sys.argv[2], "w") as file:
    json.dump(result, file)
