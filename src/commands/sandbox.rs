//! `runsheet sandbox`: the service on this machine, to try scripts against.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::commands::opening::Refusal;
use crate::commands::output;
use crate::diagnostic::{Source, render};
use crate::sandbox::{AccountTier, ErrorForms, Fault, RunningSandbox, Sandbox, Settings, faults};
use crate::secret::Secret;

/// Run an emulator of the service on this machine: nothing leaves it, nothing is charged.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example:\n  runsheet sandbox --listen 127.0.0.1:0 --faults workflows/faults/bad-wifi.yaml"
)]
pub struct SandboxArguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    /// Listen on an address that other machines can reach
    #[arg(long)]
    allow_remote: bool,
    /// The only secret that is right; without it any is
    #[arg(long)]
    secret: Option<String>,
    /// The balance at the start
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    credits: u64,
    /// The rate class of the account
    #[arg(long, value_enum, default_value = "none")]
    tier: AccountTier,
    /// Divide every wait of the sandbox; a creation takes 150 seconds at speed 1
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = read_speed)]
    speed: f64,
    /// What goes wrong: a file of `kind: faults`
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Decide codes and which requests a share of faults hits
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The forms of errors: those of the page, or the newer ones
    #[arg(long, value_enum, default_value = "page")]
    errors: ErrorForms,
    /// Give no agent a room of its own
    #[arg(long)]
    no_rooms: bool,
}

/// Runs until Ctrl-C or a request to end. Answers the exit code.
pub async fn run(arguments: SandboxArguments) -> anyhow::Result<u8> {
    if !arguments.listen.ip().is_loopback() && !arguments.allow_remote {
        let refusal = Refusal::new(2, format!("`{}` can be reached from other machines", arguments.listen.ip()));
        return Ok(refusal.hint("listen on 127.0.0.1, or add `--allow-remote`").tell());
    }
    let faults = match arguments.faults.as_deref().map_or(Ok(Vec::new()), read_faults) {
        Ok(faults) => faults,
        Err(message) => {
            output::tell(message);
            return Ok(2);
        }
    };
    let secret = arguments.secret.clone();
    let address = arguments.listen;
    let started = Sandbox::start(settings(arguments, faults)).await;
    let sandbox = started.with_context(|| format!("cannot listen on `{address}`"))?;
    announce(&sandbox, secret.as_deref())?;
    until_told_to_end().await.context("cannot wait for signals")?;
    sandbox.stop().await;
    output::tell("sandbox stopped\n");
    Ok(0)
}

/// Reads the file of faults; the error is all that people see of it.
fn read_faults(path: &Path) -> Result<Vec<Fault>, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("error: cannot read `{}`: {error}\n", path.display()))?;
    faults::read(&Source::new(path, text)).map_err(|diagnostic| render::human(&[diagnostic]))
}

fn settings(arguments: SandboxArguments, faults: Vec<Fault>) -> Settings {
    let alone = Settings::default();
    Settings {
        listen: arguments.listen,
        secret: arguments.secret.map(Secret::new),
        credits: arguments.credits,
        tier: arguments.tier,
        speed: arguments.speed,
        seed: arguments.seed,
        errors: arguments.errors,
        rooms: if arguments.no_rooms { Vec::new() } else { alone.rooms.clone() },
        faults,
        ..alone
    }
}

/// The URL alone on stdout, for scripts; the rest on stderr, for people.
fn announce(sandbox: &RunningSandbox, secret: Option<&str>) -> anyhow::Result<()> {
    let url = sandbox.url();
    output::data(format_args!("{url}\n")).context("cannot write to stdout")?;
    let secret = match secret {
        // Its owner knows it: it is not printed.
        Some(_) => "  # and BITHUMAN_API_SECRET, the one that `--secret` gave",
        None => "  export BITHUMAN_API_SECRET=sandbox-secret   # any text is right",
    };
    output::tell(format_args!(
        "SANDBOX · nothing leaves this machine\n\
         The service, emulated at {url}. To use it, in another terminal:\n  \
         export BITHUMAN_API_URL={url}\n{secret}\n\
         What was heard: {url}/_sandbox/heard. Ctrl-C stops.\n"
    ));
    Ok(())
}

async fn until_told_to_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

fn read_speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if (0.001..=1_000_000.0).contains(&speed) {
        Ok(speed)
    } else {
        Err("a speed is between 0.001 and 1000000".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: SandboxArguments,
    }

    fn parse(words: &[&str]) -> SandboxArguments {
        Line::parse_from(std::iter::once("sandbox").chain(words.iter().copied())).arguments
    }

    #[tokio::test]
    async fn an_address_that_others_reach_is_refused_without_leave() {
        assert_eq!(run(parse(&["--listen", "0.0.0.0:0"])).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_file_that_holds_no_faults_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "kind: agents\nversion: 1\nfaults: []\n").unwrap();
        let path = file.path().to_str().unwrap();
        assert_eq!(run(parse(&["--listen", "127.0.0.1:0", "--faults", path])).await.unwrap(), 2);
    }

    #[test]
    fn arguments_become_settings() {
        let arguments = parse(&["--no-rooms", "--tier", "pro", "--errors", "live", "--speed", "20", "--credits", "7"]);
        let settings = settings(arguments, Vec::new());
        assert_eq!((settings.tier, settings.errors), (AccountTier::Pro, ErrorForms::Live));
        assert_eq!((settings.speed, settings.credits, settings.rooms.len()), (20.0, 7, 0));
        assert!(read_speed("0").is_err() && read_speed("fast").is_err());
    }
}
