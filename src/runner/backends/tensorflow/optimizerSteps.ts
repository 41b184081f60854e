/**
 * An optimizer's step in one operation of TensorFlow a weight, where tfjs runs a dozen, each with its own pass over
 * memory.
 *
 * The operations change variables of TensorFlow in place. Tensors of tfjs never change: weight and state are assigned to
 * variables, which share the tensors' memory, and are copied by TensorFlow where they are written.
 */
import type { Tensor } from "@tensorflow/tfjs-core";
import { type AdamAttrs, type MomentumAttrs, type RmsPropAttrs, STEP_KERNELS, type SgdAttrs } from "../stepKernels";
import { addKernel } from "./kernels";
import type { Attribute, Operations } from "./operations";

/** An operation, its attributes besides T, and its inputs as handles. */
interface Application {
  operation: string;
  attributes?: readonly Attribute[];
  inputs: readonly number[];
}

/** @param value a variable, as those in `state`. @param gradient a tensor. */
type Step<Attrs> = (
  tools: { operations: Operations; scalar: (value: number) => number },
  attrs: Attrs,
  value: number,
  gradient: number,
  state: readonly number[],
) => Application;

/** state: first moment, second moment. */
const adam: Step<AdamAttrs> = ({ scalar }, attrs, value, gradient, state) => {
  const { accBeta1, accBeta2, learningRate, beta1, beta2 } = attrs;
  // TensorFlow adds epsilon before it corrects the second moment for its start at 0.
  const epsilon = attrs.epsilon * Math.sqrt(1 - accBeta2);
  const constants = [accBeta1, accBeta2, learningRate, beta1, beta2, epsilon].map(scalar);
  return { operation: "ResourceApplyAdam", inputs: [value, ...state, ...constants, gradient] };
};

/** No state. */
const sgd: Step<SgdAttrs> = ({ scalar }, { learningRate }, value, gradient) => ({
  operation: "ResourceApplyGradientDescent",
  inputs: [value, scalar(learningRate), gradient],
});

/** state: accumulation. */
const momentum: Step<MomentumAttrs> = ({ operations, scalar }, attrs, value, gradient, state) => ({
  operation: "ResourceApplyMomentum",
  attributes: [operations.bool("use_nesterov", attrs.nesterov)],
  inputs: [value, ...state, scalar(attrs.learningRate), gradient, scalar(attrs.momentum)],
});

/** state: mean square, moment, and where it is centered the mean gradient. */
const rmsProp: Step<RmsPropAttrs> = ({ scalar }, attrs, value, gradient, [square, moment, mean]) => {
  const { learningRate, decay, momentum } = attrs;
  const centered = (mean as number | undefined) !== undefined;
  // Centered, tfjs subtracts epsilon.
  const constants = [learningRate, decay, momentum, centered ? -attrs.epsilon : attrs.epsilon].map(scalar);
  return centered
    ? { operation: "ResourceApplyCenteredRMSProp", inputs: [value, mean, square, moment, ...constants, gradient] }
    : { operation: "ResourceApplyRMSProp", inputs: [value, square, moment, ...constants, gradient] };
};

/** Registers the steps. */
export function installOptimizerSteps(operations: Operations): void {
  const variables = new Variables(operations);
  const scalars = new Scalars(operations);
  const tools = { operations, scalar: (number: number) => scalars.handle(number) };
  const add = <Attrs>(kernelName: string, step: Step<Attrs>): void =>
    addKernel<Attrs>(kernelName, ({ value, gradient, ...rest }, attrs) => {
      const [gradientHandle] = operations.handles([gradient]);
      const [valueVariable, ...state] = variables.assign([value, ...Object.values(rest)]);
      const { operation, attributes = [], inputs } = step(tools, attrs, valueVariable, gradientHandle, state);
      operations.runOnHandles(operation, [operations.float32, ...attributes], inputs, 0);
      return variables.read([valueVariable, ...state]);
    });
  add(STEP_KERNELS.adam, adam);
  add(STEP_KERNELS.sgd, sgd);
  add(STEP_KERNELS.momentum, momentum);
  add(STEP_KERNELS.rmsProp, rmsProp);
}

/** A few variables of TensorFlow, for one weight after the other. They hold the last one's numbers until the next. */
class Variables {
  private readonly handles: number[] = [];
  private readonly dtype: Attribute[];

  constructor(private readonly operations: Operations) {
    this.dtype = [operations.type("dtype")];
  }

  /** @returns handles of variables with these numbers. */
  assign(tensors: readonly Tensor[]): number[] {
    return this.operations.handles(tensors).map((tensor, i) => {
      const variable = (this.handles[i] ??= this.make(`trainlens/step/${i}`));
      this.operations.runOnHandles("AssignVariableOp", this.dtype, [variable, tensor], 0);
      return variable;
    });
  }

  read(variables: readonly number[]): Tensor[] {
    return variables.map((variable) => this.operations.runOnHandles("ReadVariableOp", this.dtype, [variable])[0]);
  }

  private make(name: string): number {
    const { operations } = this;
    // The shape is that of whatever is assigned.
    return operations.handleOf("VarHandleOp", [
      ...this.dtype,
      operations.shape("shape", []),
      operations.text("shared_name", name),
    ]);
  }
}

/** Constants on the device: the same few, step after step. */
class Scalars {
  /** The one used longest ago comes first. */
  private readonly handles = new Map<number, number>();

  constructor(private readonly operations: Operations) {}

  handle(value: number): number {
    const handle = this.handles.get(value) ?? this.operations.scalar(value);
    this.handles.delete(value);
    this.handles.set(value, handle);
    // Far more than a step uses.
    if (this.handles.size > 32) {
      const [[unused, itsHandle]] = this.handles;
      this.handles.delete(unused);
      this.operations.delete(itsHandle);
    }
    return handle;
  }
}
