/** The only call of `acquireVsCodeApi`. */
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

/** Call once, at the entry. */
export function connect<ToHost, FromHost>(): Host<ToHost, FromHost> {
  const api = acquireVsCodeApi();
  return {
    post: (message) => api.postMessage(message),
    listen: (handler) => window.addEventListener("message", (event: MessageEvent<FromHost>) => handler(event.data)),
    getState: <T>() => api.getState() as T | undefined,
    setState: (state) => api.setState(state),
  };
}
