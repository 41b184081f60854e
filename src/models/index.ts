/** What a recipe imports as `trainlens/models`. */
export { type MobileNetV2Options, mobileNetV2 } from "./mobileNetV2";
export { unfreezeTop } from "./unfreezeTop";
