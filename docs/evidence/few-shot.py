"""Few examples of a class: the splits, and SetFit on them (docs/background/evidence.md, "Few examples of each class").

few-shot.py split WORDNET_JAR MRPC SST2 OUT   writes OUT/TASK/dev.csv, tune.csv, and train-N-SEED.csv
few-shot.py setfit FOLDER MODEL TASK N SEED   trains setfit 1.2 on a split, prints its accuracy on dev.csv
"""

import csv
import pathlib
import random
import re
import sys
import zipfile

SIZES = (8, 16, 32, 64)
SEEDS = (1, 2, 3)
HELD_OUT = 500
# The lexicographer files of the nouns; see lexnames(5WN).
NOUNS = (
    "Tops act animal artifact attribute body cognition communication event feeling food group location motive object"
    " person phenomenon plant possession process quantity relation shape state substance time"
).split()


def wordnet(jar):
    """The definition of each noun with its lexicographer file; of equal definitions the first."""
    with zipfile.ZipFile(jar) as files:
        name = next(n for n in files.namelist() if n.endswith("data.noun"))
        lines = files.read(name).decode("utf-8").splitlines()
    rows = {}
    for line in lines:
        if not line.startswith(" "):
            gloss = re.sub(r"[\s;:,-]+$", "", line.split(" | ", 1)[1].split('"')[0].strip())
            if gloss:
                rows.setdefault(gloss.lower(), ((gloss,), NOUNS[int(line.split()[1]) - 3]))
    return list(rows.values())


def tsv(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def mrpc(folder, part):
    return [((row["#1 String"], row["#2 String"]), row["Quality"]) for row in tsv(f"{folder}/{part}.tsv")]


def sst2(folder, part):
    return [((row["sentence"].strip(),), row["label"]) for row in tsv(f"{folder}/{part}.tsv")]


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow([*(["text"] if len(rows[0][0]) == 1 else ["first", "second"]), "label"])
        out.writerows([*texts, label] for texts, label in rows)


def split(jar, mrpc_folder, sst2_folder, out):
    def mixed(rows):
        rows = list(rows)
        random.Random(57).shuffle(rows)
        return rows

    nouns = mixed(wordnet(jar))
    tasks = {
        "wordnet": (nouns[HELD_OUT:], nouns[:HELD_OUT]),
        "sst2": (mixed(sst2(sst2_folder, "train")), mixed(sst2(sst2_folder, "dev"))[:HELD_OUT]),
        "mrpc": (mixed(mrpc(mrpc_folder, "train")), mixed(mrpc(mrpc_folder, "dev"))[:HELD_OUT]),
    }
    for task, (train, dev) in tasks.items():
        folder = pathlib.Path(out, task)
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / "dev.csv", dev)
        # Settings are chosen on these, with seed 0.
        write(folder / "tune.csv", train[:HELD_OUT])
        for seed in (0, *SEEDS):
            rows = train[HELD_OUT:]
            random.Random(seed).shuffle(rows)
            for size in SIZES:
                taken = {}
                chosen = []
                for row in rows:
                    if taken.setdefault(row[1], 0) < size:
                        taken[row[1]] += 1
                        chosen.append(row)
                write(folder / f"train-{size}-{seed}.csv", chosen)


def setfit(folder, model, task, size, seed):
    import torch
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    torch.set_num_threads(1)

    def read(path):
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[1:]
        return Dataset.from_dict({"text": [" [SEP] ".join(r[:-1]) for r in rows], "label": [r[-1] for r in rows]})

    train = read(f"{folder}/{task}/train-{size}-{seed}.csv")
    dev = read(f"{folder}/{task}/dev.csv")
    arguments = TrainingArguments(num_iterations=20, seed=int(seed), report_to="none", save_strategy="no")
    trainer = Trainer(model=SetFitModel.from_pretrained(model), args=arguments, train_dataset=train)
    trainer.train()
    answers = trainer.model.predict(dev["text"])
    right = sum(str(a) == b for a, b in zip(answers, dev["label"]))
    print(f"{task},{size},setfit,{seed},{right / len(dev):.4f}")


if __name__ == "__main__":
    {"split": split, "setfit": setfit}[sys.argv[1]](*sys.argv[2:])
