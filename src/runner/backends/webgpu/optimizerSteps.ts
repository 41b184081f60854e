/** An optimizer's step in a few programs a weight, where tfjs runs a dozen kernels, each a command for the GPU. */
import type { WebGPUProgram } from "@tensorflow/tfjs-backend-webgpu";
import { getKernel, registerKernel, util } from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { type AdamAttrs, type MomentumAttrs, type RmsPropAttrs, STEP_KERNELS, type SgdAttrs } from "../stepKernels";
import type { WebGpuBackend } from "./backend";

/** Threads of a workgroup: what tfjs takes for programs of this kind. */
const WORKGROUP = 128;

/** A program that computes each number of its output from the numbers at the same place of its inputs. */
class EachNumber implements WebGPUProgram {
  readonly outputShape: number[];
  readonly dispatchLayout = { x: [0] };
  dispatch: [number, number, number];
  readonly workgroupSize: [number, number, number] = [WORKGROUP, 1, 1];
  readonly size = true;
  readonly shaderKey: string;
  readonly uniforms: string;

  /**
   * @param variableNames of the inputs, as `expression` names their numbers.
   * @param constants names of uniforms, as `expression` names them after "uniforms.".
   * @param expression in WGSL.
   */
  constructor(
    size: number,
    readonly variableNames: string[],
    constants: string[],
    private readonly expression: string,
  ) {
    this.outputShape = [size];
    this.dispatch = [Math.ceil(size / WORKGROUP), 1, 1];
    this.uniforms = constants.map((name) => `${name} : f32,`).join(" ");
    this.shaderKey = `trainlens_${variableNames.join("_")}_${expression}`;
  }

  getUserCode(): string {
    const read = this.variableNames.map((name) => {
      const accessor = `get${name.charAt(0).toUpperCase()}${name.slice(1)}ByOutputIndex`;
      return `let ${name} = ${accessor}(index);`;
    });
    return `
      fn main(index : i32) {
        if (index < uniforms.size) {
          ${read.join("\n          ")}
          setOutputAtIndex(index, ${this.expression});
        }
      }`;
  }
}

/** Computes `expression` for every number of the inputs, all of one shape. */
function compute(
  backend: WebGpuBackend,
  inputs: Record<string, TensorInfo>,
  constants: Record<string, number>,
  expression: string,
): TensorInfo {
  const [{ shape }] = Object.values(inputs);
  const size = util.sizeFromShape(shape);
  // One row: one shader for weights of every shape.
  const rows = Object.values(inputs).map((info) => ({ ...info, shape: [size] }));
  const program = new EachNumber(size, Object.keys(inputs), Object.keys(constants), expression);
  const uniforms = Object.values(constants).map((value) => ({ type: "float32", data: [value] }));
  return { ...backend.runWebGPUProgram(program, rows, "float32", uniforms), shape };
}

type Step<Attrs> = (
  backend: WebGpuBackend,
  attrs: Attrs,
  value: TensorInfo,
  gradient: TensorInfo,
  state: readonly TensorInfo[],
) => TensorInfo[];

/** state: first moment, second moment. */
const adam: Step<AdamAttrs> = (backend, attrs, value, gradient, [m, v]) => {
  const { learningRate, beta1, beta2, accBeta1, accBeta2, epsilon } = attrs;
  const moment = "uniforms.beta * moment + uniforms.rest * gradient";
  const newM = compute(backend, { moment: m, gradient }, { beta: beta1, rest: 1 - beta1 }, moment);
  const newV = compute(backend, { moment: v, gradient }, { beta: beta2, rest: 1 - beta2 }, `${moment} * gradient`);
  const rate = learningRate / (1 - accBeta1);
  const newValue = compute(
    backend,
    { value, first: newM, second: newV },
    { rate, correction: 1 / (1 - accBeta2), epsilon },
    "value - uniforms.rate * first / (sqrt(second * uniforms.correction) + uniforms.epsilon)",
  );
  return [newValue, newM, newV];
};

/** No state. */
const sgd: Step<SgdAttrs> = (backend, { learningRate: rate }, value, gradient) => [
  compute(backend, { value, gradient }, { rate }, "value - uniforms.rate * gradient"),
];

/** state: accumulation. */
const momentum: Step<MomentumAttrs> = (backend, attrs, value, gradient, [accumulation]) => {
  const { learningRate: rate, momentum: kept, nesterov } = attrs;
  const velocity = compute(backend, { accumulation, gradient }, { kept }, "accumulation * uniforms.kept + gradient");
  const newValue = nesterov
    ? compute(
        backend,
        { value, velocity, gradient },
        { rate, kept },
        "value - uniforms.rate * (gradient + velocity * uniforms.kept)",
      )
    : compute(backend, { value, velocity }, { rate }, "value - uniforms.rate * velocity");
  return [newValue, velocity];
};

/** state: mean square, moment, and where it is centered the mean gradient. */
const rmsProp: Step<RmsPropAttrs> = (backend, attrs, value, gradient, [square, moment, mean]) => {
  const { learningRate: rate, decay, momentum: kept, epsilon } = attrs;
  const averaging = { decay, rest: 1 - decay };
  const average = "uniforms.decay * average + uniforms.rest * gradient";
  const newSquare = compute(backend, { average: square, gradient }, averaging, `${average} * gradient`);
  const state = [newSquare];
  const inputs: Record<string, TensorInfo> = { moment, gradient, square: newSquare };
  let variance = "square + uniforms.epsilon";
  if (mean as TensorInfo | undefined) {
    inputs["mean"] = compute(backend, { average: mean, gradient }, averaging, average);
    state.push(inputs["mean"]);
    variance = "square - (mean * mean + uniforms.epsilon)";
  }
  const moved = compute(
    backend,
    inputs,
    { kept, rate, epsilon },
    `moment * uniforms.kept + uniforms.rate * gradient / sqrt(${variance})`,
  );
  state.splice(1, 0, moved);
  return [compute(backend, { value, moved }, {}, "value - moved"), ...state];
};

/** Registers the steps, once a process. */
export function installOptimizerSteps(): void {
  if (getKernel(STEP_KERNELS.adam, "webgpu")) return;
  addStep(STEP_KERNELS.adam, adam);
  addStep(STEP_KERNELS.sgd, sgd);
  addStep(STEP_KERNELS.momentum, momentum);
  addStep(STEP_KERNELS.rmsProp, rmsProp);
}

function addStep<Attrs>(kernelName: string, step: Step<Attrs>): void {
  registerKernel({
    kernelName,
    backendName: "webgpu",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { value, gradient, ...rest } = inputs as { value: TensorInfo; gradient: TensorInfo };
      return step(backend as WebGpuBackend, attrs as Attrs, value, gradient, Object.values<TensorInfo>(rest));
    },
  });
}
