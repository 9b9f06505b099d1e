"""Golden values of correlations with many ties, by SciPy (pip install scipy==1.17.1).

Writes correlations.json: two lists of numbers, and Spearman's and Pearson's correlation of each pair of lists.
"""

import json
import pathlib
import random

from scipy.stats import pearsonr, spearmanr

choice = random.Random(5)
cases = []
for rows, levels in [(3, 3), (7, 2), (40, 6), (61, 11), (200, 1000)]:
    first = [choice.randrange(levels) / 3 for _ in range(rows)]
    second = [value + choice.randrange(-2, 3) / 7 for value in first]
    first[:2], second[:2] = [0.1, 1.9], [0.7, -0.2]
    cases.append({
        "first": first,
        "second": second,
        "spearman": spearmanr(first, second).statistic,
        "pearson": pearsonr(first, second).statistic,
    })
path = pathlib.Path(__file__).with_name("correlations.json")
path.write_text(json.dumps(cases, indent=None, separators=(",", ":")).replace("},", "},\n") + "\n")
