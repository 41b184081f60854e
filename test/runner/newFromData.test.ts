/** `trainlens new --data`: from a folder of pictures to a trained model, with two commands. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Workspace, only, trainlens } from "./cli";

describe("trainlens new --data", () => {
  let workspace: Workspace;
  before(() => (workspace = new Workspace()));
  after(() => workspace.dispose());

  it("writes a recipe that trains, with augmentation", async () => {
    for (const name of ["grey", "photo"]) {
      mkdirSync(workspace.path("pictures", name), { recursive: true });
      const fixture = path.resolve("test", "fixtures", "pictures", `${name}.png`);
      for (let i = 0; i < 10; i++) cpSync(fixture, workspace.path("pictures", name, `${i}.png`));
    }
    const made = await trainlens(["new", "augmentation", "--data", "pictures"], workspace.folder);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /pictures has 20 examples of shape \[\d+, \d+, 3\], 2 classes\.\nWrote pictures-recipe/);
    const args = ["train", path.join("pictures-recipe", "train.ts"), "--run", "run", "--set", "epochs=1"];
    const ended = await trainlens(args, workspace.folder);
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(only(workspace.events("run"), "data").classNames, ["grey", "photo"]);
    const shown = await trainlens(
      ["preview", path.join("pictures-recipe", "train.ts"), "-o", "a.png"],
      workspace.folder,
    );
    assert.equal(shown.code, 0, shown.stderr);
    assert.equal(readFileSync(workspace.path("a.png")).toString("latin1", 1, 4), "PNG");
  });

  it("says which column can be no target", async () => {
    workspace.write("a.csv", "n,kind\n" + Array.from({ length: 20 }, (_, i) => `1,${i % 2 ? "a" : "b"}\n`).join(""));
    const { code, stderr } = await trainlens(["new", "--data", "a.csv", "--target", "n"], workspace.folder);
    assert.equal(code, 2);
    assert.match(stderr, /The column "n" cannot be predicted.*\n.*"kind"/);
  });
});
