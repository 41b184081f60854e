/** One forward pass whose gradients can be asked for several times: tfjs's own `grad` computes forward again for each. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

/** An operation on the engine's tape, which tfjs's own types leave out. */
interface TapeNode {
  inputs: Record<string, Tensor>;
  outputs: Tensor[];
  saved?: Tensor[];
  /** Gradients of its inputs, each computed when it is called. */
  gradient?: (outputs: (Tensor | undefined)[]) => Record<string, () => Tensor>;
}

interface TapingEngine {
  startTape(): void;
  endTape(): void;
  state: { activeTape: TapeNode[] | null; gradientDepth: number };
}

export interface Taped {
  /** What `f` made of x. */
  y: Tensor;
  /** Of y with respect to x, times `dy`. The caller disposes it. @param dy as y. */
  gradient: (dy: Tensor) => Tensor;
  dispose: () => void;
}

/**
 * Computes y = f(x) and keeps what its gradients need, until it is disposed.
 *
 * @throws Error where y does not depend on x.
 */
export function tape(f: (x: Tensor) => Tensor, x: Tensor): Taped {
  const engine = tf.engine() as unknown as TapingEngine;
  engine.startTape();
  const all = engine.state.activeTape ?? [];
  const disposeSaved = (): void => tf.dispose(all.map(({ saved }) => saved ?? []));
  let y: Tensor;
  try {
    y = tf.tidy(() => f(x));
  } catch (error) {
    disposeSaved();
    throw error;
  } finally {
    engine.endTape();
    if (engine.state.gradientDepth === 0) engine.state.activeTape = null;
  }
  const reached = new Set([x.id]);
  const nodes = all.filter(({ inputs, outputs }) => {
    if (!Object.values(inputs).some(({ id }) => reached.has(id))) return false;
    outputs.forEach(({ id }) => reached.add(id));
    return true;
  });
  const dispose = (): void => {
    disposeSaved();
    y.dispose();
  };
  if (!reached.has(y.id)) {
    dispose();
    throw new Error("The model's output does not depend on its input.");
  }
  const gradient = (dy: Tensor): Tensor =>
    tf.tidy(() => {
      const sums = new Map([[y.id, dy]]);
      for (let i = nodes.length - 1; i >= 0; i--) {
        const { inputs, outputs, gradient: back } = nodes[i];
        if (!back || !outputs.some(({ id }) => sums.has(id))) continue;
        const parts = back(outputs.map(({ id }) => sums.get(id)));
        for (const [name, { id }] of Object.entries(inputs)) {
          if (!reached.has(id)) continue;
          const [before, part] = [sums.get(id), parts[name]()];
          sums.set(id, before ? tf.add(before, part) : part);
        }
        // Done with: nothing later reads it.
        for (const { id } of outputs) if (id !== x.id) sums.delete(id);
      }
      return sums.get(x.id) ?? tf.zerosLike(x);
    });
  return { y, gradient, dispose };
}
