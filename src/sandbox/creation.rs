//! An agent as the sandbox knows it, and how far its creation is at an instant.
//!
//! Progress is computed from the time gone by when somebody asks, so nothing runs meanwhile and it
//! goes on by itself when a saved state is loaded.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::sandbox::settings::ErrorForms;

/// One agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Agent {
    /// Its code.
    pub(crate) code: String,
    /// Its system prompt.
    pub(crate) prompt: String,
    /// Its name.
    pub(crate) name: String,
    /// What was asked for as its model.
    pub(crate) model: String,
    /// The address of its picture, when one was given.
    pub(crate) image_url: Option<String>,
    /// The address of its video, when one was given.
    pub(crate) video_url: Option<String>,
    /// What was paid for it.
    pub(crate) price: u64,
    /// When its creation began.
    pub(crate) created_at: Timestamp,
    /// When its prompt last changed.
    pub(crate) updated_at: Timestamp,
    /// How long its creation takes.
    pub(crate) length: Millis,
    /// Why its creation fails, when it does.
    pub(crate) failure: Option<String>,
    /// Whether the end of its creation was announced, and refunded if it failed.
    pub(crate) settled: bool,
    /// Rooms that were opened by request, and whether somebody serves them.
    pub(crate) opened: IndexMap<String, bool>,
    /// Rooms that were closed by request.
    pub(crate) closed: Vec<String>,
}

/// How far a creation is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Progress {
    /// The service's status.
    pub(crate) status: &'static str,
    /// From 0.0 to 1.0.
    pub(crate) fraction: f64,
    /// The step in the service's words.
    pub(crate) step: &'static str,
    /// For people.
    pub(crate) message: &'static str,
}

/// The stages of a creation, each with the share of the time at which it ends. The marks in the middle that
/// look like an end are meant: `completed` at 5 %, `success` at 20 and 45 %.
const STAGES: [(f64, Progress); 10] = [
    (0.04, stage("processing", 0.02, "payment", "Payment confirmed")),
    (0.08, stage("completed", 0.05, "persona", "Persona queued")),
    (0.18, stage("generating", 0.15, "persona", "Writing the persona")),
    (0.26, stage("success", 0.20, "voice_image", "Voice and image created")),
    (0.40, stage("generating", 0.30, "voice_image", "Preparing the video")),
    (0.48, stage("success", 0.45, "video", "Video created")),
    (0.60, stage("generating", 0.55, "video", "Checking the video")),
    (0.80, stage("generating", 0.70, "lip_sync", "Creating lip sync")),
    (0.94, stage("generating", 0.99, "lip_sync", "Packing the model")),
    (1.00, stage("completed", 1.0, "lip_created", "All steps finished")),
];

/// The share of the time after which a creation that fails has failed.
const FAILS_AT: f64 = 0.48;

const fn stage(status: &'static str, fraction: f64, step: &'static str, message: &'static str) -> Progress {
    Progress { status, fraction, step, message }
}

impl Agent {
    /// An agent that has been ready all along.
    pub(crate) fn ready(code: &str, now: Timestamp) -> Self {
        Self {
            code: code.to_owned(),
            prompt: "You are a friendly AI assistant".to_owned(),
            name: "My Agent".to_owned(),
            model: "expression".to_owned(),
            image_url: None,
            video_url: None,
            price: 0,
            created_at: now,
            updated_at: now,
            length: Millis::ZERO,
            failure: None,
            settled: true,
            opened: IndexMap::new(),
            closed: Vec::new(),
        }
    }

    /// When its creation ends, well or not.
    pub(crate) fn ends_at(&self) -> Timestamp {
        let share = if self.failure.is_some() { FAILS_AT } else { 1.0 };
        self.created_at + Millis((self.length.0 as f64 * share).ceil() as u64)
    }

    /// How far it is.
    pub(crate) fn progress(&self, now: Timestamp, forms: ErrorForms) -> Progress {
        if now >= self.ends_at() {
            return match (&self.failure, forms) {
                (Some(_), _) => stage("failed", 0.45, "video", "Generation failed"),
                (None, ErrorForms::Page) => stage("ready", 1.0, "lip_created", "Done"),
                (None, ErrorForms::Live) => stage("ready", 1.0, "done", "Done"),
            };
        }
        let gone = now.since(self.created_at).0 as f64 / self.length.0 as f64;
        let under_way = STAGES.iter().find(|(until, _)| gone < *until);
        under_way.map_or(STAGES[STAGES.len() - 1].1, |(_, progress)| *progress)
    }

    /// Whether it can be spoken through.
    pub(crate) fn is_ready(&self, now: Timestamp) -> bool {
        self.failure.is_none() && now >= self.ends_at()
    }

    /// The addresses of picture, video and model, each once it exists.
    pub(crate) fn urls(&self, now: Timestamp) -> [Option<String>; 3] {
        let fraction = self.progress(now, ErrorForms::Page).fraction;
        let asset = |kind: &str| format!("https://cdn.bithuman.ai/assets/{}.{kind}", self.code);
        let image = self.image_url.clone().or_else(|| (fraction >= 0.2).then(|| asset("jpg")));
        let video = self.video_url.clone().or_else(|| (fraction >= 0.45).then(|| asset("mp4")));
        [image, video, self.is_ready(now).then(|| asset("imx"))]
    }

    /// The models that it can be shown with.
    pub(crate) fn supported_models(&self) -> [&str; 1] {
        [match self.model.as_str() {
            "expression" => "expression-1",
            "essence" => "essence-1",
            "auto" => "expression-2",
            other => other,
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn creation(failure: Option<&str>) -> Agent {
        Agent { length: Millis(1_000), failure: failure.map(str::to_owned), ..Agent::ready("A91XMB7113", Timestamp(0)) }
    }

    fn statuses(agent: &Agent) -> Vec<(&'static str, f64)> {
        let seen = (0..=100).map(|i| agent.progress(Timestamp(i * 10), ErrorForms::Page));
        let mut seen: Vec<_> = seen.map(|progress| (progress.status, progress.fraction)).collect();
        seen.dedup();
        seen
    }

    #[test]
    fn a_creation_passes_every_status_with_misleading_marks_before_ready() {
        let seen = statuses(&creation(None));
        let expected = [
            ("processing", 0.02),
            ("completed", 0.05),
            ("generating", 0.15),
            ("success", 0.20),
            ("generating", 0.30),
            ("success", 0.45),
            ("generating", 0.55),
            ("generating", 0.70),
            ("generating", 0.99),
            ("completed", 1.0),
            ("ready", 1.0),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_creation_that_fails_is_never_ready() {
        let seen = statuses(&creation(Some("no face found")));
        assert_eq!(seen.last(), Some(&("failed", 0.45)));
        assert!(!creation(Some("no face found")).is_ready(Timestamp(5_000)));
    }

    #[test]
    fn addresses_appear_as_their_parts_are_made() {
        let agent = creation(None);
        let made = |at| agent.urls(Timestamp(at)).map(|url| url.is_some());
        assert_eq!(made(0), [false, false, false]);
        assert_eq!(made(200), [true, false, false]);
        assert_eq!(made(450), [true, true, false]);
        assert_eq!(made(1_000), [true, true, true]);
    }
}
