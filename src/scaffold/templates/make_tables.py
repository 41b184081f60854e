"""Writes the tables of the tabular recipes, from the copies that come with scikit-learn.

python make_tables.py     (scikit-learn 1.9)
"""

import csv
from pathlib import Path

from sklearn.datasets import load_breast_cancer, load_diabetes

HERE = Path(__file__).parent


def write(file, names, rows):
    with open(HERE / file, "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)


def number(value):
    # The shortest text that reads as the same number: 17.99, not 17.989999999999998.
    return repr(round(float(value), 10)).removesuffix(".0")


cancer = load_breast_cancer()
write(
    "tabular-classifier/data/breast-cancer.csv",
    [*cancer.feature_names, "diagnosis"],
    ([*map(number, row), cancer.target_names[k]] for row, k in zip(cancer.data, cancer.target)),
)

# scikit-learn names the columns age, sex, bmi, bp, s1 to s6; its description says what they are.
diabetes = load_diabetes(scaled=False)
write(
    "tabular-regressor/data/diabetes.csv",
    [
        "age",
        "sex",
        "body mass index",
        "blood pressure",
        "total cholesterol",
        "LDL",
        "HDL",
        "cholesterol / HDL",
        "log triglycerides",
        "blood sugar",
        "progression",
    ],
    ([*map(number, row), number(y)] for row, y in zip(diabetes.data, diabetes.target)),
)
