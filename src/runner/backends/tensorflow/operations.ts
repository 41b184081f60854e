/** TensorFlow's own operations, run by name through the backend of tfjs-node. */
import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import process from "node:process";

/** The name under which tfjs-node and tfjs-node-gpu register. */
export const BACKEND = "tensorflow";

/** What the binding says of a tensor: `id` is TensorFlow's handle, `dtype` a number of TensorFlow's. */
interface Metadata {
  id: number;
  shape: number[];
  dtype: number;
}

/** An attribute of an operation, as the binding takes it. */
export interface Attribute {
  name: string;
  type: number;
  value: number | boolean | string | readonly number[];
}

type Constant =
  | "TF_FLOAT"
  | "TF_INT64"
  | "TF_ATTR_INT"
  | "TF_ATTR_FLOAT"
  | "TF_ATTR_STRING"
  | "TF_ATTR_BOOL"
  | "TF_ATTR_TYPE"
  | "TF_ATTR_SHAPE";

interface Binding extends Readonly<Record<Constant, number>> {
  createTensor(shape: readonly number[], dtype: number, values: Float32Array | Int32Array): number;
  deleteTensor(id: number): void;
  executeOp(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number): Metadata[];
}

/** The part of tfjs-node's backend that is used here. */
export interface TensorFlowBackend {
  binding: Binding;
  /** Handles of tensors; those that were only values so far are made. */
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  createOutputTensor(metadata: Metadata): Tensor;
}

/** Whether TensorFlow takes oneDNN's operations, as it reads it from the environment itself. */
export function takesOneDnn(): boolean {
  return process.env["TF_ENABLE_ONEDNN_OPTS"] !== "0";
}

/** Runs operations on one backend. */
export class Operations {
  /** The attribute T of most operations: float32. */
  readonly float32: Attribute;

  constructor(private readonly backend: TensorFlowBackend) {
    this.float32 = this.type("T");
  }

  /** @param outputs how many results the operation has. @returns all of them. */
  run(name: string, attributes: readonly Attribute[], inputs: readonly TensorInfo[], outputs = 1): Tensor[] {
    return this.runOnHandles(name, attributes, this.handles(inputs), outputs);
  }

  /** For inputs that are no tensors of tfjs's, such as resources and constants. */
  runOnHandles(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs = 1): Tensor[] {
    const results = this.backend.binding.executeOp(name, attributes, inputs, outputs);
    return results.map((metadata) => this.backend.createOutputTensor(metadata));
  }

  handles(tensors: readonly TensorInfo[]): number[] {
    return this.backend.getInputTensorIds(tensors);
  }

  /** A handle of one of the operation's results that tfjs shall not know of; the caller deletes it. */
  handleOf(name: string, attributes: readonly Attribute[], inputs: readonly number[] = []): number {
    return this.backend.binding.executeOp(name, attributes, inputs, 1)[0].id;
  }

  /** A constant float32 that tfjs shall not know of; the caller deletes its handle. */
  scalar(value: number): number {
    const { binding } = this.backend;
    return binding.createTensor([], binding.TF_FLOAT, Float32Array.of(value));
  }

  /** A constant int64 from 0 to 2^31 - 1, likewise. */
  int64(value: number): number {
    const { binding } = this.backend;
    return binding.createTensor([], binding.TF_INT64, Int32Array.of(value, 0));
  }

  delete(handle: number): void {
    this.backend.binding.deleteTensor(handle);
  }

  /** An attribute that is float32 as a type. */
  type(name: string): Attribute {
    const { TF_ATTR_TYPE, TF_FLOAT } = this.backend.binding;
    return { name, type: TF_ATTR_TYPE, value: TF_FLOAT };
  }

  /** What the kernels of oneDNN's own operations are registered under. */
  oneDnnKernel(): Attribute {
    return this.text("_kernel", "MklNameChangeOp");
  }

  bool(name: string, value: boolean): Attribute {
    return { name, type: this.backend.binding.TF_ATTR_BOOL, value };
  }

  float(name: string, value: number): Attribute {
    return { name, type: this.backend.binding.TF_ATTR_FLOAT, value };
  }

  ints(name: string, value: readonly number[]): Attribute {
    return { name, type: this.backend.binding.TF_ATTR_INT, value };
  }

  text(name: string, value: string): Attribute {
    return { name, type: this.backend.binding.TF_ATTR_STRING, value };
  }

  shape(name: string, value: readonly number[]): Attribute {
    return { name, type: this.backend.binding.TF_ATTR_SHAPE, value };
  }
}
