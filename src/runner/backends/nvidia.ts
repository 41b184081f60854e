import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The first card that NVIDIA's own tool lists; undefined where there is no such tool or it finds none. */
export async function nvidiaCard(): Promise<{ name: string; driver: string } | undefined> {
  try {
    const query = ["--query-gpu=name,driver_version", "--format=csv,noheader"];
    const { stdout } = await run("nvidia-smi", query, { timeout: 5000, windowsHide: true });
    const [name, driver] = stdout
      .split("\n")[0]
      .split(",")
      .map((text) => text.trim());
    return name && driver ? { name, driver } : undefined;
  } catch {
    return undefined;
  }
}
