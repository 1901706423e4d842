//! The worker: the loop that claims jobs and runs them. Any number of nodes may run it.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use base::config::Config;
use base::outbound::Outbound;
use base::outbound::mail::{MailError, Mailer};
use base::queue::{Claimed, Outcome};
use dibao::work::Tools;
use futures::FutureExt;
use tokio::sync::watch;
use tokio::task::JoinSet;
use web::App;

/// Seconds between two rounds of throwing away what nobody needs.
const TIDY_SECONDS: i64 = 3600;

/// One node's worker.
pub struct Worker {
    app: Arc<App>,
    tools: Tools,
    name: String,
    concurrency: usize,
    lease_seconds: i64,
    poll: Duration,
}

impl Worker {
    /// A worker with a name of its own.
    pub fn new(app: Arc<App>, outbound: Outbound, config: &Config) -> Self {
        let name = format!("{}-{}", std::process::id(), &app.store.ids().secret()[..8]);
        let mailer = match Mailer::new(config.smtp_url.expose(), &config.smtp_from) {
            Ok(mailer) => Some(mailer),
            Err(MailError::None) => None,
            Err(error) => {
                tracing::warn!(%error, "no mail is sent");
                None
            }
        };
        let guest = app.guest.clone();
        let tools = Tools { app: Arc::clone(&app), outbound, guest, mailer };
        Self {
            app,
            tools,
            name,
            concurrency: config.worker_concurrency,
            lease_seconds: config.worker_lease_seconds,
            poll: Duration::from_millis(config.worker_poll_ms),
        }
    }

    /// Works until `stop` turns true; jobs that run then are finished first.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut running = JoinSet::new();
        let mut commits = self.app.store.commits();
        let mut tidied = 0;
        while !*stop.borrow() {
            while running.try_join_next().is_some() {}
            let now = self.app.clock.now();
            if now.micros() - tidied > TIDY_SECONDS * base::Timestamp::SECOND {
                tidied = now.micros();
                if let Err(error) = self.app.store.tidy(now).await {
                    tracing::warn!(%error, "could not tidy up");
                }
            }
            let free = self.concurrency.saturating_sub(running.len());
            let claimed = if free == 0 {
                Ok(Vec::new())
            } else {
                self.app.store.claim_jobs(&self.name, free as u64, self.lease_seconds, now).await
            };
            match claimed {
                Ok(jobs) if !jobs.is_empty() => {
                    for job in jobs {
                        let worker = Arc::clone(&self);
                        running.spawn(async move { worker.work(job).await });
                    }
                    continue;
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "cannot claim jobs; trying again"),
            }
            tokio::select! {
                _ = stop.changed() => {}
                Some(_) = running.join_next() => {}
                _ = commits.recv(), if free > 0 => {}
                () = tokio::time::sleep(self.poll) => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    async fn work(&self, job: Claimed) {
        // A panic is a failure like any other; the job that panics is tried again and set aside in the end.
        let run = AssertUnwindSafe(dibao::work::run(&self.tools, &job)).catch_unwind();
        let outcome = tokio::select! {
            ended = run => ended.unwrap_or_else(|panic| Outcome::Failed(format!("it panicked: {}", said(&*panic)))),
            () = self.hold(&job) => {
                tracing::warn!(key = %job.key, "the lease of a job was lost; it is left to whoever holds it now");
                return;
            }
        };
        let said = match &outcome {
            Outcome::Done => "done",
            Outcome::Again(_) => "again",
            Outcome::Later(_) => "later",
            Outcome::Failed(why) => {
                tracing::warn!(key = %job.key, attempts = job.attempts, %why, "a job failed");
                "failed"
            }
        };
        metrics::counter!("dibao_jobs_total", "kind" => job.kind.clone(), "outcome" => said).increment(1);
        if let Err(error) = self.app.store.end_job(&job, outcome, self.app.clock.now()).await {
            tracing::warn!(key = %job.key, %error, "the end of a job was not recorded; its lease will run out");
        }
    }

    /// Renews the lease of a running job at a third of its time; ends when the lease is lost.
    async fn hold(&self, job: &Claimed) {
        let third = Duration::from_millis(u64::try_from(self.lease_seconds).unwrap_or(1) * 1000 / 3);
        loop {
            tokio::time::sleep(third).await;
            match self.app.store.renew_lease(job, self.lease_seconds, self.app.clock.now()).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(key = %job.key, %error, "cannot renew a lease; trying again"),
            }
        }
    }
}

/// What a panic said, when it said it in words.
fn said(panic: &(dyn Any + Send)) -> &str {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words")
}
