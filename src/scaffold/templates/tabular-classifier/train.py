"""A table with a class to predict: 30 measurements of cell nuclei, and whether the tumour is benign or malignant.

    pip install -r requirements.txt
    python train.py

Writes tabular-classifier.keras, tabular-classifier.shap.npz (TrainLens opens it) and force.html (any browser does).
"""

import argparse
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import shap
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split

TABLE = Path(__file__).parent / "data" / "breast-cancer.csv"


def create_model(features, classes, hidden_units, learning_rate):
    model = keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dense(hidden_units, activation="relu"),
            keras.layers.Dense(classes, activation="softmax"),
        ],
        name="tabular-classifier",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main():
    parser = argparse.ArgumentParser(description="Train a perceptron on a table with a class to predict.")
    parser.add_argument("--table", type=Path, default=TABLE, help="a CSV file of numbers and a class")
    parser.add_argument("--target", default="diagnosis", help="the column to predict")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--hidden-units", type=int, default=16)
    parser.add_argument("--background", type=int, default=100, help="training rows that stand for an average one")
    parser.add_argument("--samples", type=int, default=50, help="test rows to explain")
    parser.add_argument("--seed", type=int, default=42)
    args = parser.parse_args()
    keras.utils.set_random_seed(args.seed)

    table = pd.read_csv(args.table).dropna()
    classes, labels = np.unique(table.pop(args.target), return_inverse=True)
    x = pd.get_dummies(table).astype("float32")  # a category becomes a column a value
    x_train, x_test, y_train, y_test = train_test_split(
        x, labels, test_size=0.2, stratify=labels, random_state=args.seed
    )
    # Standardised by the training rows alone.
    mean, deviation = x_train.mean(), x_train.std().replace(0, 1)
    scaled_train, scaled_test = (((part - mean) / deviation).to_numpy() for part in (x_train, x_test))

    model = create_model(x.shape[1], len(classes), args.hidden_units, args.learning_rate)
    model.fit(
        scaled_train,
        y_train,
        validation_split=0.1,
        epochs=args.epochs,
        batch_size=args.batch_size,
        verbose=2,
    )
    loss, accuracy = model.evaluate(scaled_test, y_test, verbose=0)
    print(f"On the test rows: loss {loss:.4f}  accuracy {accuracy:.4f}")
    predicted = model.predict(scaled_test, verbose=0).argmax(axis=1)
    print(classification_report(y_test, predicted, target_names=[str(name) for name in classes]))
    model.save("tabular-classifier.keras")

    drawn = np.random.default_rng(args.seed).choice(
        len(scaled_train), min(args.background, len(scaled_train)), replace=False
    )
    explainer = shap.DeepExplainer(model, scaled_train[drawn])
    shap_values = explainer.shap_values(scaled_test[: args.samples])  # [samples, features, outputs]; [..., k] of class k
    base_values = np.asarray(explainer.expected_value, dtype="float32")
    data = x_test.to_numpy()[: args.samples]  # the table's own numbers, in which a plot is read
    np.savez(
        "tabular-classifier.shap.npz",
        values=shap_values,
        base_values=base_values,
        data=data,
        feature_names=np.array(x.columns, dtype=str),
        output_names=np.array(classes, dtype=str),
    )
    k = int(predicted[0])
    plot = shap.force_plot(
        float(base_values[k]), shap_values[0, :, k].astype(float), data[0].astype(float), feature_names=list(x.columns)
    )
    shap.save_html("force.html", plot)
    strength = np.abs(shap_values).mean(axis=(0, 2))
    strongest = ", ".join(x.columns[i] for i in np.argsort(strength)[::-1][:3])
    print(f"tabular-classifier.shap.npz: {shap_values.shape}; what counts most: {strongest}")


if __name__ == "__main__":
    main()
