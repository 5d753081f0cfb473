//! What a process came to, and the statements about it that tests make.

use serde_json::Value;

/// A command that ended.
pub struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    events: Vec<Value>,
}

impl Ended {
    /// Reads the events where stdout is events.
    pub fn new(code: Option<i32>, stdout: String, stderr: String) -> Self {
        let events = stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Self { code, stdout, stderr, events }
    }

    /// States the exit code; none is the code of one that was killed.
    #[track_caller]
    pub fn exits(&self, code: impl Into<Option<i32>>) -> &Self {
        assert_eq!(self.code, code.into(), "{}", self.whole());
        self
    }

    /// Tells whether it exited with this code.
    pub fn has_code(&self, code: i32) -> bool {
        self.code == Some(code)
    }

    /// States that people read this.
    #[track_caller]
    pub fn tells(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "`{text}` is not told:\n{}", self.whole());
        self
    }

    /// States that the answer, on stdout, holds this.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "`{text}` is not said:\n{}", self.whole());
        self
    }

    /// States that this is in no output.
    #[track_caller]
    pub fn hides(&self, text: &str) -> &Self {
        assert!(!self.stdout.contains(text) && !self.stderr.contains(text), "`{text}` is seen:\n{}", self.whole());
        self
    }

    /// States how a step ended: see [`Self::end_of`].
    #[track_caller]
    pub fn ended(&self, step: &str, state: &str) -> &Self {
        assert_eq!(self.end_of(step), state, "{step}:\n{}", self.whole());
        self
    }

    /// States how many attempts a step took.
    #[track_caller]
    pub fn tried(&self, step: &str, attempts: u64) -> &Self {
        let tries = self.of(step).filter_map(|event| event["attempt"].as_u64()).max().unwrap_or(0);
        assert_eq!(tries, attempts, "{step}:\n{}", self.whole());
        self
    }

    /// How a step stands at the end: `succeeded`, `failed:CLASS`, `skipped:REASON`, `unknown`, `cancelled`,
    /// `blocked:CLASS`, `paused`, `none`. A step of an item is written `step[key]`.
    pub fn end_of(&self, step: &str) -> String {
        let ends = self.of(step).filter_map(|event| {
            let class = |word: &str| format!("{word}:{}", event["error"]["class"].as_str().unwrap_or("?"));
            Some(match event["event"].as_str()? {
                "step_succeeded" => "succeeded".to_owned(),
                "step_failed" => class("failed"),
                "step_skipped" => format!("skipped:{}", event["reason"].as_str().unwrap_or("?")),
                "step_unknown" => "unknown".to_owned(),
                "step_cancelled" => "cancelled".to_owned(),
                "step_waiting" if event["reason"] == "service" => class("blocked"),
                "step_waiting" if event["reason"] == "pause" => "paused".to_owned(),
                _ => return None,
            })
        });
        ends.last().unwrap_or_else(|| "none".to_owned())
    }

    /// The result of a step that succeeded.
    pub fn result(&self, step: &str) -> Value {
        let found = self.of(step).filter(|event| event["event"] == "step_succeeded").last();
        found.map_or(Value::Null, |event| event["result"].clone())
    }

    /// What a step that failed says.
    pub fn message(&self, step: &str) -> String {
        let found = self.of(step).filter_map(|event| event["error"]["message"].as_str()).last();
        found.unwrap_or_default().to_owned()
    }

    /// The last event.
    #[track_caller]
    pub fn last(&self) -> &Value {
        self.events.last().unwrap_or_else(|| panic!("no events:\n{}", self.whole()))
    }

    /// The events.
    pub fn events(&self) -> &[Value] {
        &self.events
    }

    /// What people read.
    pub fn stderr(&self) -> &str {
        &self.stderr
    }

    /// What programs read.
    pub fn stdout(&self) -> &str {
        &self.stdout
    }

    fn of<'a>(&'a self, step: &str) -> impl Iterator<Item = &'a Value> {
        let (step, key) = match step.split_once('[') {
            Some((step, key)) => (step.to_owned(), key.trim_end_matches(']').to_owned()),
            None => (step.to_owned(), String::new()),
        };
        self.events
            .iter()
            .filter(move |event| event["step"] == *step && event["item"]["key"].as_str().unwrap_or_default() == key)
    }

    fn whole(&self) -> String {
        format!("exit {:?}\n--- stdout\n{}--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}
