//! `ssl4rl serve`: verdicts over HTTP, for trainers that ask a server.
//!
//! Routes are a table in `routes`. Bodies are read whole, verdicts made off the threads that talk to clients, and whatever goes wrong is a
//! [`Refusal`](refusal::Refusal): a status and an object with `error`.

mod body;
mod listen;
mod refusal;
mod reward;
mod routes;
mod service;
mod verdicts;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use anyhow::Context;
use axum::serve::ListenerExt;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

use super::interrupt::Interrupt;
use super::scorer_args::ScorerArgs;
use super::{AsUsage, ExitStatus, Printer};
use crate::tasks::Registry;
use listen::Address;
use service::{Log, Service};

/// Score completions over HTTP: a reward server for OpenRLHF and for programs of your own
///
/// `POST /verify` takes an object as a line of `ssl4rl verify`, or an array of them, and gives its verdict, or an array of verdicts and
/// errors. `POST /get_reward` takes what OpenRLHF sends to `--reward.remote_url`, with the labels of `ssl4rl export`. `GET /tasks`
/// and `GET /health` tell what is served. A request is at most 256 MiB long. The address is printed on stdout once it listens. Ctrl-C
/// or SIGTERM finishes the requests under way and leaves with exit code 0; a second one leaves at once.
#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    /// Where to listen; port 0 takes a free one. Whoever reaches the address may ask
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8000")]
    address: Address,
    #[command(flatten)]
    scorer: ScorerArgs,
}

#[expect(clippy::needless_pass_by_value, reason = "every verb takes its arguments")]
pub(super) fn run(arguments: ServeArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let scorer = arguments.scorer.scorer(registry)?;
    scorer.build_configured().usage()?;
    let log = Log::new(printer);
    let service = Service::new(scorer, log.clone());
    runtime()?.block_on(serve(&arguments.address, service, log, printer))?;
    Ok(ExitStatus::Success)
}

/// Threads that talk to clients, and as many for verdicts as there are cores.
fn runtime() -> anyhow::Result<Runtime> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(cores)
        .build()
        .context("cannot start the threads of the server")
}

/// Answers until asked to stop, and then whatever is under way.
async fn serve(address: &Address, service: Service, log: Log, printer: &mut Printer) -> anyhow::Result<()> {
    let listener = listen::bind(address).await?;
    let local = listener.local_addr().context("cannot tell the address that was given")?;
    let stop = stop_signal(log)?;
    announce(local, printer)?;
    // Replies are short and wait for nothing that could be sent along.
    let listener = listener.tap_io(|client: &mut TcpStream| {
        let _unchanged = client.set_nodelay(true);
    });
    let router = routes::router(&Arc::new(service));
    axum::serve(listener, router).with_graceful_shutdown(stop).await.context("the server failed")
}

/// What ends when the process is asked to stop for the first time.
fn stop_signal(log: Log) -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let asked = Arc::new(Notify::new());
    let handle = Arc::clone(&asked);
    Interrupt::install(move || {
        log.tell("finishing the requests under way; press Ctrl-C again to leave at once");
        handle.notify_one();
    })
    .context("cannot listen to Ctrl-C")?;
    Ok(async move { asked.notified().await })
}

fn announce(local: SocketAddr, printer: &mut Printer) -> anyhow::Result<()> {
    let url = format!("http://{local}");
    if printer.is_json() {
        printer.json(&json!({ "url": url, "host": local.ip(), "port": local.port() }))?;
    } else {
        printer.line(&format!("listening on {url}"))?;
    }
    printer.flush()?;
    if !local.ip().is_loopback() {
        printer.note("other machines may reach this address, and whoever does may ask");
    }
    Ok(())
}
