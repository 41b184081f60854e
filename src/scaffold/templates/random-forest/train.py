"""A random forest on a table with a quantity to predict: how diabetes went on in 442 patients, by ten measurements.

    pip install -r requirements.txt
    python train.py

Writes predicted.png (predicted against true) and random-forest.shap.npz (TrainLens opens it).
"""

import argparse

import matplotlib
import numpy as np
import shap
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split

matplotlib.use("Agg")  # draws into files, with no window
import matplotlib.pyplot as plt  # noqa: E402

NAMES = {
    "bmi": "body mass index",
    "bp": "blood pressure",
    "s1": "total cholesterol",
    "s2": "LDL",
    "s3": "HDL",
    "s4": "cholesterol / HDL",
    "s5": "log triglycerides",
    "s6": "blood sugar",
}


def main():
    parser = argparse.ArgumentParser(description="Grow a random forest on the diabetes table.")
    parser.add_argument("--trees", type=int, default=200)
    parser.add_argument("--max-depth", type=int, default=8)
    parser.add_argument("--max-features", type=float, default=0.5, help="that a split may choose from, as a share")
    parser.add_argument("--samples", type=int, default=50, help="test rows to explain")
    parser.add_argument("--seed", type=int, default=42)
    args = parser.parse_args()
    table = load_diabetes(scaled=False)  # comes with scikit-learn
    names = [NAMES.get(name, name) for name in table.feature_names]
    x_train, x_test, y_train, y_test = train_test_split(
        table.data, table.target, test_size=0.2, random_state=args.seed
    )

    forest = RandomForestRegressor(
        n_estimators=args.trees,
        max_depth=args.max_depth,
        max_features=args.max_features,
        oob_score=True,
        random_state=args.seed,
    )
    forest.fit(x_train, y_train)
    predicted = forest.predict(x_test)
    print(
        f"On the test rows: mean absolute error {mean_absolute_error(y_test, predicted):.2f}  "
        f"R2 {r2_score(y_test, predicted):.4f}; of the rows that a tree has not seen: R2 {forest.oob_score_:.4f}"
    )
    plt.figure(figsize=(6, 6))
    plt.scatter(y_test, predicted, s=12)
    plt.axline((150, 150), slope=1, color="grey", linewidth=1)
    plt.xlabel("true progression")
    plt.ylabel("predicted progression")
    plt.savefig("predicted.png", dpi=120)

    # Along the trees' own counts of training rows: no background is wanted.
    samples = x_test[: args.samples]
    explainer = shap.TreeExplainer(forest)
    shap_values = explainer.shap_values(samples)  # [samples, features]
    np.savez(
        "random-forest.shap.npz",
        values=shap_values[..., None],
        base_values=np.asarray(explainer.expected_value).reshape(1),
        data=samples,
        feature_names=np.array(names),
        output_names=np.array(["progression"]),
    )
    strength = np.abs(shap_values).mean(axis=0)
    strongest = ", ".join(names[i] for i in np.argsort(strength)[::-1][:3])
    print(f"random-forest.shap.npz: {shap_values.shape}; what counts most: {strongest}")


if __name__ == "__main__":
    main()
