/** What the dialects of other families count, and the process itself, as Prometheus text. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

export interface FamilyMetrics {
  readonly contentType: string;
  render(): Promise<string>;
  countRequest(request: { dialect: string; status: number; seconds: number }): void;
  countChunk(chunk: { bytes: number; isRecorded: boolean }): void;
  /** A failure of ours that no handler had expected. */
  countError(kind: "request" | "process"): void;
  countRetry(): void;
  /** A number that is asked for when somebody looks. */
  addGauge(gauge: { name: string; help: string; read: () => number | Promise<number> }): void;
}

export function createFamilyMetrics(): FamilyMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "sampan_requests_total",
    help: "Requests answered, by dialect and status",
    labelNames: ["dialect", "status"] as const,
    registers,
  });
  const durations = new Histogram({
    name: "sampan_request_seconds",
    help: "Time from the head of a request to its answer",
    labelNames: ["dialect"] as const,
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  });
  const bytes = new Counter({
    name: "sampan_chunk_bytes_total",
    help: "Bytes of chunks that were recorded",
    registers,
  });
  const chunks = new Counter({
    name: "sampan_chunks_total",
    help: "Chunks, by outcome",
    labelNames: ["outcome"] as const,
    registers,
  });
  const errors = new Counter({
    name: "sampan_errors_total",
    help: "Failures that nobody had expected",
    labelNames: ["kind"] as const,
    registers,
  });
  const retries = new Counter({
    name: "sampan_storage_retries_total",
    help: "Operations on storage that were tried again",
    registers,
  });
  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    countRequest({ dialect, status, seconds }) {
      requests.inc({ dialect, status });
      durations.observe({ dialect }, seconds);
    },
    countChunk({ bytes: length, isRecorded }) {
      chunks.inc({ outcome: isRecorded ? "recorded" : "refused" });
      if (isRecorded) bytes.inc(length);
    },
    countError: (kind) => errors.inc({ kind }),
    countRetry: () => retries.inc(),
    addGauge: (wanted) => gauge(registers, wanted),
  };
}

function gauge(
  registers: Registry[],
  { name, help, read }: { name: string; help: string; read: () => number | Promise<number> },
): void {
  // Registered by being made; it asks when it is read.
  void new Gauge({
    name,
    help,
    registers,
    async collect() {
      this.set(await read());
    },
  });
}
