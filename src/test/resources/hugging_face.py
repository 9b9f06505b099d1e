"""What Hugging Face's own libraries make of folders that HuggingFaceTest wrote, and adapters of theirs for it to read.

    python3 hugging_face.py JOB RESULT

JOB and RESULT are JSON files; HuggingFaceTest has their fields. Needs PyTorch, transformers 4.45 or later and PEFT 0.11 or
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
from peft import LoKrConfig, LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

transformers.logging.set_verbosity_error()
EVERY = ["query", "key", "value", "output.dense", "intermediate.dense"]
KINDS = {
    "lora": lambda: LoraConfig(task_type="SEQ_CLS", r=3, lora_alpha=10, target_modules=["query", "value"]),
    "patterns": lambda: LoraConfig(
        task_type="SEQ_CLS", r=3, lora_alpha=10, target_modules=["query", "value"],
        rank_pattern={"^bert.encoder.layer.0.attention.self.value": 4, "query": 5},
        alpha_pattern={"layer.0.attention.self.query": 7, "value": 11}),
    "rslora": lambda: LoraConfig(task_type="SEQ_CLS", r=3, lora_alpha=10, use_rslora=True, target_modules=EVERY),
    "lokr": lambda: LoKrConfig(task_type="SEQ_CLS", r=3, alpha=7, target_modules=EVERY)}


def classifier(base, outputs):
    return AutoModelForSequenceClassification.from_pretrained(base, num_labels=outputs)


def run(model, inputs):
    model.eval()
    with torch.no_grad():
        return [model(torch.tensor([ids]), token_type_ids=torch.tensor([types])) for ids, types in inputs]


def logits(model, inputs):
    return [output.logits[0].tolist() for output in run(model, inputs)]


def exported(case):
    return logits(PeftModel.from_pretrained(classifier(case["base"], case["outputs"]), case["adapter"]), case["inputs"])


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
    model = AutoModelForSequenceClassification.from_pretrained(case["folder"])
    return {"ids": ids, "logits": logits(model, list(zip(ids, types))), "labels": list(model.config.id2label.values())}


def imported(case):
    torch.manual_seed(20251127)
    model = get_peft_model(classifier(case["base"], case["outputs"]), KINDS[case["kind"]]())
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = torch.randn(parameter.shape) * 0.5
    model.save_pretrained(case["adapter"])
    return logits(PeftModel.from_pretrained(classifier(case["base"], case["outputs"]), case["adapter"]), case["inputs"])


with open(sys.argv[1]) as file:
    job = json.load(file)
result = {kind: [globals()[kind](case) for case in job[kind]] for kind in ("exported", "bare", "merged", "imported")}
result["versions"] = f"PEFT {peft.__version__}, transformers {transformers.__version__}, PyTorch {torch.__version__}"
with open(sys.argv[2], "w") as file:
    json.dump(result, file)
