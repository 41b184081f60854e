/** Installing a backend from the palette, with an npm of the test's own: what it does is what a user's npm is asked to do. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execute } from "./host";

describe("Install Native Backend", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "trainlens-install-"));
  const runtime = path.join(folder, "runtime");
  const kept = { PATH: process.env["PATH"], TRAINLENS_RUNTIME: process.env["TRAINLENS_RUNTIME"] };

  /** @param script what npm does, in the folder to install into. */
  function npmIs(script: string): void {
    mkdirSync(path.join(folder, "bin"), { recursive: true });
    writeFileSync(path.join(folder, "bin", "npm"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    process.env["PATH"] = `${path.join(folder, "bin")}${path.delimiter}${kept.PATH ?? ""}`;
    process.env["TRAINLENS_RUNTIME"] = runtime;
  }

  afterEach(() => {
    for (const [name, value] of Object.entries(kept)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("puts what npm installed into the runtime folder", async () => {
    npmIs('mkdir -p node_modules/webgpu; echo "$@" > asked');
    const installed = await execute("trainlens.installBackend", { backend: "webgpu" });
    assert.deepEqual(installed, { backend: "webgpu", libtensorflow: "bundled" });
    assert.deepEqual(readdirSync(runtime), ["webgpu"]);
    assert.ok(existsSync(path.join(runtime, "webgpu", "node_modules", "webgpu")));
    assert.ok(existsSync(path.join(runtime, "webgpu", "asked")));
  });

  it("keeps what was installed where npm fails", async () => {
    npmIs("echo npm error code ENOTFOUND >&2; exit 1");
    const installed = await execute("trainlens.installBackend", { backend: "webgpu" });
    assert.equal(installed, undefined);
    assert.deepEqual(readdirSync(runtime), ["webgpu"]);
    assert.ok(existsSync(path.join(runtime, "webgpu", "asked")));
  });
});
