/** What a recipe imports as `trainlens/models`. */
export { type MobileNetV2Options, mobileNetV2 } from "./mobileNetV2";
export { type TreeGrowth, decisionTree } from "./trees/decisionTree";
export { type ForestOptions, randomForest } from "./trees/randomForest";
export type { TreeLearner, TreeTable } from "./trees/treeLearner";
export { type VGG16Options, vgg16 } from "./vgg16";
export { unfreezeTop } from "./unfreezeTop";
