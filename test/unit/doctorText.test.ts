import assert from "node:assert/strict";
import os from "node:os";
import path from "node:path";
import {
  type BackendReport,
  DOCTOR_REPORT_VERSION,
  type DoctorReport,
  canTrain,
  installIn,
  offers,
  parseDoctorReport,
  serves,
} from "../../src/protocol/doctorReport";
import { doctorText, formatGflops } from "../../src/protocol/doctorText";
import { formatBytes } from "../../src/protocol/numbers";
import { cudaOn } from "../../src/runner/backends/cuda";
import { native } from "../../src/runner/backends/native";
import { BackendUnavailable } from "../../src/runner/backends/rung";
import { doctorReport } from "./doctorReports";

describe("the doctor's report", () => {
  it("is read back from what is written of it, and from nothing else", () => {
    assert.deepEqual(parseDoctorReport(JSON.stringify(doctorReport)), doctorReport);
    for (const wrong of ["", "{", "{}", JSON.stringify({ ...doctorReport, version: DOCTOR_REPORT_VERSION + 1 })])
      assert.equal(parseDoctorReport(wrong), undefined, wrong);
  });

  it("keeps to what it knows where a newer writer tells more", () => {
    const newer = { ...doctorReport, moods: ["good"] };
    assert.deepEqual(parseDoctorReport(JSON.stringify(newer)), doctorReport);
  });

  it("says whether anything trains", () => {
    assert.ok(canTrain(doctorReport));
    const broken = doctorReport.backends.filter(({ state }) => state !== "usable" && state !== "byNameOnly");
    assert.ok(broken.length > 0);
    assert.ok(!canTrain({ ...doctorReport, backends: broken }));
    assert.ok(
      canTrain({ ...doctorReport, backends: doctorReport.backends.filter(({ state }) => state === "byNameOnly") }),
    );
  });

  it("takes a library of the same major version that is no older", () => {
    for (const [found, wanted, expected] of [
      ["11.2.152", "11.2", true],
      ["11.8.89", "11.2", true],
      ["11.10.1", "11.2", true],
      ["11.1.1", "11.2", false],
      ["12.4.127", "11.2", false],
      ["8.1.1", "8.1", true],
      ["8.0.5", "8.1", false],
      ["9.3.0.75", "9", true],
      ["11", "11.2", false],
    ] as const)
      assert.equal(serves(found, wanted), expected, `${found} for ${wanted}`);
  });
});

describe("a fix", () => {
  it("that names a command of ours can be carried out", () => {
    assert.deepEqual(installIn('Run "trainlens install-backend webgpu", or do it in VS Code.'), {
      backend: "webgpu",
      libtensorflow: "bundled",
    });
    assert.deepEqual(installIn('Run "trainlens install-backend native --libtensorflow python".'), {
      backend: "native",
      libtensorflow: "python",
    });
    for (const other of ["Install the driver.", 'Run "trainlens install-backend tpu".'])
      assert.equal(installIn(other), undefined);
  });

  it("of a package that is not installed names one", async () => {
    const nowhere = path.join(os.tmpdir(), "no-such-folder");
    // With a card and its libraries; without them an installation would not help.
    const machine = { platform: "linux", visibleDevices: undefined, opens: () => true } as const;
    for (const [backend, rung] of Object.entries({ cuda: cudaOn(machine), native })) {
      const fix = await rung.open({ workspace: nowhere, runtime: nowhere }).then(
        () => "",
        (error: unknown) => (error instanceof BackendUnavailable ? error.advice : undefined),
      );
      assert.deepEqual(installIn(fix ?? ""), { backend, libtensorflow: "bundled" });
    }
  });
});

describe("what may be installed", () => {
  const missing = (name: "cuda" | "native" | "webgpu"): BackendReport => ({
    name,
    state: "unavailable",
    reason: "the package is not installed",
    fix: `Run "trainlens install-backend ${name}".`,
  });
  const bare: DoctorReport = { ...doctorReport, backends: [missing("cuda"), missing("webgpu"), missing("native")] };
  const bundled = (backend: "cuda" | "native" | "webgpu") => ({ backend, libtensorflow: "bundled" });
  const onPython = { backend: "native", libtensorflow: "python" };

  it("is what a fix names, for native what a Python environment has already first", () => {
    assert.deepEqual(offers(bare, missing("cuda")), [bundled("cuda")]);
    assert.deepEqual(offers(bare, missing("webgpu")), [bundled("webgpu")]);
    assert.deepEqual(offers(bare, missing("native")), [onPython, bundled("native")]);
  });

  it("is no CUDA without a card, and no Python without TensorFlow or Linux", () => {
    assert.deepEqual(offers({ ...bare, nvidia: { gpus: [] } }, missing("cuda")), []);
    assert.deepEqual(offers({ ...bare, python: [] }, missing("native")), [bundled("native")]);
    const machine = { ...bare.machine, platform: "darwin" };
    assert.deepEqual(offers({ ...bare, machine }, missing("native")), [bundled("native")]);
  });

  it("is nothing for what works, or lacks what no command brings", () => {
    for (const backend of doctorReport.backends) assert.deepEqual(offers(doctorReport, backend), [], backend.name);
  });
});

describe("the doctor's text", () => {
  const lines = doctorText(doctorReport).split("\n");
  const line = (begin: string): string => lines.find((each) => each.trimStart().startsWith(begin)) ?? "";

  it("begins with what auto takes, and why", () =>
    assert.equal(
      lines[0],
      'TrainLens 0.1.0: "auto" takes native here (AMD EPYC, 2 threads): the fastest on this processor.',
    ));

  it("has a row for each backend, the chosen one marked, numbers under numbers", () => {
    const at = lines.findIndex((each) => each.startsWith("  BACKEND"));
    assert.deepEqual(lines.slice(at, at + 6), [
      "  BACKEND  STATE         MATMUL  CONV  DEVICE, DRIVER, PACKAGE",
      "  cuda     crashes",
      "  webgpu   by name only    12.3  4.56  llvmpipe; driver Mesa 22.3.6; 0.6.0",
      "* native   usable         1,235   208  AMD EPYC, 2 threads; 4.22.0",
      "  wasm     usable          28.9  21.0  AMD EPYC, SIMD, 1 thread; 4.22.0",
      "  cpu      no answer",
    ]);
  });

  it("tells of each that is not used why, and what to do", () => {
    const at = lines.indexOf("cuda: its process was ended by SIGABRT while it was loaded.");
    assert.deepEqual(lines.slice(at + 1, at + 4), ["  Install it again.", "  | terminate called", "  | Aborted"]);
    assert.ok(lines.includes("webgpu: not chosen automatically: it is a software device."));
    assert.ok(lines.includes("  --backend webgpu takes it."));
    assert.ok(lines.includes("wasm: it works, and its process was ended by SIGSEGV as it ended."));
  });

  it("sets what was found beside what is wanted", () => {
    assert.match(line("CUDA"), /wanted 11\.2 by @tensorflow\/tfjs-node-gpu: found$/);
    assert.match(line("cuDNN"), /wanted 8\.1 by @tensorflow\/tfjs-node-gpu: not found$/);
    assert.match(line("found 9.3.0.75"), /\(\/venv\/nvidia_cudnn_cu12-9\.3\.0\.75\.dist-info\)$/);
    assert.match(line("NVIDIA"), /0: NVIDIA GeForce RTX 3090, 24\.0 GiB, driver 550\.54\.14$/);
    assert.match(line("its driver runs"), /CUDA up to 12\.4$/);
    assert.match(line("VS Code"), /1\.100\.0$/);
    assert.match(line("Python"), /3\.11\.2, tensorflow 2\.21\.0, keras 3\.15\.0, shap 0\.51\.0 \(\/home/);
    assert.match(line("3.12.1"), /neither tensorflow nor shap \(\/usr\/bin\/python3\)$/);
    assert.match(line("Disk"), /12\.0 GiB free, workspace/);
    assert.match(line("unknown free"), /temporary/);
  });

  it("says first where auto fails", () => {
    const choice: DoctorReport["choice"] = {
      state: "crashed",
      reason: "its process was ended by SIGILL",
      fix: "Use wasm.",
    };
    const [first, second] = doctorText({ ...doctorReport, choice }).split("\n");
    assert.equal(first, 'TrainLens 0.1.0: a run with the backend "auto" fails here: its process was ended by SIGILL.');
    assert.equal(second, "Use wasm.");
  });

  it("tells what was fixed, and what was not", () => {
    const repairs = [
      { done: true, text: "native was installed." },
      { done: false, text: "There is no npm on PATH." },
    ];
    const text = doctorText({ ...doctorReport, repairs });
    assert.match(text, /^Fixed: native was installed\.\nNot fixed: There is no npm on PATH\.$/m);
  });

  it("leaves the columns of speeds out where none was measured", () => {
    const backends = doctorReport.backends.map((backend) => ({ ...backend, speed: undefined }) as typeof backend);
    const text = doctorText({ ...doctorReport, backends });
    assert.ok(!text.includes("MATMUL"));
    assert.ok(!text.includes("GFLOP"));
  });

  it("writes sizes and rates with the digits that they have", () => {
    assert.deepEqual([0.5123, 28.94, 99.96, 100.4, 1234.5].map(formatGflops), ["0.512", "28.9", "100", "100", "1,235"]);
    assert.deepEqual([512, 1536, 3 * 2 ** 30, 200 * 2 ** 30, 5 * 2 ** 40].map(formatBytes), [
      "512 B",
      "1.5 KiB",
      "3.0 GiB",
      "200 GiB",
      "5.0 TiB",
    ]);
  });
});
