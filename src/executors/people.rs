//! The person in front of a run: what they press, and what they are asked.

use tokio::sync::mpsc;

use crate::engine::event::Resolution;
use crate::plan::model::StepKey;

/// What a person says to a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// Go: answers the oldest open pause, or releases a suspended run.
    Go,
    /// Go, to this step and no other.
    GoFor(StepKey),
    /// Nothing new goes out until `Go`.
    Suspend,
    /// Skip what would go out next, or the open pause.
    Skip,
    /// What became of the step that is asked about.
    Settle(Resolution),
    /// Stop, to be resumed later.
    Stop,
    /// End the run for good.
    Cancel,
    /// The service told of this agent: whoever waits for it looks now.
    Look(String),
}

/// A question to the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Was it heard?
    Unknown(StepKey),
    /// Go?
    Pause(StepKey),
}

/// The line to the person in front of a run.
pub struct People {
    /// Whether somebody is there to be asked.
    pub present: bool,
    /// What they say.
    pub says: mpsc::Receiver<Says>,
    line: mpsc::Sender<Says>,
}

impl People {
    /// Nobody is there.
    pub fn nobody() -> Self {
        Self { present: false, ..Self::somebody().0 }
    }

    /// Where to put what they say, also from elsewhere in this process.
    pub fn line(&self) -> mpsc::Sender<Says> {
        self.line.clone()
    }

    /// A line to somebody, and where to put what they say.
    pub fn somebody() -> (Self, mpsc::Sender<Says>) {
        let (sender, says) = mpsc::channel(16);
        (Self { present: true, says, line: sender.clone() }, sender)
    }
}
