/** Preloads OpenTelemetry's automatic instrumentation, configured by OTEL_* alone, from this folder's packages. */
require("@opentelemetry/auto-instrumentations-node/register");
