"""Handwritten digits: a multilayer perceptron (784-128-10) under a distribution strategy, and why it answers so.

    pip install -r requirements.txt
    python train.py

Writes digits.keras, digits.shap.npz (TrainLens opens it) and force.html (any browser does).
"""

import argparse
import gzip
from pathlib import Path

import keras
import numpy as np
import shap
import tensorflow as tf


def load_digits():
    """8,000 pictures to train, 1,000 to validate, 1,000 to test: rows of 784, 0 (paper) to 1 (ink), and labels."""
    packed = np.frombuffer(gzip.decompress(Path(__file__).with_name("digits.bin.gz").read_bytes()), dtype="uint8")
    labels, pictures = packed[:10_000], packed[10_000:].reshape(10_000, 784).astype("float32") / 255
    return [(pictures[part], labels[part]) for part in (slice(0, 8000), slice(8000, 9000), slice(9000, 10_000))]


def create_model(learning_rate):
    model = keras.Sequential(
        [
            keras.Input((784,)),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ],
        name="digits",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main():
    parser = argparse.ArgumentParser(description="Train a perceptron on handwritten digits.")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=128, help="of one replica")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--examples", type=int, default=8000, help="to train with")
    parser.add_argument("--background", type=int, default=100, help="pictures that stand for an average input")
    parser.add_argument("--samples", type=int, default=10, help="test pictures to explain")
    parser.add_argument("--seed", type=int, default=42)
    args = parser.parse_args()
    keras.utils.set_random_seed(args.seed)
    (x_train, y_train), validation, (x_test, y_test) = load_digits()
    x_train, y_train = x_train[: args.examples], y_train[: args.examples]

    # One replica a GPU; without a GPU, one on the processor. Model and compile belong inside the scope.
    strategy = tf.distribute.MirroredStrategy()
    print("Replicas:", strategy.num_replicas_in_sync)
    with strategy.scope():
        model = create_model(args.learning_rate)
    model.fit(
        x_train,
        y_train,
        validation_data=validation,
        epochs=args.epochs,
        batch_size=args.batch_size * strategy.num_replicas_in_sync,
        verbose=2,
    )
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"On the test pictures: loss {loss:.4f}  accuracy {accuracy:.4f}")
    model.save("digits.keras")

    # The explainer calls the model outside the scope: a plain copy of it, on one device.
    plain = keras.models.clone_model(model)
    plain.set_weights(model.get_weights())
    background = x_train[np.random.default_rng(args.seed).choice(len(x_train), args.background, replace=False)]
    samples = x_test[: args.samples]
    explainer = shap.DeepExplainer(plain, background)
    shap_values = explainer.shap_values(samples)  # [samples, features, outputs]; of digit k: shap_values[..., k]
    base_values = np.asarray(explainer.expected_value, dtype="float32")
    feature_names = np.array([f"pixel {i // 28},{i % 28}" for i in range(784)])
    np.savez(
        "digits.shap.npz",
        values=shap_values,
        base_values=base_values,
        data=samples,
        feature_names=feature_names,
        output_names=np.array([str(k) for k in range(10)]),
    )
    k = int(plain.predict(samples[:1], verbose=0).argmax())
    plot = shap.force_plot(
        float(base_values[k]),
        shap_values[0, :, k].astype(float),
        samples[0].astype(float),
        feature_names=feature_names.tolist(),
    )
    shap.save_html("force.html", plot)
    print(f"digits.shap.npz: {shap_values.shape}; force.html: why the first test picture is a {k}")


if __name__ == "__main__":
    main()
