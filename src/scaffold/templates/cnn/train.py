"""Handwritten digits: a convolutional network, and which pixels speak for its answers.

    pip install -r requirements.txt
    python train.py

Writes cnn.keras, cnn.shap.npz (TrainLens opens it as pictures) and image.png.
"""

import argparse
import gzip
from pathlib import Path

import keras
import matplotlib
import numpy as np
import shap

matplotlib.use("Agg")  # draws into files, with no window
import matplotlib.pyplot as plt  # noqa: E402


def load_digits():
    """8,000 pictures to train, 1,000 to validate, 1,000 to test: [n, 28, 28, 1], 0 (paper) to 1 (ink), and labels."""
    packed = np.frombuffer(gzip.decompress(Path(__file__).with_name("digits.bin.gz").read_bytes()), dtype="uint8")
    labels, pictures = packed[:10_000], packed[10_000:].reshape(10_000, 28, 28, 1).astype("float32") / 255
    return [(pictures[part], labels[part]) for part in (slice(0, 8000), slice(8000, 9000), slice(9000, 10_000))]


def create_model(filters, dropout, learning_rate):
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(filters, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(2 * filters, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(10, activation="softmax"),
        ],
        name="cnn",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main():
    parser = argparse.ArgumentParser(description="Train a convolutional network on handwritten digits.")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--filters", type=int, default=16, help="of the first convolution; the second has twice as many")
    parser.add_argument("--dropout", type=float, default=0.25)
    parser.add_argument("--examples", type=int, default=8000, help="to train with")
    parser.add_argument("--background", type=int, default=50, help="pictures that stand for an average input")
    parser.add_argument("--samples", type=int, default=10, help="test pictures to explain")
    parser.add_argument("--seed", type=int, default=42)
    args = parser.parse_args()
    keras.utils.set_random_seed(args.seed)
    (x_train, y_train), validation, (x_test, y_test) = load_digits()
    x_train, y_train = x_train[: args.examples], y_train[: args.examples]

    model = create_model(args.filters, args.dropout, args.learning_rate)
    model.fit(
        x_train, y_train, validation_data=validation, epochs=args.epochs, batch_size=args.batch_size, verbose=2
    )
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"On the test pictures: loss {loss:.4f}  accuracy {accuracy:.4f}")
    model.save("cnn.keras")

    background = x_train[np.random.default_rng(args.seed).choice(len(x_train), args.background, replace=False)]
    samples = x_test[: args.samples]
    explainer = shap.DeepExplainer(model, background)
    shap_values = explainer.shap_values(samples)  # [samples, 28, 28, 1, outputs]; of digit k: shap_values[..., k]
    np.savez(
        "cnn.shap.npz",
        values=shap_values,
        base_values=np.asarray(explainer.expected_value, dtype="float32"),
        data=samples,
        feature_names=np.array([f"pixel {i // 28},{i % 28}" for i in range(784)]),
        output_names=np.array([str(k) for k in range(10)]),
    )
    shap.image_plot([shap_values[:3, ..., k] for k in range(10)], samples[:3], show=False)
    plt.savefig("image.png")
    print(f"cnn.shap.npz: {shap_values.shape}; image.png: three pictures, a column a digit")


if __name__ == "__main__":
    main()
