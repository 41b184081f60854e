"""Sequences: an LSTM reads a digit as 28 time steps, a row of 28 pixels each, and says which digit it was.

    pip install -r requirements.txt
    python train.py

Writes lstm.keras and lstm.shap.npz (TrainLens opens it).
"""

import argparse
import gzip
from pathlib import Path

import keras
import numpy as np
import shap


def load_digits():
    """8,000 sequences to train, 1,000 to validate, 1,000 to test: [n, 28 steps, 28 features], and labels."""
    packed = np.frombuffer(gzip.decompress(Path(__file__).with_name("digits.bin.gz").read_bytes()), dtype="uint8")
    labels, rows = packed[:10_000], packed[10_000:].reshape(10_000, 28, 28).astype("float32") / 255
    return [(rows[part], labels[part]) for part in (slice(0, 8000), slice(8000, 9000), slice(9000, 10_000))]


def create_model(units, learning_rate):
    model = keras.Sequential(
        [
            keras.Input((28, 28)),  # steps, features
            keras.layers.LSTM(units),
            keras.layers.Dense(10, activation="softmax"),
        ],
        name="lstm",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main():
    parser = argparse.ArgumentParser(description="Train an LSTM on the rows of handwritten digits.")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--units", type=int, default=64)
    parser.add_argument("--examples", type=int, default=8000, help="to train with")
    parser.add_argument("--background", type=int, default=100, help="sequences that stand for an average input")
    parser.add_argument("--samples", type=int, default=10, help="test sequences to explain")
    parser.add_argument("--draws", type=int, default=200, help="of the explainer, a sample: more is steadier")
    parser.add_argument("--seed", type=int, default=42)
    args = parser.parse_args()
    keras.utils.set_random_seed(args.seed)
    (x_train, y_train), validation, (x_test, y_test) = load_digits()
    x_train, y_train = x_train[: args.examples], y_train[: args.examples]

    model = create_model(args.units, args.learning_rate)
    model.fit(
        x_train, y_train, validation_data=validation, epochs=args.epochs, batch_size=args.batch_size, verbose=2
    )
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"On the test sequences: loss {loss:.4f}  accuracy {accuracy:.4f}")
    model.save("lstm.keras")

    # shap's DeepExplainer has no rule for LSTM; expected gradients need none. They add up only about.
    background = x_train[np.random.default_rng(args.seed).choice(len(x_train), args.background, replace=False)]
    samples = x_test[: args.samples]
    explainer = shap.GradientExplainer(model, background)
    shap_values = explainer.shap_values(samples, nsamples=args.draws, rseed=args.seed)  # of digit k: shap_values[..., k]
    base_values = model.predict(background, verbose=0).mean(axis=0)
    missing = model.predict(samples, verbose=0) - base_values - shap_values.sum(axis=(1, 2))
    np.savez(
        "lstm.shap.npz",
        values=shap_values,  # [samples, steps, features, outputs]
        base_values=base_values,
        data=samples,
        feature_names=np.array([f"step {i // 28}, pixel {i % 28}" for i in range(784)]),
        output_names=np.array([str(k) for k in range(10)]),
    )
    print(f"lstm.shap.npz: {shap_values.shape}; sums miss the outputs by {np.abs(missing).mean():.3f} on average")


if __name__ == "__main__":
    main()
