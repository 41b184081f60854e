/** What was trained, on what, by what, and how to do it again. */
import type { ComponentChildren, JSX } from "preact";
import type { RunEventOf } from "../../src/protocol/events";
import type { RunState } from "../../src/protocol/reducer";
import type { RunManifest } from "../../src/protocol/runManifest";
import { t } from "../l10n";
import { FeatureTable, reportFacts } from "./DataReport";
import { formatCount } from "./format";

export interface DetailsProps {
  manifest: RunManifest;
  state: RunState;
  onDoctor: () => void;
}

export function Details({ manifest, state, onDoctor }: DetailsProps): JSX.Element {
  return (
    <section aria-label={t("Details")} class="details">
      {state.model ? <Model model={state.model} /> : null}
      {state.trees ? <TreeFacts trees={state.trees} /> : null}
      {/* What the run opened, and trees have no use for. */}
      {state.backend && !state.trees ? <Backend backend={state.backend} onDoctor={onDoctor} /> : null}
      <Data state={state} />
      <Reproduce manifest={manifest} state={state} />
    </section>
  );
}

function Panel({ title, open, children }: { title: string; open?: boolean; children: ComponentChildren }): JSX.Element {
  return (
    <details open={open ?? false}>
      <summary>
        <h2>{title}</h2>
      </summary>
      {children}
    </details>
  );
}

function Facts({ facts }: { facts: readonly (readonly [name: string, value: string, help?: string])[] }): JSX.Element {
  return (
    <dl class="facts">
      {facts.map(([name, value, help]) => (
        <div key={name} title={help ?? ""}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Model({ model }: { model: RunEventOf<"model"> }): JSX.Element {
  const flopsHelp = t("Floating-point operations of one example's forward pass; a multiply-add counts as two.");
  return (
    <Panel title={t("Model")} open>
      <Facts
        facts={[
          [t("Parameters"), model.parameters.toLocaleString("en"), t("Numbers that the model has.")],
          [t("Trainable"), model.trainableParameters.toLocaleString("en"), t("Numbers that training changes.")],
          [t("FLOPs"), formatCount(model.flops), flopsHelp],
          [t("Optimizer"), model.optimizer],
          [t("Loss"), model.loss, t("What training makes small.")],
        ]}
      />
      <div class="scroll">
        <table class="table">
          <caption class="visually-hidden">{t("Layers")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("Layer")}</th>
              <th scope="col">{t("Type")}</th>
              <th scope="col">{t("Output shape")}</th>
              <th scope="col" class="number">
                {t("Parameters")}
              </th>
              <th scope="col" class="number" title={flopsHelp}>
                {t("FLOPs")}
              </th>
            </tr>
          </thead>
          <tbody>
            {model.layers.map(({ name, className, outputShape, parameters, trainable, flops }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{className}</td>
                <td>{outputShape.slice(1).join(" × ")}</td>
                <td class="number">
                  {parameters.toLocaleString("en")}
                  {parameters > 0 && !trainable ? ` (${t("frozen")})` : ""}
                </td>
                <td class="number">{flops.toLocaleString("en")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function TreeFacts({ trees }: { trees: RunEventOf<"trees"> }): JSX.Element {
  const kind = trees.kind === "random forest" ? t("Random forest") : t("Decision tree");
  const task = trees.task === "classification" ? t("Classes") : t("A quantity");
  return (
    <Panel title={t("Model")} open>
      <Facts
        facts={[
          [t("Kind"), kind],
          [t("Predicts"), task],
          [t("Trees"), trees.trees.toLocaleString("en")],
          [t("Features"), trees.features.toLocaleString("en"), t("How many numbers one input has.")],
        ]}
      />
    </Panel>
  );
}

function Backend({ backend, onDoctor }: { backend: RunEventOf<"backend">; onDoctor: () => void }): JSX.Element {
  const { name, device, driver, version, reason, passedOver } = backend;
  const parts = [device, ...(driver === undefined ? [] : [t("driver {0}", driver)]), t("version {0}", version)];
  return (
    <Panel title={t("Backend: {0}", name)} open>
      <p>{parts.join(", ")}</p>
      <p>{t("Why this one: {0}.", reason)}</p>
      {passedOver.length > 0 ? (
        <dl class="passed-over">
          {passedOver.map((other) => (
            <div key={other.name}>
              <dt>{other.name}</dt>
              <dd>
                {other.reason}
                {other.fix === undefined ? null : <span class="note">{other.fix}</span>}
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      <p class="verbs">
        <vscode-button appearance="secondary" onClick={onDoctor}>
          {t("Examine This Machine")}
          <span slot="start" class="codicon codicon-pulse" />
        </vscode-button>
      </p>
    </Panel>
  );
}

function Data({ state }: { state: RunState }): JSX.Element | null {
  const { data } = state;
  if (!data) return null;
  const splits: [string, string][] = [
    [t("Training data"), data.train.toLocaleString("en")],
    [t("Validation"), data.validation.toLocaleString("en")],
  ];
  if (data.test !== undefined) splits.push([t("Test"), data.test.toLocaleString("en")]);
  return (
    <Panel title={data.name === undefined ? t("Data") : t("Data: {0}", data.name)}>
      <Facts
        facts={[
          ...splits,
          [t("Example shape"), data.inputShape.join(" × ")],
          ...(data.classNames ? [[t("Classes"), String(data.classNames.length)] as const] : []),
          ...(data.report ? reportFacts(data.report, data.classNames) : []),
          ...(data.augmentation
            ? [
                [
                  t("Augmentation"),
                  data.augmentation.join(", "),
                  t("Random changes to the training examples, anew in every epoch."),
                ] as const,
              ]
            : []),
          ...(data.fingerprint === undefined
            ? []
            : [
                [
                  t("Fingerprint"),
                  data.fingerprint.slice(0, 16),
                  t("A hash of the training data: the same data has the same."),
                ] as const,
              ]),
        ]}
      />
      {data.report?.features ? <FeatureTable features={data.report.features} /> : null}
    </Panel>
  );
}

function Reproduce({ manifest, state }: { manifest: RunManifest; state: RunState }): JSX.Element {
  const tensors = [...new Set(state.epochs.flatMap(({ tensors }) => tensors ?? []))];
  return (
    <Panel title={t("To do it again")}>
      <Facts
        facts={[
          [t("Seed"), String(manifest.seed), t("The same seed gives the same run, on the same backend.")],
          ...Object.entries(manifest.hyperparameters).map(([name, value]) =>
            Object.hasOwn(manifest.overrides, name)
              ? ([name, t("{0} (set for this run)", String(value))] as const)
              : ([name, String(value)] as const),
          ),
          ...Object.entries(manifest.versions).map(([name, version]) => [name, version] as const),
          ...(manifest.gitCommit === undefined ? [] : [[t("Git commit"), manifest.gitCommit.slice(0, 10)] as const]),
          ...(tensors.length === 0
            ? []
            : [
                [
                  t("Tensors"),
                  tensors.join(" → "),
                  t("Live after each epoch: one number means that nothing leaks."),
                ] as const,
              ]),
        ]}
      />
    </Panel>
  );
}
