/** A report with something of everything. */
import { DOCTOR_REPORT_VERSION, type DoctorReport } from "../../src/protocol/doctorReport";

const measured = (gflops: number) => ({ gflops, shape: "1024 × 1024 by 1024 × 1024", repeats: 10, seconds: 1 });

export const doctorReport: DoctorReport = {
  version: DOCTOR_REPORT_VERSION,
  time: Date.UTC(2026, 10, 23),
  trainlens: "0.1.0",
  node: { version: "22.1.0", path: "/usr/bin/node" },
  vscode: "1.100.0",
  choice: {
    state: "usable",
    name: "native",
    device: "AMD EPYC, 2 threads",
    reason: "the fastest on this processor",
    passedOver: [{ name: "cuda", reason: "no card", fix: "Buy one." }],
  },
  backends: [
    {
      name: "cuda",
      state: "crashed",
      reason: "its process was ended by SIGABRT while it was loaded",
      fix: "Install it again.",
      output: "terminate called\nAborted",
    },
    {
      name: "webgpu",
      state: "byNameOnly",
      device: "llvmpipe",
      driver: "Mesa 22.3.6",
      version: "0.6.0",
      reason: "it is a software device",
      speed: { matMul: measured(12.3), conv2d: measured(4.56) },
    },
    {
      name: "native",
      state: "usable",
      device: "AMD EPYC, 2 threads",
      version: "4.22.0",
      speed: { matMul: measured(1234.6), conv2d: measured(208.3) },
    },
    {
      name: "wasm",
      state: "usable",
      device: "AMD EPYC, SIMD, 1 thread",
      version: "4.22.0",
      speed: { matMul: measured(28.94), conv2d: measured(21) },
      warning: "it works, and its process was ended by SIGSEGV as it ended",
    },
    { name: "cpu", state: "timedOut", reason: "it gave no answer within 90 s", fix: "Wait." },
  ],
  machine: {
    platform: "linux",
    system: "Linux 6.1",
    architecture: "x64",
    processor: "AMD EPYC",
    threads: 2,
    memory: 16 * 2 ** 30,
    freeMemory: 8 * 2 ** 30,
  },
  nvidia: {
    gpus: [{ index: 0, name: "NVIDIA GeForce RTX 3090", driver: "550.54.14", memory: 24576 }],
    driverCuda: "12.4",
  },
  cuda: {
    wanted: [{ by: "@tensorflow/tfjs-node-gpu", cuda: "11.2", cudnn: "8.1" }],
    cuda: [{ version: "11.8.89", path: "/usr/local/cuda-11.8" }],
    cudnn: [{ version: "9.3.0.75", path: "/venv/nvidia_cudnn_cu12-9.3.0.75.dist-info" }],
  },
  python: [
    { path: "/home/me/.venv/bin/python", version: "3.11.2", tensorflow: "2.21.0", keras: "3.15.0", shap: "0.51.0" },
    { path: "/usr/bin/python3", version: "3.12.1" },
  ],
  disks: [
    { use: "workspace", path: "/home/me/digits", free: 12 * 2 ** 30, total: 100 * 2 ** 30 },
    { use: "runtime", path: "/home/me/.trainlens/runtime", free: 12 * 2 ** 30, total: 100 * 2 ** 30 },
    { use: "temporary", path: "/tmp" },
  ],
};
