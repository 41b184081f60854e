"""shap's explainers, warm: for each name of a case on stdin, its seconds on stdout. See explainers.main.ts.

usage: explainers.py FOLDER    FOLDER has the digits as writeDigits.main.ts writes them

Trains the models first and leaves in the folder all that the other side needs to compute the same: MODEL.weights.bin (all
weights in a row), the table's rows, the trees, what was drawn, and CASE.values.bin, the values to compare with. All float32.
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
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../fixtures/shap/family"))
from make_family_fixtures import as_arrays

SEED = 7
folder = sys.argv[1]
L = keras.layers
keras.utils.set_random_seed(SEED)
tf.config.experimental.enable_op_determinism()


def write(name, array):
    np.asarray(array, dtype=np.float32).tofile(os.path.join(folder, name + ".bin"))


def trained(name, layers, x, y, loss, epochs=2):
    model = keras.Sequential(layers)
    model.compile(optimizer="adam", loss=loss)
    model.fit(x, y, batch_size=128, epochs=epochs, verbose=0)
    write(name + ".weights", np.concatenate([w.ravel() for w in model.get_weights()]))
    return model


read = lambda file, *shape: np.fromfile(os.path.join(folder, file), np.float32).reshape(-1, *shape)
x, y, test = read("trainX.bin", 784), read("trainY.bin", 10), read("testX.bin", 784)
pictures, test_pictures = x.reshape(-1, 28, 28, 1), test.reshape(-1, 28, 28, 1)
MLP = [keras.Input((784,)), L.Dense(128, activation="relu"), L.Dense(10, activation="softmax")]
CNN = [
    keras.Input((28, 28, 1)),
    L.Conv2D(16, 3, activation="relu"),
    L.MaxPooling2D(2),
    L.Conv2D(32, 3, activation="relu"),
    L.MaxPooling2D(2),
    L.Flatten(),
    L.Dense(10, activation="softmax"),
]
mlp = trained("mlp", MLP, x, y, "categorical_crossentropy")
cnn = trained("cnn", CNN, pictures, y, "categorical_crossentropy")

table, classes = load_breast_cancer(return_X_y=True)
table = ((table - table.mean(0)) / table.std(0)).astype(np.float32)
write("table", table)
small = lambda features: [keras.Input((features,)), L.Dense(64, activation="relu"), L.Dense(2, activation="softmax")]
table30 = trained("table30", small(30), table, classes, "sparse_categorical_crossentropy", 20)
table10 = trained("table10", small(10), table[:, :10], classes, "sparse_categorical_crossentropy", 20)
# A compiled call without predict's bookkeeping, the fastest that Keras has; shapes that recur are traced once.
compiled = {model: tf.function(model, reduce_retracing=True) for model in (table30, table10)}
answers = lambda model: lambda rows: compiled[model](tf.constant(rows, tf.float32)).numpy()
references, samples = table[:100], table[100:110]

boosted = GradientBoostingClassifier(n_estimators=200, max_depth=4, random_state=SEED).fit(table[:400], classes[:400])
forest = RandomForestClassifier(n_estimators=100, max_depth=10, random_state=SEED).fit(table[:400], classes[:400])
for name, trees in [
    ("boosted", [as_arrays(each.tree_, boosted.learning_rate) for each in boosted.estimators_[:, 0]]),
    ("forest", [as_arrays(each.tree_, 1 / 100, True) for each in forest.estimators_]),
]:
    with open(os.path.join(folder, name + ".json"), "w") as file:
        json.dump({"trees": trees, "n_features": 30}, file)

deep = {"mlp": shap.DeepExplainer(mlp, x[:100]), "cnn": shap.DeepExplainer(cnn, pictures[:100])}
gradient = {"mlp": shap.GradientExplainer(mlp, x[:100]), "cnn": shap.GradientExplainer(cnn, pictures[:100])}
masker = lambda background: shap.maskers.Independent(background, max_samples=100)
kernel30 = shap.KernelExplainer(answers(table30), references)
kernel10 = shap.KernelExplainer(answers(table10), references[:, :10])
permutation = shap.PermutationExplainer(answers(table30), masker(references), seed=SEED)
exact = shap.ExactExplainer(answers(table10), masker(references[:, :10]))
boosted_paths, forest_paths = shap.TreeExplainer(boosted), shap.TreeExplainer(forest)
boosted_pairs = shap.TreeExplainer(boosted, references, feature_perturbation="interventional")

NSAMPLES = 200
CASES = {
    "deep-mlp": lambda: deep["mlp"].shap_values(test[:10]),
    "deep-cnn": lambda: deep["cnn"].shap_values(test_pictures[:10]),
    "gradient-mlp": lambda: gradient["mlp"].shap_values(test[:10], nsamples=NSAMPLES, rseed=SEED),
    "gradient-cnn": lambda: gradient["cnn"].shap_values(test_pictures[:10], nsamples=NSAMPLES, rseed=SEED),
    "kernel": lambda: kernel30.shap_values(samples, l1_reg=False, silent=True),
    "kernel-all": lambda: kernel10.shap_values(samples[:, :10], l1_reg=False, silent=True),
    "permutation": lambda: permutation(samples, max_evals=10 * 61, silent=True).values,
    "exact": lambda: exact(samples[:, :10], silent=True).values,
    "tree-boosted": lambda: boosted_paths.shap_values(table, check_additivity=False),
    "tree-forest": lambda: forest_paths.shap_values(table, check_additivity=False),
    "tree-interventional": lambda: boosted_pairs.shap_values(table[:100], check_additivity=False),
}

# What both sides draw alike: points of expected gradients, and orders of the features.
np.random.seed(SEED)
write("draws", [[np.random.choice(100), np.random.uniform()] for _ in range(10 * NSAMPLES)])
shuffle, orders = np.random.shuffle, []


def recorded(array):
    shuffle(array)
    orders.append(array.copy())


np.random.shuffle = recorded
write("permutation.values", CASES["permutation"]())
np.random.shuffle = shuffle
write("orders", orders)
for name, explain in CASES.items():
    if name != "permutation":
        np.random.seed(SEED)
        write(name + ".values", explain())
print(json.dumps(list(CASES)), flush=True)

for line in sys.stdin:
    begun = time.perf_counter()
    CASES[line.strip()]()
    print(json.dumps(time.perf_counter() - begun), flush=True)
