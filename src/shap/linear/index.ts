/** Explaining linear models. */
export { LinearExplainer, type LinearOptions } from "./linearExplainer";
export { type LinearModel, NotLinearError, logitsModel, readLinearModel } from "./linearModel";
