/** A recipe's downloads as events: one as each begins, one a twentieth, one as it ends. */
import type { EventSink } from "../protocol/events";
import { type DownloadProgress, type Downloads } from "../models/downloadScope";

const STEPS = 20;

export function reportedDownloads(sink: EventSink, stopRequested: () => boolean): Downloads {
  let last = "";
  const report = ({ file, done, total }: DownloadProgress): void => {
    const step = `${file} ${total > 0 ? Math.floor((done / total) * STEPS) : 0}`;
    if (step === last) return;
    last = step;
    sink({ type: "download", file, done, total });
  };
  return { kind: "fetch", report, stopRequested };
}
