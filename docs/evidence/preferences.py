"""Writes the pairs of answers of docs/guides/preferences.md, and the suite that searches a learning rate of DPO on them:
`python docs/evidence/preferences.py FOLDER` makes FOLDER/preferences-train.jsonl, FOLDER/preferences-dev.jsonl and FOLDER/preferences.yaml, 41 pairs and 19 others, of two kinds: a fact in a word rather than in a sentence, and an offer of help rather
than a curt answer."""

import json
import pathlib
import sys

CAPITALS = """Albania Tirana, Algeria Algiers, Argentina Buenos_Aires, Australia Canberra, Austria Vienna, Bangladesh Dhaka,
Belgium Brussels, Bulgaria Sofia, Canada Ottawa, Chile Santiago, Colombia Bogotá, Croatia Zagreb, Cuba Havana, Denmark Copenhagen,
Ecuador Quito, Egypt Cairo, Estonia Tallinn, Finland Helsinki, France Paris, Germany Berlin, Greece Athens, Hungary Budapest, India
New_Delhi, Ireland Dublin, Italy Rome, Japan Tokyo, Jordan Amman, Kenya Nairobi, Latvia Riga, Mexico Mexico_City, Norway Oslo, Peru Lima,
Poland Warsaw, Portugal Lisbon, Romania Bucharest, Senegal Dakar, Spain Madrid, Sweden Stockholm, Thailand Bangkok, Vietnam Hanoi"""

REQUESTS = """repair radios, sell used books, deliver on Saturdays, wrap gifts, print photographs, rent out bicycles, sharpen knives,
tune pianos, exchange shoes, order spare parts, frame pictures, clean carpets, mend coats, cut keys, store luggage, ship abroad,
open on Sundays, engrave rings, restore furniture, grind coffee"""


def pair(question, chosen, rejected):
    def message(role, text):
        return [{"role": role, "content": text}]

    return {
        "prompt": message("system", "Answer.") + message("user", question),
        "chosen": message("assistant", chosen),
        "rejected": message("assistant", rejected),
    }


def facts():
    for entry in CAPITALS.split(","):
        country, capital = entry.split()
        capital = capital.replace("_", " ")
        yield pair(f"What is the capital of {country}?", f"{capital}.", f"The capital of {country} is {capital}.")


def services():
    for entry in REQUESTS.split(","):
        request = " ".join(entry.split())
        yield pair(f"Do you {request}?", f"Yes, we do. We would be glad to {request} for you.", "Ask somebody else.")


SUITE = """models: [SmolLM2-135M-Instruct.Q4_1.gguf]
tasks:
  - {name: dpo, task: preferences, loss: dpo, train: preferences-train.jsonl, dev: preferences-dev.jsonl}
methods:
  - {method: lsr, lr: [2e-4, 1e-3, 5e-4, 1e-4, 5e-5]}
seeds: [1, 2]
settings: {targets: all-linear, batch: 4}
"""


def main():
    folder = pathlib.Path(sys.argv[1])
    facts_, services_ = list(facts()), list(services())
    dev = facts_[2::3] + services_[2::3]
    train = [row for row in facts_ + services_ if row not in dev]
    for name, rows in (("train", train), ("dev", dev)):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"preferences-{name}.jsonl").write_text(text, encoding="utf-8")
    (folder / "preferences.yaml").write_text(SUITE, encoding="utf-8")
    print(len(train), "pairs to train on,", len(dev), "to evaluate on")


if __name__ == "__main__":
    main()
