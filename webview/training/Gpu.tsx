/** NVIDIA's cards while the run uses one; nothing where there is nothing to tell. */
import type { JSX } from "preact";
import { type GpuSample, SAMPLE_WINDOW, freshCards } from "../../src/protocol/nvidiaSmi";
import { formatBytes } from "../../src/protocol/numbers";
import { type ProcessFacts, type RunState, isActive, runStatus } from "../../src/protocol/reducer";
import { t } from "../l10n";
import { sparkline } from "../plots/layout/sparkline";

/** px. */
const WIDTH = 160;
const HEIGHT = 28;
const MIB = 2 ** 20;
/** The first samples are spread as if they were so much time, ms: a few are no sliver at the edge. */
const LEAST_WINDOW = 20_000;

export interface GpuProps {
  gpu: readonly GpuSample[];
  state: RunState;
  facts: ProcessFacts;
  now: number;
}

export function Gpu({ gpu, state, facts, now }: GpuProps): JSX.Element | null {
  const cards = isActive(runStatus(state, facts)) ? freshCards(gpu, now) : [];
  if (cards.length === 0) return null;
  return (
    <section class="gpus" aria-label={t("Graphics cards")}>
      {cards.map((samples) => (
        <Card key={samples[0].index} samples={samples} />
      ))}
    </section>
  );
}

function Card({ samples }: { samples: readonly GpuSample[] }): JSX.Element {
  const last = samples[samples.length - 1];
  const { index, name, utilization, memoryUsed, memoryTotal, temperature, power } = last;
  const memory = {
    title: t("Memory of the card that all programs have taken."),
    top: memoryTotal ?? 0,
    values: samples.map(({ time, memoryUsed: value }) => ({ time, value })),
  };
  const busy = {
    title: t("Share of the time in which something ran on the card."),
    top: 100,
    values: samples.map(({ time, utilization: value }) => ({ time, value })),
  };
  const rest = [
    ...(temperature === undefined ? [] : [t("{0} °C", temperature)]),
    ...(power === undefined ? [] : [t("{0} W", Math.round(power))]),
  ];
  return (
    <div class="gpu">
      <h2>
        {t("GPU {0}: {1}", index, name)} <span class="note">{rest.join(", ")}</span>
      </h2>
      <dl>
        {utilization === undefined ? null : (
          <Meter name={t("Utilization")} value={t("{0} %", Math.round(utilization))} {...busy} />
        )}
        {memoryUsed === undefined || memoryTotal === undefined ? null : (
          <Meter
            name={t("Memory")}
            value={t("{0} of {1}", formatBytes(memoryUsed * MIB), formatBytes(memoryTotal * MIB))}
            {...memory}
          />
        )}
      </dl>
    </div>
  );
}

interface MeterProps {
  name: string;
  value: string;
  title: string;
  /** What the upper edge stands for. */
  top: number;
  values: readonly { time: number; value: number | undefined }[];
}

function Meter({ name, value, title, top, values }: MeterProps): JSX.Element {
  const span = values[values.length - 1].time - values[0].time;
  const window = Math.min(SAMPLE_WINDOW, Math.max(LEAST_WINDOW, span));
  const { line, area } = sparkline(values, { width: WIDTH, height: HEIGHT, window, top });
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>{value}</dd>
      <dd class="spark">
        <svg
          viewBox={`0 -1 ${WIDTH} ${HEIGHT + 2}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={t("{0} over the last minutes", name)}
        >
          <polygon points={area} />
          <polyline points={line} />
        </svg>
      </dd>
    </div>
  );
}
