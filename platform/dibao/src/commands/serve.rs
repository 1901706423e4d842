//! `dibao serve` and `dibao work`: the process that stays.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use base::Store;
use base::config::Config;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use web::App;
use web::server::{Surface, serve};

use super::DONE;
use crate::cluster::{self, RedisSessions};
use crate::worker::Worker;
use crate::{boot, tree::Tree};

/// What a process does.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    /// Answers portals, console and API; otherwise health only.
    pub surface: Surface,
    /// Works off the queue.
    pub worker: bool,
}

/// A house that is open.
pub struct Open {
    /// Its shared value.
    pub app: Arc<App>,
    stop: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

/// Opens the doors: listener, followers, worker. Nothing waits here.
pub async fn open(config: &Config, store: Store, tree: &Tree, parts: Parts) -> Result<Open> {
    let listener =
        TcpListener::bind(config.listen).await.with_context(|| format!("cannot listen on {}", config.listen))?;
    let metrics = match config.metrics_listen {
        Some(at) => {
            let listener = TcpListener::bind(at).await.with_context(|| format!("cannot listen on {at} for metrics"))?;
            Some((listener, Surface::Health))
        }
        None => None,
    };
    let mut app = boot::app(config, store, tree)?;
    let redis = config.redis_url.expose().to_owned();
    if !redis.is_empty()
        && let Some(sessions) = RedisSessions::open(&redis).await
        && let Some(app) = Arc::get_mut(&mut app)
    {
        app.sessions = Some(Arc::new(sessions));
    }
    let (stop, stopped) = watch::channel(false);
    let mut tasks = Vec::new();
    // With signals the poll is only a net; an embedded database has no other node to follow.
    let poll = Duration::from_millis(if app.store.engine() == base::store::Engine::Sqlite { 2000 } else { 400 });
    let (following, mut end) = (Arc::clone(&app), stopped.clone());
    tasks.push(tokio::spawn(async move {
        following.store.follow_until(poll, async { drop(end.wait_for(|stop| *stop).await) }).await;
    }));
    if !redis.is_empty() {
        tasks.push(tokio::spawn(cluster::follow(Arc::clone(&app), redis, stopped.clone())));
    }
    if parts.surface == Surface::All {
        let (counting, mut end) = (Arc::clone(&app), stopped.clone());
        let end = async move { drop(end.wait_for(|stop| *stop).await) };
        tasks.push(tokio::spawn(web::visits::keep_writing(counting, end)));
    }
    if parts.worker {
        // A calendar may have been loaded while nobody worked.
        app.store.wake_jobs(exchange::submission::jobs::SETTLE, app.clock.now()).await?;
        let worker = Arc::new(Worker::new(Arc::clone(&app), boot::outbound(config)?, config));
        tasks.push(tokio::spawn(worker.run(stopped.clone())));
    }
    for (listener, surface) in std::iter::once((listener, parts.surface)).chain(metrics) {
        let (serving, mut end) = (Arc::clone(&app), stopped.clone());
        tasks.push(tokio::spawn(async move {
            serve(listener, serving, surface, async move { drop(end.wait_for(|stop| *stop).await) }).await;
        }));
    }
    Ok(Open { app, stop, tasks })
}

impl Open {
    /// Stays open until the process is asked to stop, then finishes what was begun.
    pub async fn stay(self, asked: &mut AskedToStop) -> Result<u8> {
        asked.wait().await;
        self.close().await
    }

    /// Finishes what was begun and closes the doors.
    pub async fn close(self) -> Result<u8> {
        tracing::info!("stopping: finishing what was begun");
        self.app.health.stop();
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
        Ok(DONE)
    }
}

/// The wish that this process ends, SIGTERM or ctrl-c. Made before anything is begun: a signal that comes between the
/// first step and the last is kept, and never ends the process in the middle of one.
pub struct AskedToStop {
    terminate: Signal,
    interrupt: Signal,
}

impl AskedToStop {
    /// Listens from now on.
    pub fn listen() -> Result<Self> {
        let hear = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self { terminate: hear(SignalKind::terminate())?, interrupt: hear(SignalKind::interrupt())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Goes through `steps` unless asked to stop: none then, and what was not committed never happened.
    pub async fn unless<T>(&mut self, steps: impl Future<Output = Result<T>>) -> Result<Option<T>> {
        tokio::select! {
            () = self.wait() => Ok(None),
            done = steps => done.map(Some),
        }
    }
}

/// Serves or works until asked to stop.
pub async fn run(mut config: Config, listen: Option<SocketAddr>, parts: Parts) -> Result<u8> {
    let mut asked = AskedToStop::listen()?;
    if let Some(listen) = listen {
        config.listen = listen;
    }
    let Some(store) = asked.unless(boot::store(&config)).await? else { return Ok(DONE) };
    let tree = Tree::of(config.tenants_dir.as_deref());
    let open = open(&config, store, &tree, parts).await?;
    println!("ready http://{}", config.listen);
    open.stay(&mut asked).await
}
