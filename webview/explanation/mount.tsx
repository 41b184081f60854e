/** The view as a thing to put on a page. */
import { render } from "preact";
import { ExplanationView, type ExplanationViewProps } from "./ExplanationView";

export type ExplanationOptions = Omit<ExplanationViewProps, "source">;

export interface ExplanationHandle {
  dispose(): void;
}

/** Shows an explanation in a container, which it then owns. */
export function mountExplanation(
  container: Element,
  source: ExplanationViewProps["source"],
  options: ExplanationOptions,
): ExplanationHandle {
  // Nothing of what stood here before is taken over.
  render(null, container);
  render(<ExplanationView source={source} {...options} />, container);
  return { dispose: () => render(null, container) };
}
