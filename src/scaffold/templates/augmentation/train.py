"""Few examples and augmentation: a convolutional network on 500 digits, trained with and without.

    pip install -r requirements.txt
    python train.py

Prints both accuracies; writes augmentation.keras and augmentation.shap.npz (TrainLens opens it as pictures).
"""

import argparse
import gzip
from pathlib import Path

import keras
import numpy as np
import shap
import tensorflow as tf


def load_digits():
    """8,000 pictures to train, 1,000 to validate, 1,000 to test: [n, 28, 28, 1], 0 (paper) to 1 (ink), and labels."""
    packed = np.frombuffer(gzip.decompress(Path(__file__).with_name("digits.bin.gz").read_bytes()), dtype="uint8")
    labels, pictures = packed[:10_000], packed[10_000:].reshape(10_000, 28, 28, 1).astype("float32") / 255
    return [(pictures[part], labels[part]) for part in (slice(0, 8000), slice(8000, 9000), slice(9000, 10_000))]


def augment(image, label):
    """Scales, moves and lightens one picture [height, width, channels]. No flips: a mirrored 2 is no 2."""
    shape = tf.shape(image)
    scale = tf.random.uniform([2], 0.85, 1.15)
    size = tf.cast(tf.round(tf.cast(shape[:2], "float32") * scale), "int32")
    image = tf.image.resize(image, size)
    image = tf.image.resize_with_crop_or_pad(image, shape[0] + 4, shape[1] + 4)
    image = tf.image.random_crop(image, shape)
    image = tf.image.random_contrast(image, 0.8, 1.2)
    return tf.clip_by_value(image, 0.0, 1.0), label


def dataset(x, y, batch_size, seed, augmented):
    """Shuffled and augmented anew in every epoch, prepared while the model trains."""
    examples = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x), seed=seed)
    if augmented:
        examples = examples.map(augment, num_parallel_calls=tf.data.AUTOTUNE)
    return examples.batch(batch_size).prefetch(tf.data.AUTOTUNE)


def create_model(learning_rate):
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ],
        name="augmentation",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main():
    parser = argparse.ArgumentParser(description="Train on few digits, with and without augmentation.")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--examples", type=int, default=500, help="to train with")
    parser.add_argument("--background", type=int, default=50, help="pictures that stand for an average input")
    parser.add_argument("--samples", type=int, default=10, help="test pictures to explain")
    parser.add_argument("--seed", type=int, default=42)
    args = parser.parse_args()
    (x_train, y_train), validation, (x_test, y_test) = load_digits()
    x_train, y_train = x_train[: args.examples], y_train[: args.examples]

    accuracies = {}
    for augmented in (False, True):
        # The same initial weights and the same order for both.
        keras.utils.set_random_seed(args.seed)
        model = create_model(args.learning_rate)
        examples = dataset(x_train, y_train, args.batch_size, args.seed, augmented)
        model.fit(examples, validation_data=validation, epochs=args.epochs, verbose=2)
        _, accuracies[augmented] = model.evaluate(x_test, y_test, verbose=0)
    print(f"On the test pictures: accuracy {accuracies[True]:.4f} with augmentation, {accuracies[False]:.4f} without")
    model.save("augmentation.keras")

    background = x_train[np.random.default_rng(args.seed).choice(len(x_train), args.background, replace=False)]
    samples = x_test[: args.samples]
    explainer = shap.DeepExplainer(model, background)
    shap_values = explainer.shap_values(samples)  # [samples, 28, 28, 1, outputs]; of digit k: shap_values[..., k]
    np.savez(
        "augmentation.shap.npz",
        values=shap_values,
        base_values=np.asarray(explainer.expected_value, dtype="float32"),
        data=samples,
        feature_names=np.array([f"pixel {i // 28},{i % 28}" for i in range(784)]),
        output_names=np.array([str(k) for k in range(10)]),
    )
    print(f"augmentation.shap.npz: {shap_values.shape}")


if __name__ == "__main__":
    main()
