/** What is used of ml-cart and ml-random-forest, which have no types, or wrong ones. */
declare module "ml-cart" {
  export interface CartOptions {
    maxDepth?: number;
    minNumSamples?: number;
    gainThreshold?: number;
  }
  /** A node with both children compares column `splitColumn`: a row goes left where it is below `splitValue`. */
  export interface CartNode {
    left?: CartNode;
    right?: CartNode;
    splitColumn: number;
    splitValue: number;
  }
  class Cart {
    constructor(options?: CartOptions);
    train(rows: number[][], targets: number[]): void;
    readonly root: CartNode;
  }
  export class DecisionTreeClassifier extends Cart {}
  export class DecisionTreeRegression extends Cart {}
}

declare module "ml-random-forest" {
  import type { CartNode, CartOptions } from "ml-cart";
  export interface ForestOptions {
    nEstimators: number;
    maxFeatures: number;
    replacement: boolean;
    seed: number;
    useSampleBagging: boolean;
    noOOB: boolean;
    treeOptions: CartOptions;
  }
  class Forest {
    constructor(options: ForestOptions);
    train(rows: number[][], targets: number[]): void;
    readonly estimators: readonly { root: CartNode }[];
    /** The columns that each tree was given, in its own order. */
    readonly indexes: readonly (readonly number[])[];
  }
  export class RandomForestClassifier extends Forest {}
  export class RandomForestRegression extends Forest {}
}
