/** The machine under the backends: cards, libraries, processor, memory, disks. */
import type { JSX } from "preact";
import {
  type Cuda,
  type Disk,
  type DoctorReport,
  type Nvidia,
  type PythonReport,
  serves,
} from "../../src/protocol/doctorReport";
import { formatBytes } from "../../src/protocol/numbers";
import { t } from "../l10n";

export function Machine({ report }: { report: DoctorReport }): JSX.Element {
  const { machine, node, vscode, trainlens, nvidia, cuda, python, disks } = report;
  const facts: [string, string][] = [
    [t("Processor"), t("{0}, {1} threads, {2}", machine.processor, machine.threads, machine.architecture)],
    [t("Memory"), t("{0}, {1} free", formatBytes(machine.memory), formatBytes(machine.freeMemory))],
    [t("System"), machine.system],
    ["Node", `${node.version} (${node.path})`],
    ...(vscode === undefined ? [] : [["VS Code", vscode] as [string, string]]),
    ["TrainLens", trainlens],
    [t("Examined"), new Date(report.time).toLocaleString()],
  ];
  return (
    <>
      <section aria-label={t("NVIDIA")}>
        <h2>{t("NVIDIA")}</h2>
        <Cards nvidia={nvidia} />
        <Libraries cuda={cuda} />
      </section>
      <section aria-label="Python">
        <h2>Python</h2>
        <Environments python={python} />
      </section>
      <section aria-label={t("Machine")}>
        <h2>{t("Machine")}</h2>
        <dl class="rows">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
          {disks.map((disk) => (
            <div key={disk.use}>
              <dt>{diskUse(disk.use)}</dt>
              <dd>
                {disk.free === undefined ? t("free space unknown") : t("{0} free", formatBytes(disk.free))}{" "}
                <span class="path">{disk.path}</span>
              </dd>
            </div>
          ))}
        </dl>
      </section>
    </>
  );
}

function Environments({ python }: { python: readonly PythonReport[] }): JSX.Element {
  if (python.length === 0) return <p>{t("No Python environment was found.")}</p>;
  return (
    <div class="scroll">
      <table class="table">
        <caption class="visually-hidden">{t("Python environments")}</caption>
        <thead>
          <tr>
            <th scope="col">Python</th>
            <th scope="col">tensorflow</th>
            <th scope="col">keras</th>
            <th scope="col">shap</th>
            <th scope="col">{t("Interpreter")}</th>
          </tr>
        </thead>
        <tbody>
          {python.map(({ path, version, tensorflow, keras, shap }) => (
            <tr key={path}>
              <th scope="row">{version}</th>
              {[tensorflow, keras, shap].map((installed, i) => (
                <td key={i}>{installed ?? "–"}</td>
              ))}
              <td class="path">{path}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function diskUse(use: Disk["use"]): string {
  const uses: Record<Disk["use"], string> = {
    workspace: t("Workspace"),
    runtime: t("Installed backends"),
    temporary: t("Temporary files"),
  };
  return uses[use];
}

function Cards({ nvidia: { gpus, driverCuda, problem } }: { nvidia: Nvidia }): JSX.Element {
  if (gpus.length === 0) return <p>{problem ?? t("No card.")}</p>;
  return (
    <>
      <ul class="plain">
        {gpus.map(({ index, name, driver, memory }) => (
          <li key={index}>
            <strong>{name}</strong>{" "}
            <span class="note">
              {[...(memory === undefined ? [] : [formatBytes(memory * 2 ** 20)]), t("driver {0}", driver)].join(", ")}
            </span>
          </li>
        ))}
      </ul>
      {driverCuda === undefined ? null : <p>{t("Its driver runs CUDA up to {0}.", driverCuda)}</p>}
    </>
  );
}

/** What is wanted against what was found. */
function Libraries({ cuda }: { cuda: Cuda }): JSX.Element {
  const found = (what: "cuda" | "cudnn", wanted: string): JSX.Element => {
    const served = cuda[what].some(({ version }) => serves(version, wanted));
    return (
      <td>
        {wanted}{" "}
        <span class={served ? "served" : "lacking"}>
          <span class={`codicon codicon-${served ? "check" : "close"}`} aria-hidden="true" />{" "}
          {served ? t("found") : t("not found")}
        </span>
      </td>
    );
  };
  const versions = (["cuda", "cudnn"] as const).flatMap((what) =>
    cuda[what].map((each) => ({ ...each, name: what === "cuda" ? "CUDA" : "cuDNN" })),
  );
  return (
    <>
      <div class="scroll">
        <table class="table">
          <caption class="visually-hidden">{t("CUDA and cuDNN, wanted and found")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("Wanted by")}</th>
              <th scope="col">CUDA</th>
              <th scope="col">cuDNN</th>
            </tr>
          </thead>
          <tbody>
            {cuda.wanted.map(({ by, cuda: wantedCuda, cudnn }) => (
              <tr key={by}>
                <th scope="row">{by}</th>
                {found("cuda", wantedCuda)}
                {found("cudnn", cudnn)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {versions.length === 0 ? null : (
        <dl class="rows">
          {versions.map(({ name, version, path }) => (
            <div key={path}>
              <dt>{t("Found {0} {1}", name, version)}</dt>
              <dd class="path">{path}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}
