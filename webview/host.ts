/** The only call of `acquireVsCodeApi`. */
import { decodeMessage } from "../src/protocol/wire";

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The channel to the extension host. What comes in is trusted: the host validated it at its own door. */
export interface Host<ToHost, FromHost> {
  post(message: ToHost): void;
  listen(handler: (message: FromHost) => void): void;
  /** What the user chose in the view (not data): survives hiding the panel. */
  getState<T>(): T | undefined;
  setState(state: unknown): void;
}

/** What VS Code keeps for a panel over a reload: the host finds by `subject` what the panel was about. */
interface KeptState {
  subject?: string;
  view?: unknown;
}

/** Call once, at the entry. */
export function connect<ToHost, FromHost>(): Host<ToHost, FromHost> {
  const api = acquireVsCodeApi();
  const { subject } = document.body.dataset;
  const kept = (): KeptState => api.getState() ?? {};
  const keep = (view: unknown): void => api.setState({ ...(subject === undefined ? {} : { subject }), view });
  keep(kept().view);
  return {
    post: (message) => api.postMessage(message),
    listen: (handler) =>
      window.addEventListener("message", ({ data }: MessageEvent<unknown>) =>
        handler((typeof data === "string" ? decodeMessage(data) : data) as FromHost),
      ),
    getState: <T>() => kept().view as T | undefined,
    setState: keep,
  };
}
