import { serviceName } from "./powertools-mode.ts";
// Before Metrics, which asks for the scope's store when it is made.
import "./scope.ts";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { type DimensionsOf, type MetricName, metricCatalogue, metricNamespace } from "./metric-catalogue.ts";
import { writeLine } from "./output.ts";

/** Powertools' Metrics, its EMF lines sent where log lines go. */
class EmfMetrics extends Metrics {
  constructor() {
    super({ namespace: metricNamespace, serviceName });
    Object.assign(this, { console: Object.assign(Object.create(console), { log: writeLine }) });
  }
}

const emf = new EmfMetrics();

/** An aggregate of one metric under one set of dimension values, since the last flush. */
interface Aggregate {
  readonly name: MetricName;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Samples of a timing; for everything else a single sum or last value. */
  readonly values: number[];
}

const aggregates = new Map<string, Aggregate>();
const flushEveryMs = 1000;
/** A flush interval keeps at most this many samples of one timing; more would be memory for nothing. */
const maxSamples = 20_000;
/** EMF takes 100 samples of a metric per line; at exactly 100 Powertools would publish by itself and forget the dimensions. */
const samplesPerLine = 99;

const aggregateOf = (name: MetricName, dimensions: Readonly<Record<string, string>>): Aggregate => {
  let key: string = name;
  for (const dimension of metricCatalogue[name].dimensions) key += `\n${dimensions[dimension]}`;
  let aggregate = aggregates.get(key);
  if (!aggregate) {
    aggregate = { name, dimensions, values: [] };
    aggregates.set(key, aggregate);
  }
  return aggregate;
};

/** Adds to a count. */
export const count = <Name extends MetricName>(name: Name, dimensions: DimensionsOf<Name>, by = 1): void => {
  const { values } = aggregateOf(name, dimensions);
  values[0] = (values[0] ?? 0) + by;
};

/** Records one sample of a timing: every sample of an interval is kept, so that percentiles are true. */
export const sample = <Name extends MetricName>(name: Name, dimensions: DimensionsOf<Name>, value: number): void => {
  const { values } = aggregateOf(name, dimensions);
  if (values.length < maxSamples) values.push(Math.round(value * 100) / 100);
};

/** Records how something stands now; the interval's last word wins. */
export const gauge = <Name extends MetricName>(name: Name, dimensions: DimensionsOf<Name>, value: number): void => {
  aggregateOf(name, dimensions).values[0] = value;
};

/** Writes what has gathered as EMF, one line per set of dimension values (and per 99 samples), and begins anew. */
export const flushMetrics = (): void => {
  const bySet = Map.groupBy(aggregates.values(), ({ dimensions }) => JSON.stringify(dimensions));
  aggregates.clear();
  for (const group of bySet.values()) {
    const rounds = Math.max(...group.map(({ values }) => Math.ceil(values.length / samplesPerLine)));
    for (let round = 0; round < rounds; round += 1) {
      for (const [dimension, value] of Object.entries(group[0]?.dimensions ?? {})) emf.addDimension(dimension, value);
      for (const { name, values } of group) {
        for (const value of values.slice(round * samplesPerLine, (round + 1) * samplesPerLine)) {
          emf.addMetric(name, metricCatalogue[name].unit, value);
        }
      }
      emf.publishStoredMetrics();
    }
  }
};

/** Flushes every second from now on, after asking `observe` how things stand. @returns stops it, with a last flush. */
export const flushMetricsPeriodically = (observe: () => void): (() => void) => {
  const tick = () => {
    observe();
    flushMetrics();
  };
  const timer = setInterval(tick, flushEveryMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    tick();
  };
};
