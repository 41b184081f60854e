"""A table with a quantity to predict: ten measurements of a patient, and the progression of diabetes a year later.

    pip install -r requirements.txt
    python train.py

Writes tabular-regressor.keras, tabular-regressor.shap.npz (TrainLens opens it) and force.html (any browser does).
"""

import argparse
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import shap
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split

TABLE = Path(__file__).parent / "data" / "diabetes.csv"


def create_model(features, start, hidden_units, learning_rate):
    model = keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dense(hidden_units, activation="relu"),
            keras.layers.Dense(1, bias_initializer=keras.initializers.Constant(start)),
        ],
        name="tabular-regressor",
    )
    model.compile(optimizer=keras.optimizers.Adam(learning_rate), loss="mean_squared_error", metrics=["mae"])
    return model


def main():
    parser = argparse.ArgumentParser(description="Train a perceptron on a table with a quantity to predict.")
    parser.add_argument("--table", type=Path, default=TABLE, help="a CSV file of numbers and categories")
    parser.add_argument("--target", default="progression", help="the column to predict")
    parser.add_argument("--categories", nargs="*", default=["sex"], help="columns of numbers that are no quantities")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=1e-2)
    parser.add_argument("--hidden-units", type=int, default=16)
    parser.add_argument("--background", type=int, default=100, help="training rows that stand for an average one")
    parser.add_argument("--samples", type=int, default=50, help="test rows to explain")
    parser.add_argument("--seed", type=int, default=42)
    args = parser.parse_args()
    keras.utils.set_random_seed(args.seed)

    table = pd.read_csv(args.table).dropna()
    y = table.pop(args.target).to_numpy(dtype="float32")
    named = table.astype({name: str for name in args.categories})
    x = pd.get_dummies(named).astype("float32")  # a category becomes a column a value
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=args.seed)
    # Standardised by the training rows alone.
    mean, deviation = x_train.mean(), x_train.std().replace(0, 1)
    scaled_train, scaled_test = (((part - mean) / deviation).to_numpy() for part in (x_train, x_test))

    # The output starts at the mean of what it shall predict.
    model = create_model(x.shape[1], float(y_train.mean()), args.hidden_units, args.learning_rate)
    model.fit(
        scaled_train,
        y_train,
        validation_split=0.1,
        epochs=args.epochs,
        batch_size=args.batch_size,
        verbose=2,
    )
    _, error = model.evaluate(scaled_test, y_test, verbose=0)
    fit = r2_score(y_test, model.predict(scaled_test, verbose=0)[:, 0])
    print(f"On the test rows: mean absolute error {error:.2f}  R2 {fit:.4f}")
    model.save("tabular-regressor.keras")

    drawn = np.random.default_rng(args.seed).choice(
        len(scaled_train), min(args.background, len(scaled_train)), replace=False
    )
    explainer = shap.DeepExplainer(model, scaled_train[drawn])
    shap_values = explainer.shap_values(scaled_test[: args.samples])  # [samples, features, 1]
    base_values = np.asarray(explainer.expected_value, dtype="float32")
    data = x_test.to_numpy()[: args.samples]  # the table's own numbers, in which a plot is read
    np.savez(
        "tabular-regressor.shap.npz",
        values=shap_values,
        base_values=base_values,
        data=data,
        feature_names=np.array(x.columns, dtype=str),
        output_names=np.array([args.target]),
    )
    plot = shap.force_plot(
        float(base_values[0]), shap_values[0, :, 0].astype(float), data[0].astype(float), feature_names=list(x.columns)
    )
    shap.save_html("force.html", plot)
    strength = np.abs(shap_values[..., 0]).mean(axis=0)
    strongest = ", ".join(x.columns[i] for i in np.argsort(strength)[::-1][:3])
    print(f"tabular-regressor.shap.npz: {shap_values.shape}; what counts most: {strongest}")


if __name__ == "__main__":
    main()
