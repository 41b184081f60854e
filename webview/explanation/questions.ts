/** What the view asks of the host: each answer finds its question, whatever the order. */
import type { ExplanationToHost, HostToExplanation } from "../../src/protocol/explanationMessages";

type Numbered = Extract<HostToExplanation, { request: number }>;
type Refusal = Extract<Numbered, { type: "refused" }>;
/** What the host says where it can do what was asked. */
export type Answer = Exclude<Numbered, Refusal>;
type AnswerOf<T extends Answer["type"]> = Extract<Answer, { type: T }>;

export class Questions {
  private asked = 0;
  private readonly waiting = new Map<number, (answer: Numbered) => void>();

  constructor(private readonly post: (message: ExplanationToHost) => void) {}

  /**
   * Asks, and waits for the answer.
   *
   * @param wanted the answer's type.
   * @param message makes the question from its number.
   * @throws Error with the host's reason, where it refuses.
   */
  ask<T extends Answer["type"]>(wanted: T, message: (request: number) => ExplanationToHost): Promise<AnswerOf<T>> {
    return new Promise((resolve, reject) => {
      const request = ++this.asked;
      this.waiting.set(request, (answer) => {
        if (answer.type === "refused") reject(new Error(answer.message));
        else if (answer.type === wanted) resolve(answer as AnswerOf<T>);
        else reject(new Error(`The host answered "${wanted}" with "${answer.type}".`));
      });
      this.post(message(request));
    });
  }

  /** An answer has come; one that nobody waits for is dropped. */
  answered(answer: Numbered): void {
    this.waiting.get(answer.request)?.(answer);
    this.waiting.delete(answer.request);
  }
}
