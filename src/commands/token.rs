//! `runsheet token`: who may look at runs and steer them over the network.

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};

use crate::access::{Access, Role, Token};
use crate::clock::{Clock as _, SystemClock};
use crate::commands::opening::Refusal;
use crate::commands::output;
use crate::daemon::runs::Runs;
use crate::data::project::Project;
use crate::text::clean;

/// Make, list and revoke the tokens by which others look and steer over the network
///
/// `runsheet serve` asks for one wherever others than this machine can reach it.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  runsheet token create --role viewer\n  runsheet token list\n  runsheet token revoke 3f9a1c07"
)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
    /// Where runs are kept; else `.runsheet` in the project
    #[arg(long, value_name = "FOLDER", global = true)]
    state: Option<PathBuf>,
}

/// What is done with tokens.
#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token and print it, once: only its digest is kept
    Create {
        /// What it lets its bearer do
        #[arg(long, value_enum, default_value_t)]
        role: RoleName,
    },
    /// List the tokens, without their texts
    List,
    /// Take a token back, at once
    Revoke {
        /// Its id, as `list` shows it
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// What a token lets its bearer do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum RoleName {
    /// Look
    Viewer,
    /// Look, start and steer
    #[default]
    Operator,
}

/// Runs the command. Answers the exit code.
pub async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let access = match access(arguments.state.as_deref()) {
        Ok(access) => access,
        Err(refusal) => return Ok(refusal.tell()),
    };
    match arguments.action {
        Action::Create { role } => create(&access, role).await,
        Action::List => list(&access).await,
        Action::Revoke { id } => revoke(&access, &id).await,
    }
}

fn access(state: Option<&Path>) -> Result<Access, Refusal> {
    let current = std::env::current_dir().map_err(|error| Refusal::new(2, format!("no current folder: {error}")))?;
    Ok(Runs::open(Project::find(None, &current).folder(), state)?.access())
}

/// The token alone on stdout, for scripts; the rest on stderr, for people.
async fn create(access: &Access, role: RoleName) -> anyhow::Result<u8> {
    let role = match role {
        RoleName::Viewer => Role::Viewer,
        RoleName::Operator => Role::Operator,
    };
    let (token, text) = access.create_token(role, SystemClock.now()).await?;
    output::data(format_args!("{}\n", text.expose()))?;
    let Token { id, .. } = token;
    output::tell(format_args!(
        "token {id}, {}: shown only now. `runsheet token revoke {id}` takes it back\n",
        role.as_str()
    ));
    Ok(0)
}

async fn list(access: &Access) -> anyhow::Result<u8> {
    let tokens = access.tokens().await?;
    if tokens.is_empty() {
        output::tell("there are no tokens; `runsheet token create` makes one\n");
    }
    let line = |token: &Token| {
        let state = token.revoked_at.map_or("valid".to_owned(), |at| format!("revoked {at}"));
        format!("{}  {:8}  {}  {state}\n", token.id, token.role.as_str(), token.created_at)
    };
    output::data(tokens.iter().map(line).collect::<String>())?;
    Ok(0)
}

async fn revoke(access: &Access, id: &str) -> anyhow::Result<u8> {
    if access.revoke_token(id, SystemClock.now()).await? {
        output::tell(format_args!("token {} is one no longer\n", clean(id)));
        return Ok(0);
    }
    let refusal = Refusal::new(2, format!("there is no valid token `{}`", clean(id)));
    Ok(refusal.hint("`runsheet token list` shows them").tell())
}
