/** An explanation whose values came block by block, as a whole. */
import type { ExplanationFrame } from "../../src/npz";
import type { Explanation } from "../../src/protocol/explanation";
import type { TakeValues } from "../../src/runner/explain/blocks";

export async function withValues(
  compute: (takeValues: TakeValues) => Promise<ExplanationFrame>,
): Promise<Explanation & { blocks: readonly number[] }> {
  const taken: Float32Array[] = [];
  const frame = await compute(async (block) => void taken.push(block.slice()));
  const values = Float32Array.from(taken.flatMap((block) => Array.from(block)));
  return { ...frame, values, blocks: taken.map(({ length }) => length) };
}
