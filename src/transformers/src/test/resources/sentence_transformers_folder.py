"""How sentence-transformers embeds with folders that SentenceTransformersTest wrote.

    python3 sentence_transformers_folder.py JOB RESULT

JOB and RESULT are JSON files; SentenceTransformersTest has their fields. Needs sentence-transformers 5 or later (for
encode_query and encode_document) and ends with 3 where it is missing; nothing is downloaded.
"""
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
try:
    import sentence_transformers
except ImportError:
    sys.exit(3)

with open(sys.argv[1]) as file:
    job = json.load(file)
result = {"version": sentence_transformers.__version__, "vectors": []}
for case in job:
    model = sentence_transformers.SentenceTransformer(case["folder"], device="cpu")
    result["vectors"].append({
        "query": model.encode_query(case["texts"]).tolist(),
        "passage": model.encode_document(case["texts"]).tolist(),
        "max_seq_length": model.max_seq_length})
with open(sys.argv[2], "w") as file:
    json.dump(result, file)
