"""Keras `fit` on the digits: one epoch for each line on stdin, its seconds on stdout.

usage: training.py MODEL FOLDER EXAMPLES    with trainX.bin, trainY.bin, validationX.bin, validationY.bin: float32, [n, 784] and [n, 10]
The models are those of test/fixtures/recipes.
"""
import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
from keras import layers

name, folder, examples = sys.argv[1], sys.argv[2], int(sys.argv[3])


def mobile_net():
    model = keras.Sequential([keras.Input((28, 28, 1))])

    def normalized(convolution):
        model.add(convolution)
        model.add(layers.BatchNormalization(momentum=0.99))
        model.add(layers.ReLU(6))

    normalized(layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False))
    for filters, strides in [(32, 1), (64, 2), (64, 1), (128, 2), (128, 1)]:
        normalized(layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False))
        normalized(layers.Conv2D(filters, 1, use_bias=False))
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(10, activation="softmax"))
    return model


MODELS = {
    "mlp": lambda: keras.Sequential([
        keras.Input((784,)),
        layers.Dense(128, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]),
    "cnn": lambda: keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(10, activation="softmax"),
    ]),
    "lstm": lambda: keras.Sequential([
        keras.Input((28, 28)),
        layers.LSTM(64),
        layers.Dense(10, activation="softmax"),
    ]),
    "mobileNet": mobile_net,
}


def split(part, count):
    read = lambda axis, width: np.fromfile(os.path.join(folder, part + axis + ".bin"), np.float32).reshape(-1, width)
    return read("X", 784)[:count].reshape(-1, *model.input_shape[1:]), read("Y", 10)[:count]


model = MODELS[name]()
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="categorical_crossentropy", metrics=["accuracy"])


class Clock(keras.callbacks.Callback):
    """Seconds from an epoch's begin to its end, validation included, as `fit` runs it; not what `fit` does once."""

    def on_epoch_begin(self, epoch, logs=None):
        self.begun = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds = time.perf_counter() - self.begun


(x, y), validation = split("train", examples), split("validation", max(64, examples // 8))
clock = Clock()


def fit():
    model.fit(x, y, batch_size=128, epochs=2, verbose=0, validation_data=validation, callbacks=[clock])


fit()  # traces the graphs
for _ in sys.stdin:
    fit()
    print(json.dumps(clock.seconds), flush=True)
