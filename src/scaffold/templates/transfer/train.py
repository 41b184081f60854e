"""Transfer learning: VGG16 as a frozen base, a new head, and, if you like, the top of the base trained at a lower rate.

    pip install -r requirements.txt
    python train.py                    downloads the ImageNet weights, 58 MB, once
    python train.py --weights none     needs no network: random weights, to compare with and to see shapes and cost
    python train.py --weights FILE     the weights' file: vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5
    python train.py --size 224         the size that VGG16 was trained at: slow without a GPU

Writes transfer.keras and transfer.shap.npz (TrainLens opens it as pictures).
"""

import argparse
import gzip
from pathlib import Path

import keras
import numpy as np
import shap
import tensorflow as tf

WEIGHTS_FILE = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"


def load_digits(size):
    """Pictures to train, to validate and to test, as VGG16 wants them: [n, size, size, 3], 0 to 255, and labels."""
    packed = np.frombuffer(gzip.decompress(Path(__file__).with_name("digits.bin.gz").read_bytes()), dtype="uint8")
    labels, pictures = packed[:10_000], packed[10_000:].reshape(10_000, 28, 28, 1)

    def split(first, count):
        enlarged = tf.image.resize(pictures[first : first + count], (size, size)).numpy()
        return np.repeat(enlarged, 3, axis=3), labels[first : first + count]

    return split


def create_base(weights, size):
    """VGG16 without its classifier, frozen; its own preprocessing comes first."""
    try:
        vgg = keras.applications.VGG16(weights=weights, include_top=False, input_shape=(size, size, 3))
    except Exception as error:
        raise SystemExit(
            f"The weights {weights} cannot be had: {error}\n"
            f"Without a network: put {WEIGHTS_FILE} into ~/.keras/models, give its path with --weights, "
            "or build without weights: --weights none"
        ) from error
    vgg.trainable = False
    inputs = keras.Input((size, size, 3))
    # preprocess_input: from RGB to BGR, less ImageNet's means.
    outputs = vgg(inputs[..., ::-1] - np.array([103.939, 116.779, 123.68], dtype="float32"), training=False)
    return vgg, keras.Model(inputs, outputs, name="base")


def create_head(feature_shape, classes):
    return keras.Sequential(
        [
            keras.Input(feature_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(classes, activation="softmax"),
        ],
        name="head",
    )


def compile_model(model, learning_rate):
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )


def main():
    parser = argparse.ArgumentParser(description="Train a new head on VGG16.")
    parser.add_argument("--weights", default="imagenet", help="imagenet, none, or a file")
    parser.add_argument("--size", type=int, default=48, help="of a picture's side in pixels, 32 or more")
    parser.add_argument("--epochs", type=int, default=10, help="of the head")
    parser.add_argument("--fine-tune", type=int, default=0, help="epochs of the base's last block and the head")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--examples", type=int, default=1000, help="to train with; half as many validate and test")
    parser.add_argument("--background", type=int, default=20, help="pictures that stand for an average input")
    parser.add_argument("--samples", type=int, default=4, help="test pictures to explain")
    parser.add_argument("--draws", type=int, default=20, help="of the explainer, a sample: more is steadier and slower")
    parser.add_argument("--seed", type=int, default=42)
    args = parser.parse_args()
    keras.utils.set_random_seed(args.seed)
    weights = None if args.weights.lower() == "none" else args.weights
    split = load_digits(args.size)
    half = min(1000, max(args.samples, args.examples // 2))
    (x_train, y_train), (x_validation, y_validation) = split(0, args.examples), split(8000, half)
    x_test, y_test = split(9000, half)

    # The frozen base gives the same features in every epoch: they are computed once.
    vgg, base = create_base(weights, args.size)
    features, validation_features = (base.predict(x, verbose=0) for x in (x_train, x_validation))
    head = create_head(features.shape[1:], classes=10)
    compile_model(head, 1e-3)
    head.fit(
        features,
        y_train,
        validation_data=(validation_features, y_validation),
        epochs=args.epochs,
        batch_size=args.batch_size,
        verbose=2,
    )
    model = keras.Sequential([keras.Input((args.size, args.size, 3)), base, head], name="transfer")
    compile_model(model, 1e-5)
    print(f"Accuracy on the test pictures, base frozen: {model.evaluate(x_test, y_test, verbose=0)[1]:.4f}")

    if args.fine_tune > 0:
        vgg.trainable = True
        for layer in vgg.layers:
            layer.trainable = layer.name.startswith("block5")
        compile_model(model, 1e-5)  # a change of trainable counts from the next compile on
        model.fit(
            x_train,
            y_train,
            validation_data=(x_validation, y_validation),
            epochs=args.fine_tune,
            batch_size=args.batch_size,
            verbose=2,
        )
        print(f"Accuracy on the test pictures, fine-tuned: {model.evaluate(x_test, y_test, verbose=0)[1]:.4f}")
    model.save("transfer.keras")

    # Expected gradients: one backward pass a draw, also through a base as deep as this one. They add up only about.
    background = x_train[np.random.default_rng(args.seed).choice(len(x_train), args.background, replace=False)]
    samples = x_test[: args.samples]
    explainer = shap.GradientExplainer(model, background)
    shap_values = explainer.shap_values(samples, nsamples=args.draws, rseed=args.seed)  # of digit k: shap_values[..., k]
    np.savez(
        "transfer.shap.npz",
        values=shap_values.astype("float32"),  # [samples, size, size, 3, outputs]
        base_values=model.predict(background, verbose=0).mean(axis=0),
        data=samples / 255,
        feature_names=np.array(
            [f"{'RGB'[i % 3]} {i // 3 // args.size},{i // 3 % args.size}" for i in range(samples[0].size)]
        ),
        output_names=np.array([str(k) for k in range(10)]),
    )
    print(f"transfer.shap.npz: {shap_values.shape}")


if __name__ == "__main__":
    main()
