"""Golden values of ranking metrics, by trec_eval (pip install pytrec_eval-terrier==0.5.11).

Writes trec_eval.json: sets of judgements and scores, and what trec_eval makes of each query that both have. Scores are
sixteenths, so that many are tied. Some queries have no judgements, some only documents that are not relevant, some are
found nothing relevant or nothing at all.
"""

import json
import pathlib
import random

import pytrec_eval

choice = random.Random(11)
GRADES = [-1, 0, 0, 1, 1, 1, 2, 3]
MEASURES = {
    "ndcg_cut_10": "ndcg@10",
    "map": "map",
    "recall_1": "recall@1",
    "recall_5": "recall@5",
    "recall_10": "recall@10",
    "recall_100": "recall@100",
}


def document(number):
    return f"{choice.choice(['d', 'D', 'ä', chr(0x1F600), chr(0xFFFD)])}{number}"


def example(queries, documents, judged, found):
    names = [document(number) for number in range(documents)]
    judgements, scores = {}, {}
    for number in range(queries):
        kind = choice.choice(["usual"] * 6 + ["unjudged", "irrelevant", "missed", "nothing"])
        if kind != "unjudged":
            grades = [0, -1] if kind == "irrelevant" else GRADES
            sample = choice.sample(names, choice.randint(1, judged))
            judgements[f"q{number}"] = {name: choice.choice(grades) for name in sample}
        if kind != "nothing":
            known = judgements.get(f"q{number}", {})
            pool = [name for name in names if kind != "missed" or name not in known]
            sample = choice.sample(pool, min(len(pool), found))
            scores[f"q{number}"] = {name: choice.randint(-12, 12) / 16 for name in sample}
    return judgements, scores


def evaluate(judgements, scores):
    values = pytrec_eval.RelevanceEvaluator(judgements, {"ndcg_cut.10", "map", "recall.1,5,10,100"}).evaluate(scores)
    # trec_eval's own order: scores descending, then ids descending by their bytes.
    best = {
        query: dict(sorted(found.items(), key=lambda item: (item[1], item[0].encode()), reverse=True)[:10])
        for query, found in scores.items()
    }
    first = pytrec_eval.RelevanceEvaluator(judgements, {"recip_rank"}).evaluate(best)
    return {
        query: {ours: of_query[theirs] for theirs, ours in MEASURES.items()} | {"mrr@10": first[query]["recip_rank"]}
        for query, of_query in values.items()
    }


cases = []
for sizes in [(12, 20, 8, 20), (8, 60, 30, 40), (4, 150, 60, 130)]:
    judgements, scores = example(*sizes)
    cases.append({"judgements": judgements, "scores": scores, "values": evaluate(judgements, scores)})
path = pathlib.Path(__file__).with_name("trec_eval.json")
path.write_text(json.dumps(cases, indent=None, separators=(",", ":"), ensure_ascii=True).replace("},", "},\n") + "\n")
