/** Runs the real command line in a real child process. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type RunEvent, type RunEventOf, parseEvents } from "../../src/protocol/events";

export const CLI = path.resolve(__dirname, "../../../dist/trainlens.js");

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Child {
  process: ChildProcess;
  ended: Promise<Ended>;
}

/** Starts `trainlens <args>`. */
export function start(args: readonly string[], cwd: string): Child {
  const child = spawn(process.execPath, [CLI, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...output }));
  });
  return { process: child, ended };
}

/** Runs `trainlens <args>` to its end. */
export function trainlens(args: readonly string[], cwd: string): Promise<Ended> {
  return start(args, cwd).ended;
}

/** A new temporary folder with a recipe in it; removed after the suite. */
export class Workspace {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-test-"));

  path(...names: string[]): string {
    return path.join(this.folder, ...names);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  events(run: string): RunEvent[] {
    const file = this.path(run, "events.jsonl");
    return existsSync(file) ? parseEvents(readFileSync(file, "utf8")).events : [];
  }

  /** Resolves once the run has emitted an event of the type; rejects when the child ends first. */
  async until<T extends RunEvent["type"]>(child: Child, run: string, type: T): Promise<RunEventOf<T>> {
    let over: Ended | undefined;
    void child.ended.then((ended) => (over = ended));
    for (;;) {
      const found = this.events(run).find((event): event is RunEventOf<T> => event.type === type);
      if (found) return found;
      if (over) throw new Error(`The child ended before it said "${type}": ${over.stderr}${over.stdout}`);
      await sleep(10);
    }
  }

  /** The content of a file, once there is some. */
  async untilWritten(name: string): Promise<string> {
    for (;;) {
      const content = existsSync(this.path(name)) ? readFileSync(this.path(name), "utf8") : "";
      if (content !== "") return content;
      await sleep(10);
    }
  }

  /** What a run has learned: the weights of its saved model, or its trees. */
  model(run: string): unknown {
    const trees = this.path(run, "model", "trees.json");
    return existsSync(trees) ? JSON.parse(readFileSync(trees, "utf8")) : this.weights(run);
  }

  /** The weights of a run's saved model. */
  weights(run: string): Float32Array {
    const bytes = readFileSync(this.path(run, "model", "weights.bin"));
    return new Float32Array(new Uint8Array(bytes).buffer);
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The only event of a type. */
export function only<T extends RunEvent["type"]>(events: readonly RunEvent[], type: T): RunEventOf<T> {
  const found = events.filter((event): event is RunEventOf<T> => event.type === type);
  if (found.length !== 1) throw new Error(`There are ${found.length} events of type "${type}".`);
  return found[0];
}

/** A recipe on the digits whose optimizer, layers and hyperparameters a test chooses. */
export function digitsRecipe(
  parts: { optimizer?: string; layers?: string; epochs?: number; batchSize?: number } = {},
): string {
  const { optimizer = "tf.train.adam(0.001)", layers = "", epochs = 2, batchSize = 128 } = parts;
  return `
    import * as tf from "@tensorflow/tfjs";
    import { digits } from "trainlens/data";
    export const hyperparameters = { epochs: ${epochs}, batchSize: ${batchSize}, note: "plain", fast: false };
    export const data = () => digits();
    export function createModel() {
      const model = tf.sequential({ layers: [
        tf.layers.dense({ units: 16, activation: "relu", inputShape: [784] }),
        ${layers}
        tf.layers.dense({ units: 10, activation: "softmax" }),
      ] });
      model.compile({ optimizer: ${optimizer}, loss: "categoricalCrossentropy", metrics: ["accuracy"] });
      return model;
    }`;
}
