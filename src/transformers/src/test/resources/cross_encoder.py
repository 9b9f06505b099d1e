"""Scores of pairs by sentence-transformers' CrossEncoder of a merged folder, and by PEFT of an exported adapter.

    python cross_encoder.py JOB RESULT

JOB is JSON: "merged", a folder; "base", the folder of the base model; "exported", a PEFT folder; "pairs", each a query and a
passage. RESULT gets "cross_encoder" and "peft", a score for each pair.
"""
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from peft import PeftModel
from sentence_transformers import CrossEncoder
from transformers import AutoModelForSequenceClassification, AutoTokenizer

job = json.load(open(sys.argv[1]))
encoder = CrossEncoder(job["merged"], device="cpu")
tokenizer = AutoTokenizer.from_pretrained(job["merged"])
base = AutoModelForSequenceClassification.from_pretrained(job["base"], num_labels=1, attn_implementation="eager",
                                                          ignore_mismatched_sizes=True)
model = PeftModel.from_pretrained(base, job["exported"]).eval()
with torch.no_grad():
    inputs = tokenizer([query for query, _ in job["pairs"]], [passage for _, passage in job["pairs"]], truncation=True,
                       padding=True, return_tensors="pt")
    peft = model(**inputs).logits[:, 0].tolist()
scores = encoder.predict([tuple(pair) for pair in job["pairs"]]).tolist()
json.dump({"cross_encoder": scores, "peft": peft}, open(sys.argv[2], "w"))
