"""Writes squad.json beside itself: right and predicted answers, and what transformers' port of SQuAD 2.0's evaluation script says of
them: exact match and F1 of each and of all, and the threshold of no answer with the best F1.

    python squad_scores.py

Written with Python 3.11, transformers 4.57.6 (the last versions that have the port) and NumPy 2.4.6.
"""
import json
import pathlib
import random
import types

from transformers.data.metrics import squad_metrics

HERE = pathlib.Path(__file__).parent
WORDS = ["the", "The", "a", "an", "cat", "Cat,", "cats", "it's", "U.S.", "1,000", "café", "CAFÉ", "—", "…", "Ángel", "of", "A.", "I",
         "\u00a0", "東京", "co-op", "“quoted”", "(b)", "x_y", "$5", "straße", "\t", "İstanbul", "theatre"]


def text(dice, most):
    """Never nothing but articles and punctuation, of which the script's own search for a threshold knows less than its F1."""
    words = [dice.choice(WORDS) for _ in range(dice.randint(0, most - 1))] + [dice.choice(["cat", "of", "straße", "$5"])]
    dice.shuffle(words)
    return " ".join(words).strip()


def changed(dice, words):
    kept = [w for w in words.split(" ") if dice.random() < 0.75] + ([dice.choice(WORDS)] if dice.random() < 0.3 else [])
    if dice.random() < 0.2:
        dice.shuffle(kept)
    return " ".join(kept)


def main():
    dice = random.Random(5)
    examples, predictions, margins = [], {}, {}
    for i in range(160):
        answers = [] if i % 3 == 0 else [text(dice, 6) for _ in range(dice.randint(1, 3))]
        examples.append(types.SimpleNamespace(qas_id=str(i), answers=[{"text": a} for a in answers]))
        if answers:
            predictions[str(i)] = changed(dice, dice.choice(answers))
        else:
            predictions[str(i)] = text(dice, 4)
        margins[str(i)] = dice.gauss(1.3 if not answers else -0.9, 1.2)
    exact, f1 = squad_metrics.get_raw_scores(examples, predictions)
    answerable = {e.qas_id: bool(e.answers) for e in examples}
    rows = [{"answers": [a["text"] for a in e.answers], "predicted": predictions[e.qas_id], "exact": exact[e.qas_id],
             "f1": f1[e.qas_id], "margin": margins[e.qas_id]} for e in examples]
    said = {q: p if margins[q] <= 0.25 else "" for q, p in predictions.items()}
    of_all = squad_metrics.squad_evaluate(examples, said)
    best, threshold = squad_metrics.find_best_thresh(predictions, f1, margins, answerable)
    assert len({round(v, 6) for v in f1.values()}) > 8
    (HERE / "squad.json").write_text(json.dumps({
        "questions": rows, "threshold": 0.25, "scores": of_all, "best_f1": best, "best_threshold": threshold}, indent=1,
        ensure_ascii=True) + "\n")
    print(of_all, best, threshold)


main()
