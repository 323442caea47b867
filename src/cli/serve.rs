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

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use axum::serve::ListenerExt;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch::{self, Receiver};
use tokio::time;

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
/// or SIGTERM finishes the requests under way, for ten seconds at most, and leaves with exit code 0; a second one leaves at once.
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

/// How long a client may take to send the rest of its request once the server was asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Answers until asked to stop, and then whatever is under way.
async fn serve(address: &Address, service: Service, log: Log, printer: &mut Printer) -> anyhow::Result<()> {
    let listener = listen::bind(address).await?;
    let local = listener.local_addr().context("cannot tell the address that was given")?;
    let mut stop = stop_signal(log.clone())?;
    let mut asked = stop.clone();
    announce(local, printer)?;
    // Replies are short and wait for nothing that could be sent along.
    let listener = listener.tap_io(|client: &mut TcpStream| {
        let _unchanged = client.set_nodelay(true);
    });
    let router = routes::router(&Arc::new(service));
    let finished = axum::serve(listener, router).with_graceful_shutdown(async move { heard(&mut stop).await });
    let cut_off = async {
        heard(&mut asked).await;
        time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = finished.into_future() => return ended.context("the server failed"),
        () = cut_off => log.tell("leaving requests that their clients did not finish"),
    }
    Ok(())
}

/// Returns once the process was asked to stop.
async fn heard(stop: &mut Receiver<bool>) {
    // The sender lives as long as the process.
    let _heard = stop.wait_for(|&asked| asked).await;
}

/// Turns true when the process is asked to stop for the first time.
fn stop_signal(log: Log) -> anyhow::Result<Receiver<bool>> {
    let (asked, stop) = watch::channel(false);
    Interrupt::install(move || {
        log.tell("finishing the requests under way; press Ctrl-C again to leave at once");
        asked.send_replace(true);
    })
    .context("cannot listen to Ctrl-C")?;
    Ok(stop)
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
