//! Logs, traces and metrics. Traces and logs leave the process by OTLP only when an endpoint is set; a collector that is
//! away never stops the program. No span carries personal data: a tenant and a route, nothing of what was said.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use opentelemetry::trace::TracerProvider;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{LogExporter, Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Flushes what is still to be sent when the program ends.
#[derive(Default)]
pub struct Guard {
    traces: Option<SdkTracerProvider>,
    logs: Option<SdkLoggerProvider>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(traces) = &self.traces {
            let _ = traces.shutdown();
        }
        if let Some(logs) = &self.logs {
            let _ = logs.shutdown();
        }
    }
}

/// Starts logging (to standard error), and OTLP when `endpoint` is not empty. Called once by `main`.
pub fn init(filter: &str, format: &str, endpoint: &str) -> Guard {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let console = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let console = if format == "json" { console.json().boxed() } else { console.compact().boxed() };
    let resource = Resource::builder().with_service_name("dibao").build();
    let base = endpoint.trim_end_matches('/');
    let mut guard = Guard::default();
    if !base.is_empty() {
        let spans = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{base}/v1/traces"));
        if let Ok(spans) = spans.build() {
            guard.traces =
                Some(SdkTracerProvider::builder().with_batch_exporter(spans).with_resource(resource.clone()).build());
        }
        let logs = LogExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{base}/v1/logs"));
        if let Ok(logs) = logs.build() {
            guard.logs = Some(SdkLoggerProvider::builder().with_batch_exporter(logs).with_resource(resource).build());
        }
    }
    let traces = guard.traces.as_ref().map(|traces| tracing_opentelemetry::layer().with_tracer(traces.tracer("dibao")));
    let logs = guard.logs.as_ref().map(OpenTelemetryTracingBridge::new);
    let _ = tracing_subscriber::registry().with(filter).with(console).with(traces).with(logs).try_init();
    guard
}

static METRICS: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Starts counting for the Prometheus page. Calling it twice changes nothing.
pub fn init_metrics() {
    METRICS.get_or_init(|| {
        let handle = PrometheusBuilder::new().install_recorder().ok();
        metrics::describe_counter!(
            "dibao_requests_total",
            "Requests answered, by kind (hit, miss, console, api, other) and status class"
        );
        metrics::describe_counter!(
            "dibao_pages_rendered_total",
            "Public pages rendered because no ready bytes were in memory"
        );
        metrics::describe_histogram!("dibao_render_seconds", "Server time of one page render");
        metrics::describe_counter!("dibao_jobs_total", "Jobs run, by kind and outcome");
        metrics::describe_gauge!("dibao_jobs_waiting", "Jobs in the queue, by state");
        metrics::describe_gauge!("dibao_tenants", "Portals in this node's directory");
        metrics::describe_gauge!("dibao_redis_up", "1 while Redis answers, 0 while the platform works without it");
        handle
    });
}

/// The Prometheus page.
pub fn render_metrics() -> String {
    METRICS.get().and_then(Option::as_ref).map(PrometheusHandle::render).unwrap_or_default()
}
