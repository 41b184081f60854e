"""shap.DeepExplainer, warm: 10 samples x 100 references x 10 outputs for each line on stdin, its seconds on stdout.

usage: deep.py MODEL FOLDER    MODEL is mlp or cnn; FOLDER has the digits as writeDigits.main.ts writes them

Trains the model for two epochs first and leaves MODEL.weights.bin (all weights in a row, float32) and MODEL.values.bin
(the values) in the folder: the other side explains the same model and compares.
"""
import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import shap
import tensorflow as tf

name, folder = sys.argv[1:]
L = keras.layers
LAYERS = {
    "mlp": [
        keras.Input((784,)),
        L.Dense(128, activation="relu"),
        L.Dense(10, activation="softmax"),
    ],
    "cnn": [
        keras.Input((28, 28, 1)),
        L.Conv2D(16, 3, activation="relu"),
        L.MaxPooling2D(2),
        L.Conv2D(32, 3, activation="relu"),
        L.MaxPooling2D(2),
        L.Flatten(),
        L.Dense(10, activation="softmax"),
    ],
}

keras.utils.set_random_seed(7)
tf.config.experimental.enable_op_determinism()
model = keras.Sequential(LAYERS[name])
read = lambda file, *shape: np.fromfile(os.path.join(folder, file), np.float32).reshape(-1, *shape)
x, y, test = (read(file, *shape) for file, shape in [
    ("trainX.bin", model.input_shape[1:]), ("trainY.bin", (10,)), ("testX.bin", model.input_shape[1:]),
])  # fmt: skip
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(x, y, batch_size=128, epochs=2, verbose=0)

explainer = shap.DeepExplainer(model, x[:100])
values = explainer.shap_values(test[:10])
np.concatenate([w.ravel() for w in model.get_weights()]).tofile(os.path.join(folder, name + ".weights.bin"))
values.astype(np.float32).tofile(os.path.join(folder, name + ".values.bin"))
print(json.dumps("ready"), flush=True)

for _ in sys.stdin:
    begun = time.perf_counter()
    explainer.shap_values(test[:10])
    print(json.dumps(time.perf_counter() - begun), flush=True)
