/** The view as a thing to put on a page. */
import { render } from "preact";
import { ExplanationView, type ExplanationViewProps } from "./ExplanationView";

export type ExplanationOptions = Omit<ExplanationViewProps, "source">;

export interface ExplanationHandle {
  /** Other options for the same explanation; what the user chose stays. */
  update(options: ExplanationOptions): void;
  dispose(): void;
}

/** Shows an explanation in a container, which it then owns. */
export function mountExplanation(
  container: Element,
  source: ExplanationViewProps["source"],
  options: ExplanationOptions,
): ExplanationHandle {
  const update = (next: ExplanationOptions): void => render(<ExplanationView source={source} {...next} />, container);
  // Nothing of what stood here before is taken over.
  render(null, container);
  update(options);
  return { update, dispose: () => render(null, container) };
}
