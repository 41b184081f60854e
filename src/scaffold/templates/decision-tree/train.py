"""A decision tree on a table: 178 wines, 13 measurements each, three cultivars. Its rules can be read.

    pip install -r requirements.txt
    python train.py

Prints the rules; writes tree.png and decision-tree.shap.npz (TrainLens opens it).
"""

import argparse

import matplotlib
import numpy as np
import shap
from sklearn.datasets import load_wine
from sklearn.metrics import classification_report
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.tree import DecisionTreeClassifier, export_text, plot_tree

matplotlib.use("Agg")  # draws into files, with no window
import matplotlib.pyplot as plt  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description="Grow a decision tree on the wine table.")
    parser.add_argument("--max-depth", type=int, default=3)
    parser.add_argument("--samples", type=int, default=36, help="test rows to explain")
    parser.add_argument("--seed", type=int, default=42)
    args = parser.parse_args()
    wine = load_wine()  # comes with scikit-learn
    names = [name.replace("_", " ") for name in wine.feature_names]
    cultivars = [f"cultivar {k + 1}" for k in range(3)]
    x_train, x_test, y_train, y_test = train_test_split(
        wine.data, wine.target, test_size=0.2, stratify=wine.target, random_state=args.seed
    )

    tree = DecisionTreeClassifier(max_depth=args.max_depth, random_state=args.seed)
    scores = cross_val_score(tree, x_train, y_train, cv=5)
    tree.fit(x_train, y_train)
    print(export_text(tree, feature_names=names, class_names=cultivars))
    print(classification_report(y_test, tree.predict(x_test), target_names=cultivars))
    print(f"Accuracy {tree.score(x_test, y_test):.4f} on the test rows; {scores.mean():.4f} in cross-validation")
    plt.figure(figsize=(12, 7))
    plot_tree(tree, feature_names=names, class_names=cultivars, filled=True, rounded=True)
    plt.savefig("tree.png", dpi=120)

    # Exact for trees, and of the probability; the background is the training rows.
    samples = x_test[: args.samples]
    explainer = shap.TreeExplainer(tree, x_train, model_output="probability")
    shap_values = explainer.shap_values(samples)  # [samples, features, outputs]; of cultivar k: shap_values[..., k]
    np.savez(
        "decision-tree.shap.npz",
        values=shap_values,
        base_values=np.asarray(explainer.expected_value),
        data=samples,
        feature_names=np.array(names),
        output_names=np.array(cultivars),
    )
    strength = np.abs(shap_values).mean(axis=(0, 2))
    strongest = ", ".join(names[i] for i in np.argsort(strength)[::-1][:3])
    print(f"decision-tree.shap.npz: {shap_values.shape}; what counts most: {strongest}")


if __name__ == "__main__":
    main()
