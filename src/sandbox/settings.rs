//! What a sandbox emulates, decided when it starts.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::outcome::Tier;
use crate::sandbox::faults::Fault;
use crate::secret::Secret;

/// How a sandbox behaves. `default` is one that stands alone.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The only secret that is right; any is, without one.
    pub secret: Option<Secret>,
    /// The balance at the start.
    pub credits: u64,
    /// The rate class of the account.
    pub tier: AccountTier,
    /// Divides every wait of the sandbox.
    pub speed: f64,
    /// Decides codes and which requests a share of faults hits.
    pub seed: u64,
    /// The forms of errors; the newer ones come with the fields that newer answers add.
    pub errors: ErrorForms,
    /// How long a creation takes, at speed 1.
    pub creation: Millis,
    /// The rooms that every ready agent has.
    pub rooms: Vec<String>,
    /// Whether a room exists as soon as it is named, unless it was closed.
    pub any_room: bool,
    /// When somebody is in which room: it is there meanwhile.
    pub attendance: Vec<Attendance>,
    /// The codes of agents that exist and are ready from the start.
    pub agents: Vec<String>,
    /// Whether an agent exists as soon as it is named, unless it was deleted.
    pub any_agent: bool,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Where the state is kept, one change a line; read at the start if it exists.
    pub state_file: Option<PathBuf>,
}

/// Somebody in a room for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendance {
    /// The room.
    pub room: String,
    /// When it opens.
    pub from: Timestamp,
    /// When it closes.
    pub to: Timestamp,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            secret: None,
            credits: 100_000,
            tier: AccountTier::None,
            speed: 1.0,
            seed: 1,
            errors: ErrorForms::Page,
            creation: Millis::from_secs(150),
            rooms: vec!["lobby".to_owned()],
            any_room: false,
            attendance: Vec::new(),
            agents: Vec::new(),
            any_agent: false,
            faults: Vec::new(),
            state_file: None,
        }
    }
}

impl Settings {
    /// A sandbox beside one run: creations take two seconds, the agents and rooms that its file names exist.
    pub fn in_process(agents: Vec<String>, rooms: Vec<String>) -> Self {
        let alone = Self::default();
        let rooms = if rooms.is_empty() { alone.rooms.clone() } else { rooms };
        Self { creation: Millis::from_secs(2), agents, rooms, ..alone }
    }
}

/// Which of the two published forms errors take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ErrorForms {
    /// The forms of the page: `AGENT_NOT_FOUND`, `NO_ACTIVE_ROOMS`, 422.
    #[default]
    Page,
    /// The newer forms: `NOT_FOUND`, `MISSING_AUTH`, 400, 409 before an agent is ready.
    Live,
}

/// The rate class of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum AccountTier {
    /// No limits and no plan.
    #[default]
    None,
    /// 4 creations a minute.
    Free,
    /// 10 creations a minute.
    Creator,
    /// 30 creations a minute.
    Pro,
    /// 60 creations a minute.
    Business,
    /// 120 creations a minute.
    Enterprise,
}

impl AccountTier {
    /// Requests a minute for a class of endpoints; none when it is not limited.
    pub fn per_minute(self, class: Tier) -> Option<u32> {
        let [generate, write, read] = match self {
            Self::None => return None,
            Self::Free => [4, 30, 120],
            Self::Creator => [10, 60, 240],
            Self::Pro => [30, 180, 720],
            Self::Business => [60, 360, 1440],
            Self::Enterprise => [120, 720, 2880],
        };
        match class {
            Tier::None => None,
            Tier::Read => Some(read),
            Tier::Write => Some(write),
            Tier::Generate => Some(generate),
        }
    }

    /// The name of the plan and its code, as `/v1/me` tells them.
    pub fn plan(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::None => None,
            Self::Free => Some(("Free", "free")),
            Self::Creator => Some(("Creator", "creator")),
            Self::Pro => Some(("Pro", "pro")),
            Self::Business => Some(("Business", "business")),
            Self::Enterprise => Some(("Enterprise", "enterprise")),
        }
    }
}
