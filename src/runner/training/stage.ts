/** What training works on from one compilation of the model to the next: the examples as the learning layers get them. */
import * as tf from "@tensorflow/tfjs-core";
import type { EventSink } from "../../protocol/events";
import { classWeightsOf } from "./classWeights";
import { type ExampleSet, openExamples } from "./exampleSets";
import { features, tooLarge } from "./features";
import { findFrozenBase, holdFrozenMoments } from "./frozenBase";
import { evaluationRows, memoryNeeds } from "./memory";
import { type Forward, wholeModel } from "./step";
import type { TrainingControl, TrainingJob } from "./train";

export interface Stage {
  training: ExampleSet;
  validation: ExampleSet;
  /** Held out for the end; uploaded when it is asked for. */
  test(): ExampleSet;
  forward: Forward;
  /** [classes]: what an example of each counts in the loss of training. */
  classWeights?: tf.Tensor1D;
  /** Of a batch that is only evaluated. */
  rows: number;
  dispose(): void;
}

/**
 * Where nothing changes the inputs from epoch to epoch, the outputs of a frozen base take their place. A step of the
 * recipe's own gets the inputs themselves.
 *
 * @throws StoppedError where a stop was requested meanwhile.
 */
export async function openStage(job: TrainingJob, sink: EventSink, control: TrainingControl): Promise<Stage> {
  const { model, batchSize } = job;
  holdFrozenMoments(model);
  const rowsFor = (needs: ReturnType<typeof memoryNeeds>): number => evaluationRows(needs, batchSize);
  const found = job.augment || job.own ? undefined : findFrozenBase(model);
  const base = found && !tooLarge(found.model, job.data, sink) ? found : undefined;
  const data = base
    ? await features(base.model, job.data, {
        rows: rowsFor(memoryNeeds(model, job.data, base.model.layers)),
        sink,
        stopRequested: () => control.stopRequested(),
        cache: control.features,
      })
    : job.data;
  const training = openExamples(data.train);
  const validation = openExamples(data.validation);
  const weights = classWeightsOf(data);
  const classWeights = weights && tf.tensor1d(weights);
  return {
    training,
    validation,
    test: () => openExamples(data.test ?? data.validation),
    forward: base?.rest ?? wholeModel(model),
    ...(classWeights ? { classWeights } : {}),
    rows: rowsFor(memoryNeeds(model, data, base?.restLayers)),
    dispose: () => {
      training.dispose();
      validation.dispose();
      classWeights?.dispose();
    },
  };
}
