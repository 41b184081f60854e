/** The ladder, best first: what works and how fast, and what keeps the rest from working. */
import type { JSX } from "preact";
import {
  type BackendReport,
  type DoctorReport,
  type InstallRequest,
  type Measurement,
  offers,
} from "../../src/protocol/doctorReport";
import { formatGflops } from "../../src/protocol/doctorText";
import { t } from "../l10n";

export interface BackendsProps {
  report: DoctorReport;
  /** A new report is being made. */
  busy: boolean;
  onInstall: (request: InstallRequest) => void;
}

export function Backends({ report, busy, onInstall }: BackendsProps): JSX.Element {
  const { backends, choice } = report;
  const chosen = choice.state === "usable" ? choice.name : undefined;
  const speeds = backends.flatMap((backend) => ("speed" in backend && backend.speed ? [backend.speed] : []));
  const most = Math.max(...speeds.flatMap(({ matMul, conv2d }) => [matMul.gflops, conv2d.gflops]));
  return (
    <section aria-label={t("Backends")}>
      <h2>{t("Backends")}</h2>
      <p class="note">{t("Best first. GFLOP/s are 10⁹ floating-point operations a second: more is faster.")}</p>
      <ol class="backends">
        {backends.map((backend) => (
          <li key={backend.name} class={`backend ${backend.state}`}>
            <div class="head">
              <State state={backend.state} />
              <h3>{backend.name}</h3>
              <span class="word">{stateWord(backend.state).text}</span>
              {backend.name === chosen ? <vscode-tag>{t("chosen")}</vscode-tag> : null}
            </div>
            <div class="body">
              {"device" in backend ? <Device backend={backend} /> : null}
              {"speed" in backend && backend.speed ? (
                <dl class="speeds">
                  <Speed name={t("Matrix product")} measurement={backend.speed.matMul} most={most} />
                  <Speed name={t("Convolution")} measurement={backend.speed.conv2d} most={most} />
                </dl>
              ) : null}
              <Remarks backend={backend} />
              <Offers requests={offers(report, backend)} busy={busy} onInstall={onInstall} />
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function stateWord(state: BackendReport["state"]): { text: string; icon: string } {
  const words: Record<BackendReport["state"], { text: string; icon: string }> = {
    usable: { text: t("usable"), icon: "pass-filled" },
    byNameOnly: { text: t("usable by name only"), icon: "pass" },
    unavailable: { text: t("not usable"), icon: "circle-slash" },
    crashed: { text: t("crashes"), icon: "error" },
    timedOut: { text: t("does not answer"), icon: "watch" },
    failed: { text: t("fails"), icon: "error" },
  };
  return words[state];
}

function State({ state }: { state: BackendReport["state"] }): JSX.Element {
  return <span class={`codicon codicon-${stateWord(state).icon}`} aria-hidden="true" />;
}

function Device({ backend }: { backend: Extract<BackendReport, { device: string }> }): JSX.Element {
  const { device, driver, version } = backend;
  const parts = [...(driver === undefined ? [] : [t("driver {0}", driver)]), t("version {0}", version)];
  return (
    <p>
      {device} <span class="note">· {parts.join(", ")}</span>
    </p>
  );
}

function Speed({ name, measurement, most }: { name: string; measurement: Measurement; most: number }): JSX.Element {
  const { gflops, shape, repeats, seconds } = measurement;
  return (
    <div title={t("{0}, {1} times in {2} s", shape, repeats, seconds.toFixed(2))}>
      <dt>{name}</dt>
      <dd>
        <span class="number">{t("{0} GFLOP/s", formatGflops(gflops))}</span>
        <span class="bar" aria-hidden="true">
          <span style={{ width: `${(100 * gflops) / most}%` }} />
        </span>
      </dd>
    </div>
  );
}

/** Why not, and what to do. */
function Remarks({ backend }: { backend: BackendReport }): JSX.Element | null {
  if (backend.state === "usable" || backend.state === "byNameOnly")
    return (
      <>
        {backend.state === "byNameOnly" ? (
          <p>
            {t("Not chosen automatically: {0}.", backend.reason)}{" "}
            {t("The setting trainlens.backend, or --backend {0}, takes it.", backend.name)}
          </p>
        ) : null}
        {backend.warning === undefined ? null : <p class="warning">{sentence(backend.warning)}</p>}
      </>
    );
  return (
    <>
      <p class="reason">{sentence(backend.reason)}</p>
      <p class="fix">
        <span class="codicon codicon-lightbulb" aria-hidden="true" /> <span>{backend.fix}</span>
      </p>
      {backend.output === undefined ? null : (
        <details>
          <summary>{t("What its process wrote last")}</summary>
          <pre>{backend.output}</pre>
        </details>
      )}
    </>
  );
}

function Offers({
  requests,
  busy,
  onInstall,
}: Omit<BackendsProps, "report"> & { requests: readonly InstallRequest[] }): JSX.Element | null {
  if (requests.length === 0) return null;
  return (
    <div class="verbs">
      {requests.map((request) => (
        <vscode-button
          key={`${request.backend} ${request.libtensorflow}`}
          appearance="secondary"
          disabled={busy}
          onClick={() => onInstall(request)}
        >
          {offerText(request)}
          <span slot="start" class="codicon codicon-desktop-download" />
        </vscode-button>
      ))}
    </div>
  );
}

function offerText({ backend, libtensorflow }: InstallRequest): string {
  if (libtensorflow === "python") return t("Use Python's TensorFlow (about 300 MB)");
  const texts: Record<InstallRequest["backend"], string> = {
    cuda: t("Install (over 1 GB)"),
    webgpu: t("Install (about 130 MB)"),
    native: t("Install (about 500 MB)"),
  };
  return texts[backend];
}

/** A phrase that stands alone. */
function sentence(phrase: string): string {
  return `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;
}
