"""A DCGAN that makes pictures of a digit of which there are few, and a classifier trained with and without them.

    pip install -r requirements.txt
    python train.py

Writes samples/epoch-*.png and samples/made.npz (the pictures made), gan.keras (the generator),
classifier.keras and gan.shap.npz (why the classifier sees the digit, or does not; TrainLens opens it as pictures).
"""

import argparse
import gzip
from pathlib import Path

import keras
import numpy as np
import shap
import tensorflow as tf

NOISE = 64


def load_digits():
    """8,000 pictures to train, 1,000 to validate, 1,000 to test: [n, 28, 28, 1], 0 (paper) to 1 (ink), and labels."""
    packed = np.frombuffer(gzip.decompress(Path(__file__).with_name("digits.bin.gz").read_bytes()), dtype="uint8")
    labels, pictures = packed[:10_000], packed[10_000:].reshape(10_000, 28, 28, 1).astype("float32") / 255
    return [(pictures[part], labels[part]) for part in (slice(0, 8000), slice(8000, 9000), slice(9000, 10_000))]


def create_generator():
    """From noise [NOISE] to a picture [28, 28, 1], -1 (paper) to 1 (ink)."""
    return keras.Sequential(
        [
            keras.Input((NOISE,)),
            keras.layers.Dense(7 * 7 * 64, use_bias=False),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.Reshape((7, 7, 64)),
            keras.layers.Conv2DTranspose(32, 4, strides=2, padding="same", use_bias=False),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"),
        ],
        name="generator",
    )


def create_discriminator():
    """From a picture to a logit: above 0 for real."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, 4, strides=2, padding="same"),
            keras.layers.LeakyReLU(0.2),
            keras.layers.Dropout(0.3),
            keras.layers.Conv2D(64, 4, strides=2, padding="same"),
            keras.layers.LeakyReLU(0.2),
            keras.layers.Dropout(0.3),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ],
        name="discriminator",
    )


def make_train_step(generator, discriminator, learning_rate):
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    generator_optimizer = keras.optimizers.Adam(learning_rate, beta_1=0.5)
    discriminator_optimizer = keras.optimizers.Adam(learning_rate, beta_1=0.5)

    @tf.function
    def train_step(images):
        noise = tf.random.normal([tf.shape(images)[0], NOISE])
        with tf.GradientTape() as generator_tape, tf.GradientTape() as discriminator_tape:
            made = generator(noise, training=True)
            real_logits = discriminator(images, training=True)
            made_logits = discriminator(made, training=True)
            generator_loss = cross_entropy(tf.ones_like(made_logits), made_logits)
            # 0.9 in place of 1: a discriminator that is never quite sure leaves the generator a gradient.
            discriminator_loss = cross_entropy(0.9 * tf.ones_like(real_logits), real_logits) + cross_entropy(
                tf.zeros_like(made_logits), made_logits
            )
        for tape, loss, network, optimizer in (
            (generator_tape, generator_loss, generator, generator_optimizer),
            (discriminator_tape, discriminator_loss, discriminator, discriminator_optimizer),
        ):
            gradients = tape.gradient(loss, network.trainable_variables)
            optimizer.apply_gradients(zip(gradients, network.trainable_variables))
        return generator_loss, discriminator_loss

    return train_step


def make_images(generator, count, seed):
    """[count, 28, 28, 1], 0 to 1."""
    noise = np.random.default_rng(seed).standard_normal((count, NOISE)).astype("float32")
    return (generator.predict(noise, verbose=0) + 1) / 2


def diversity(images):
    """The mean distance between two pictures: near 0 where all look alike."""
    flat = images.reshape(len(images), -1)
    half = len(flat) // 2
    return float(np.linalg.norm(flat[:half] - flat[half : 2 * half], axis=1).mean())


def save_grid(file, images):
    """The first 16 pictures, four by four, as a PNG: ink is dark."""
    grid = images[:16].reshape(4, 4, 28, 28).transpose(0, 2, 1, 3).reshape(112, 112, 1)
    file.write_bytes(tf.io.encode_png(np.uint8(255 - 255 * grid)).numpy())


def train_gan(real, args):
    """The generator, trained on pictures [n, 28, 28, 1], 0 to 1."""
    generator, discriminator = create_generator(), create_discriminator()
    train_step = make_train_step(generator, discriminator, args.learning_rate)
    # Each epoch sees the few pictures often enough to fill the steps.
    batches = tf.data.Dataset.from_tensor_slices(2 * real - 1).repeat().shuffle(2000, seed=args.seed)
    batches = iter(batches.batch(args.batch_size).prefetch(tf.data.AUTOTUNE))
    samples = Path("samples")
    samples.mkdir(exist_ok=True)
    for epoch in range(1, args.epochs + 1):
        losses = np.mean([[float(loss) for loss in train_step(next(batches))] for _ in range(args.steps)], axis=0)
        images = make_images(generator, 64, args.seed)
        spread = diversity(images) / diversity(real)
        print(f"Epoch {epoch}/{args.epochs}  generator {losses[0]:.3f}  discriminator {losses[1]:.3f}  diversity {spread:.2f}")
        save_grid(samples / f"epoch-{epoch:03}.png", images)
        if not np.isfinite(losses).all():
            raise SystemExit("The GAN diverged: its loss is no number. Lower --learning-rate.")
        if epoch > args.epochs // 2:
            if spread < 0.3:
                print("Mode collapse: the pictures look alike. Lower --learning-rate, or give more --poor examples.")
            if losses[1] < 0.7:  # it cannot fall below 0.33, of labels of 0.9
                print("The discriminator wins: the generator learns little. Lower --learning-rate.")
    generator.save("gan.keras")
    return generator


def train_classifier(x, y, validation, args):
    keras.utils.set_random_seed(args.seed)
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
        name="classifier",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(x, y, validation_data=validation, epochs=args.classifier_epochs, batch_size=128, verbose=0)
    return model


def main():
    parser = argparse.ArgumentParser(description="Make pictures of a digit of which there are few.")
    parser.add_argument("--label", type=int, default=8, help="the digit of which there are few")
    parser.add_argument("--poor", type=int, default=30, help="so many of its pictures are left to train with")
    parser.add_argument("--made", type=int, default=400, help="pictures to add to them")
    parser.add_argument("--epochs", type=int, default=30, help="of the GAN")
    parser.add_argument("--steps", type=int, default=60, help="an epoch of the GAN")
    parser.add_argument("--batch-size", type=int, default=32, help="of the GAN")
    parser.add_argument("--learning-rate", type=float, default=2e-4, help="of the GAN")
    parser.add_argument("--examples", type=int, default=4000, help="to train the classifier with")
    parser.add_argument("--classifier-epochs", type=int, default=5)
    parser.add_argument("--background", type=int, default=50, help="pictures that stand for an average input")
    parser.add_argument("--samples", type=int, default=10, help="test pictures of the digit to explain")
    parser.add_argument("--seed", type=int, default=42)
    args = parser.parse_args()
    keras.utils.set_random_seed(args.seed)
    (x_train, y_train), validation, (x_test, y_test) = load_digits()
    x_train, y_train = x_train[: args.examples], y_train[: args.examples]
    kept = np.concatenate([np.flatnonzero(y_train != args.label), np.flatnonzero(y_train == args.label)[: args.poor]])
    x_train, y_train = x_train[kept], y_train[kept]

    generator = train_gan(x_train[y_train == args.label], args)
    made = make_images(generator, args.made, args.seed + 1)
    np.savez("samples/made.npz", x=made, y=np.full(args.made, args.label, dtype="uint8"))

    x_more, y_more = np.concatenate([x_train, made]), np.concatenate([y_train, np.full(args.made, args.label, "uint8")])
    of_label = y_test == args.label
    for name, x, y in (("without", x_train, y_train), ("with", x_more, y_more)):
        model = train_classifier(x, y, validation, args)
        right = model.predict(x_test, verbose=0).argmax(axis=1) == y_test
        print(f"Classifier {name} made pictures: accuracy {right.mean():.4f}, of the {args.label}s {right[of_label].mean():.4f}")
    model.save("classifier.keras")

    background = x_train[np.random.default_rng(args.seed).choice(len(x_train), args.background, replace=False)]
    samples = x_test[of_label][: args.samples]
    explainer = shap.DeepExplainer(model, background)
    shap_values = explainer.shap_values(samples)  # [samples, 28, 28, 1, outputs]; of digit k: shap_values[..., k]
    np.savez(
        "gan.shap.npz",
        values=shap_values,
        base_values=np.asarray(explainer.expected_value, dtype="float32"),
        data=samples,
        feature_names=np.array([f"pixel {i // 28},{i % 28}" for i in range(784)]),
        output_names=np.array([str(k) for k in range(10)]),
    )
    print(f"gan.shap.npz: {shap_values.shape}")


if __name__ == "__main__":
    main()
