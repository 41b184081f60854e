/** The second part of training: a recipe lets more layers learn, at a rate of its own. */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { EventSink } from "../../protocol/events";
import { UserError } from "../errors";
import { summarize } from "./summary";

/**
 * Has the recipe change and compile the model, and tells what learns now.
 *
 * @param change the recipe's `fineTune`.
 * @throws UserError where the model has no new optimizer then: what the old one keeps is of the layers that learned before.
 */
export async function beginFineTuning(
  model: LayersModel,
  change: (model: LayersModel) => Promise<void>,
  sink: EventSink,
): Promise<void> {
  const before = model.optimizer;
  await change(model);
  if (model.optimizer === before) {
    throw new UserError(
      "fineTune() did not compile the model.",
      "After a change of what is trainable, call model.compile({ optimizer, loss, metrics }) with a new optimizer.",
    );
  }
  before.dispose();
  const summary = summarize(model);
  const learning = `${summary.trainableParameters.toLocaleString("en")} of ${summary.parameters.toLocaleString("en")} parameters learn`;
  sink({ type: "log", level: "info", message: `Fine-tuning: ${learning}.` });
  sink(summary);
}
