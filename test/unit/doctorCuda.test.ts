/** CUDA, cuDNN and cards, as the texts and folders of a machine tell of them. */
import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseDriverCuda, parseGpuCard, parseGpuSample } from "../../src/protocol/nvidiaSmi";
import {
  NODE_GPU_WANTS,
  cudaReport,
  parseCudnnHeader,
  parseLoaderCache,
  parseVersionJson,
  parseVersionTxt,
} from "../../src/runner/doctor/cuda";
import { nvidiaReport } from "../../src/runner/backends/nvidia";

const LOADER_CACHE = `1502 libs found in cache \`/etc/ld.so.cache'
\tlibcudart.so.11.0 (libc6,x86-64) => /usr/local/cuda-11.2/targets/x86_64-linux/lib/libcudart.so.11.0
\tlibcudart.so (libc6,x86-64) => /usr/local/cuda-11.2/targets/x86_64-linux/lib/libcudart.so
\tlibcudnn_ops_infer.so.8 (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/libcudnn_ops_infer.so.8
\tlibcudnn.so.8 (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/libcudnn.so.8
\tlibcuda.so.1 (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/libcuda.so.1
`;

describe("CUDA and cuDNN", () => {
  it("are read from the loader's cache, by the libraries that TensorFlow asks for", () =>
    assert.deepEqual(parseLoaderCache(LOADER_CACHE), [
      { version: "11.0", path: "/usr/local/cuda-11.2/targets/x86_64-linux/lib/libcudart.so.11.0" },
      { version: "8", path: "/usr/lib/x86_64-linux-gnu/libcudnn.so.8" },
    ]));

  it("are read from a toolkit's own words, old and new", () => {
    const json = `{"cuda": {"name": "CUDA SDK", "version": "11.2.20210129"}, "nvcc": {"version": "11.2.142"}}`;
    assert.equal(parseVersionJson(json), "11.2.20210129");
    for (const wrong of ["", "{", "null", "[]", '{"cuda": 11}', '{"cuda": {"version": 11}}'])
      assert.equal(parseVersionJson(wrong), undefined, wrong);
    assert.equal(parseVersionTxt("CUDA Version 10.1.243\n"), "10.1.243");
    assert.equal(parseVersionTxt(""), undefined);
  });

  it("are read from cuDNN's header", () => {
    const header = "#define CUDNN_MAJOR 8\n#define CUDNN_MINOR 1\n#define CUDNN_PATCHLEVEL 1\n";
    assert.equal(parseCudnnHeader(`/* cudnn */\n${header}`), "8.1.1");
    assert.equal(parseCudnnHeader("#define CUDNN_MAJOR 8\n"), undefined);
  });

  it("are found in the folders of a machine, each file once", async () => {
    const root = await realpath(await mkdtemp(path.join(os.tmpdir(), "trainlens-cuda-")));
    const write = async (file: string, content = ""): Promise<string> => {
      const whole = path.join(root, file);
      await mkdir(path.dirname(whole), { recursive: true });
      await writeFile(whole, content);
      return whole;
    };
    try {
      await write("local/cuda-11.2/version.json", '{"cuda": {"version": "11.2.152"}}');
      const runtime = await write("local/cuda-11.2/lib64/libcudart.so.11.2.152");
      await symlink(runtime, path.join(root, "local/cuda-11.2/lib64/libcudart.so.11.0"));
      await symlink(path.join(root, "local/cuda-11.2"), path.join(root, "local/cuda"));
      await write("local/cudatools/version.json", '{"cuda": {"version": "1"}}');
      const header = await write(
        "include/cudnn_version.h",
        "#define CUDNN_MAJOR 8\n#define CUDNN_MINOR 1\n#define CUDNN_PATCHLEVEL 0\n",
      );
      const cudnn = await write("libraries/libcudnn.so.8.1.1");
      await mkdir(path.join(root, "site/nvidia_cuda_runtime_cu12-12.5.82.dist-info"), { recursive: true });
      await mkdir(path.join(root, "site/nvidia_cudnn_cu12-9.3.0.75.dist-info"));
      await mkdir(path.join(root, "site/nvidia_cublas_cu12-12.5.3.2.dist-info"));

      const site = path.join(root, "site");
      const report = await cudaReport({
        roots: [path.join(root, "local"), path.join(root, "nowhere")],
        toolkits: [path.join(root, "local/cuda")],
        libraryPath: [path.join(root, "libraries")],
        loaderCache: `\tlibcudart.so.11.0 (libc6,x86-64) => ${root}/local/cuda-11.2/lib64/libcudart.so.11.0\n`,
        includes: [path.join(root, "include")],
        python: [
          {
            executable: "/venv/bin/python",
            prefix: "/venv",
            version: "3.11.2",
            tensorflow: { version: "2.19.0", folder: path.join(site, "tensorflow"), cuda: "12.5.1", cudnn: "9" },
          },
          { executable: "/usr/bin/python3", prefix: "/usr", version: "3.11.2" },
          {
            executable: "/cpu/bin/python",
            prefix: "/cpu",
            version: "3.11.2",
            tensorflow: { version: "2.21.0", folder: path.join(root, "cpu", "tensorflow") },
          },
        ],
      });
      assert.deepEqual(report, {
        wanted: [NODE_GPU_WANTS, { by: "TensorFlow 2.19.0 of /venv/bin/python", cuda: "12.5.1", cudnn: "9" }],
        cuda: [
          { version: "11.2.152", path: path.join(root, "local/cuda-11.2") },
          { version: "11.2.152", path: runtime },
          { version: "12.5.82", path: path.join(site, "nvidia_cuda_runtime_cu12-12.5.82.dist-info") },
        ],
        cudnn: [
          { version: "8.1.0", path: header },
          { version: "8.1.1", path: cudnn },
          { version: "9.3.0.75", path: path.join(site, "nvidia_cudnn_cu12-9.3.0.75.dist-info") },
        ],
      });
    } finally {
      await rm(root, { recursive: true });
    }
  });
});

describe("nvidia-smi", () => {
  it("tells of a card at a time", () =>
    assert.deepEqual(parseGpuSample("0, NVIDIA H100 80GB HBM3, 37, 1523, 81559, 41, 118.27", 5), {
      time: 5,
      index: 0,
      name: "NVIDIA H100 80GB HBM3",
      utilization: 37,
      memoryUsed: 1523,
      memoryTotal: 81559,
      temperature: 41,
      power: 118.27,
    }));

  it("leaves out what a card does not tell", () =>
    assert.deepEqual(
      parseGpuSample("1, NVIDIA A100-SXM4-80GB, [N/A], [Insufficient Permissions], 81920, [Not Supported], ERR!", 5),
      { time: 5, index: 1, name: "NVIDIA A100-SXM4-80GB", memoryTotal: 81920 },
    ));

  it("says other things that are no samples", () => {
    for (const line of [
      "",
      "Failed to initialize NVML: Driver/library version mismatch",
      "NVML library version: 550.144",
      "No devices were found",
      "index, name, utilization.gpu [%], memory.used [MiB], memory.total [MiB], temperature.gpu, power.draw [W]",
    ])
      assert.equal(parseGpuSample(line, 5), undefined, line);
  });

  it("names the newest CUDA of its driver, in the words of old and new drivers", () => {
    assert.equal(
      parseDriverCuda("| NVIDIA-SMI 550.54.14   Driver Version: 550.54.14      CUDA Version: 12.4     |"),
      "12.4",
    );
    assert.equal(
      parseDriverCuda("| NVIDIA-SMI 610.43.02              KMD Version: 610.43.02     CUDA UMD Version: 13.3     |"),
      "13.3",
    );
    assert.equal(parseDriverCuda("| NVIDIA-SMI 331.62     Driver Version: 331.62         |"), undefined);
  });

  it("lists cards", () => {
    assert.deepEqual(parseGpuCard("0, NVIDIA GeForce RTX 3090, 550.54.14, 24576"), {
      index: 0,
      name: "NVIDIA GeForce RTX 3090",
      driver: "550.54.14",
      memory: 24576,
    });
    assert.equal(parseGpuCard("No devices were found"), undefined);
  });
});

describe("the doctor's look at NVIDIA", () => {
  let folder: string;
  before(async function () {
    if (process.platform === "win32") this.skip();
    folder = await mkdtemp(path.join(os.tmpdir(), "trainlens-smi-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const program = async (script: string): Promise<string> => {
    const file = path.join(folder, "nvidia-smi");
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  };

  it("lists the cards with their driver", async () => {
    const script = `case "$1" in
      --query-gpu=index,name,driver_version,memory.total) echo "0, NVIDIA H100, 550.54, 81559"; echo "1, NVIDIA H100, 550.54, [N/A]";;
      "") echo "| NVIDIA-SMI 550.54  Driver Version: 550.54  CUDA Version: 12.4 |";;
    esac`;
    assert.deepEqual(await nvidiaReport(await program(script)), {
      gpus: [
        { index: 0, name: "NVIDIA H100", driver: "550.54", memory: 81559 },
        { index: 1, name: "NVIDIA H100", driver: "550.54" },
      ],
      driverCuda: "12.4",
    });
  });

  it("says what nvidia-smi says where it fails", async () => {
    const script = `echo "Failed to initialize NVML: Driver/library version mismatch"; echo "NVML library version: 550.144"; exit 18`;
    assert.deepEqual(await nvidiaReport(await program(script)), {
      gpus: [],
      problem: "Failed to initialize NVML: Driver/library version mismatch",
    });
    assert.deepEqual(await nvidiaReport(await program(`echo "No devices were found"`)), {
      gpus: [],
      problem: "No devices were found",
    });
  });

  it("says where there is none", async () =>
    assert.deepEqual(await nvidiaReport(path.join(folder, "no-such-program")), {
      gpus: [],
      problem: "nvidia-smi is not on the PATH",
    }));
});
