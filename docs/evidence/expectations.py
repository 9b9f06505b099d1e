"""Makes the files of "Labels, words, answers" in docs/background/evidence.md out of public data:
`python docs/evidence/expectations.py GOEMOTIONS XQUAD FOLDER`, with the folder of GoEmotions' train.tsv,
test.tsv and emotions.txt (google-research/goemotions) and XQuAD's file xquad.en.json (deepmind/xquad).
NCBI's disease corpus needs no conversion: its files in CoNLL's form (spyysalo/ncbi-disease) are read as they are."""

import csv
import json
import pathlib
import random
import sys


def goemotions(source, target):
    labels = (source / "emotions.txt").read_text(encoding="utf-8").split()
    for name in ("train", "test"):
        with open(source / f"{name}.tsv", encoding="utf-8") as file:
            rows = [line.rstrip("\n").split("\t") for line in file]
        if name == "train":
            random.Random(7).shuffle(rows)
            rows = rows[:5000]
        with open(target / f"labels-{name}.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "labels"])
            writer.writerows([text, "|".join(labels[int(i)] for i in of.split(","))] for text, of, _ in rows)


def xquad(source, target):
    articles = json.loads(source.read_text(encoding="utf-8"))["data"]
    random.Random(7).shuffle(articles)
    for name, part in (("train", articles[:38]), ("test", articles[38:])):
        text = json.dumps({"version": "1.1", "data": part}, ensure_ascii=False)
        (target / f"spans-{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    emotions, questions, folder = map(pathlib.Path, sys.argv[1:])
    goemotions(emotions, folder)
    xquad(questions, folder)
