/** What every backend of the ladder is to the ladder. */

export interface Rung {
  /**
   * Makes this backend tfjs's current one.
   *
   * @throws BackendUnavailable where that cannot be on this machine.
   */
  open(options: BackendOptions): Promise<OpenDevice>;
}

/** A device that runs tfjs's operations from now on. */
export interface OpenDevice {
  /** For people: "AMD EPYC 9B14, SIMD, 1 thread". */
  device: string;
  /** Of the package that drives it. */
  version: string;
  /** Of the device's own driver, where it has one: "Mesa 22.3.6". */
  driver?: string;
  /** Where a read makes the device stand still: read what steps have measured together, this often, ms. */
  readInterval?: number;
  /** What must happen before the process can end in good order. */
  close?: () => Promise<void>;
}

/** Where a user's packages may be installed, and how they are loaded. */
export interface BackendOptions {
  /** Default: the working directory. */
  workspace?: string;
  /** The folder of the recipe. */
  recipe?: string;
  /** Where "Install Native Backend" installs. Default: see runtimeFolder(). */
  runtime?: string;
  /** Whose libtensorflow the native binding uses. Default: the package's own, or Python's where that alone is installed. */
  libtensorflow?: LibTensorFlow;
  /** The interpreter whose environment's TensorFlow that is. Default: the first found that has one. */
  python?: string;
  /** Asked for by name: slow devices that the ladder would pass over are taken. */
  forced?: boolean;
}

export const LIBTENSORFLOW = ["bundled", "python"] as const;
export type LibTensorFlow = (typeof LIBTENSORFLOW)[number];

/** An expected reason not to use a backend: a phrase without a full stop, and what a user can do about it. */
export class BackendUnavailable extends Error {
  override readonly name = "BackendUnavailable";
  constructor(
    message: string,
    readonly advice: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
