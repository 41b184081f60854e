"""From the interpreter's start to a force plot on disk, for a trained model: what a user of shap waits for.

usage: wholeProcess.py MODEL.json DATA OUT.html    DATA as written by writeDigits.main.ts
"""
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import shap

model_json, data, out = sys.argv[1:]
with open(model_json) as file:
    manifest = json.load(file)["weightsManifest"][0]
raw = np.fromfile(os.path.join(os.path.dirname(model_json), manifest["paths"][0]), np.float32)
weights, at = [], 0
for spec in manifest["weights"]:
    size = int(np.prod(spec["shape"]))
    weights.append(raw[at : at + size].reshape(spec["shape"]))
    at += size

model = keras.Sequential([
    keras.Input((784,)),
    keras.layers.Dense(128, activation="relu"),
    keras.layers.Dense(10, activation="softmax"),
])
model.set_weights(weights)

read = lambda name: np.fromfile(os.path.join(data, name), np.float32).reshape(-1, 784)
background, samples = read("trainX.bin")[:100], read("testX.bin")[:10]
explainer = shap.DeepExplainer(model, background)
values = explainer.shap_values(samples)
plot = shap.force_plot(float(explainer.expected_value[0]), values[..., 0], samples)
shap.save_html(out, plot)
