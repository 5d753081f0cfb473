//! What every handler shares.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::Access;
use crate::clock::Timestamp;
use crate::daemon::definitions::Definitions;
use crate::daemon::pulse::Pulse;
use crate::daemon::runs::Runs;
use crate::daemon::service::is_of;
use crate::daemon::steer::Reaches;
use crate::web::figures::Figures;
use crate::web::followed::Followed;
use crate::web::guard::Guard;
use crate::web::news::News;
use crate::web::told::Told;

/// How many streams may be open at once.
const STREAMS: usize = 256;

/// How long a balance is shown before it is asked for again.
const BALANCE_STANDS: Duration = Duration::from_secs(60);

/// What every handler shares.
pub(crate) struct Site {
    /// The runs of the state folder.
    pub runs: Runs,
    /// The workflow files.
    pub definitions: Definitions,
    /// Where runs go, for those who look.
    pub place: Place,
    /// Where runs go.
    pub reaches: Reaches,
    /// Who may ask for what.
    pub guard: Guard,
    /// Tokens and answered requests.
    pub access: Access,
    /// Tells when anything was committed.
    pub pulse: Pulse,
    /// Runs that are looked at.
    pub followed: Followed,
    /// Tells what changed.
    pub news: News,
    /// What the service tells of its agents.
    pub told: Told,
    /// What is counted.
    pub figures: Figures,
    /// Runs on their way to be driven.
    pub setting_out: TaskTracker,
    /// The room for streams.
    pub streams: Arc<Semaphore>,
    /// Ends when the server drains.
    pub draining: CancellationToken,
    /// When it began.
    pub started_at: Timestamp,
}

/// Where runs go, as people are told.
#[derive(Debug)]
pub struct Place {
    /// Whether nothing leaves this machine.
    pub sandbox: bool,
    /// The host of the service.
    pub host: String,
    /// The account on it.
    pub account: String,
    /// The key by which purchases are known.
    pub key: String,
    /// Credits left, as far as they are known.
    pub credits: Balance,
}

/// Credits left, and when they were asked for.
#[derive(Debug)]
pub struct Balance {
    known: Mutex<(Option<f64>, Instant)>,
}

impl Balance {
    /// What is known now.
    pub fn new(credits: Option<f64>) -> Self {
        Self { known: Mutex::new((credits, Instant::now())) }
    }

    /// What is known.
    pub fn get(&self) -> Option<f64> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Whether it is time to ask again; whoever is told so asks.
    pub(crate) fn is_due(&self) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = known.1.elapsed() >= BALANCE_STANDS;
        if is_due {
            known.1 = Instant::now();
        }
        is_due
    }

    /// Takes in what the service says. A service that does not answer changes nothing.
    pub(crate) fn set(&self, credits: Option<f64>) {
        if credits.is_some() {
            self.known.lock().unwrap_or_else(PoisonError::into_inner).0 = credits;
        }
    }
}

impl Site {
    /// The semaphore of a new site.
    pub(crate) fn room_for_streams() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(STREAMS))
    }

    /// Whether the server ends.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }
}

/// How often a stream says that it is still there.
pub(crate) const STILL_HERE: Duration = Duration::from_secs(15);

impl Place {
    /// Whether a purchase or a run is of this service; every run has a sandbox of its own.
    pub(crate) fn is_of(&self, key: &str) -> bool {
        is_of(&self.key, key)
    }
}
