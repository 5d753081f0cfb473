//! The sandbox without sockets and without a clock: a request and an instant in, an answer out.
//!
//! For simulations, whose weeks pass in a minute: they say what time it is. Faults happen as on the wire, but that no
//! delay is waited for.

use std::io;

use serde_json::Value;

use crate::clock::Timestamp;
use crate::sandbox::service::{Incoming, Reached, Service};
use crate::sandbox::settings::Settings;
use crate::sandbox::state::Heard;

/// A sandbox that stands still until it is asked.
pub struct StillSandbox(Service);

/// What became of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum StillAnswer {
    /// It was answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The headers beside those that every answer has.
        headers: Vec<(String, String)>,
        /// The body.
        body: Value,
    },
    /// The connection was closed without an answer, or the answer could not be read.
    Lost,
}

impl StillSandbox {
    /// Opens the account.
    pub fn open(settings: Settings, now: Timestamp) -> io::Result<Self> {
        Service::open(settings, now).map(Self)
    }

    /// Answers a request.
    pub fn ask(&mut self, method: &str, path: &str, body: &Value, now: Timestamp) -> io::Result<StillAnswer> {
        let disturbance = self.0.receive(method, path)?;
        let incoming = Incoming {
            method: method.to_owned(),
            path: path.to_owned(),
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
            secret: self.0.settings.secret.as_ref().map(|secret| secret.expose().to_owned()).or(Some("any".to_owned())),
            ..Incoming::default()
        };
        let reached = self.0.reach(incoming, disturbance.mishap.as_ref(), now);
        self.0.errands.clear();
        Ok(match reached {
            Reached::Lost | Reached::Garbled(_) => StillAnswer::Lost,
            Reached::Gateway(status) => StillAnswer::Answered { status, headers: Vec::new(), body: Value::Null },
            Reached::Answered(answer) => StillAnswer::Answered {
                status: answer.status,
                headers: answer.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                body: answer.body,
            },
        })
    }

    /// All that was ever heard, in order.
    pub fn heard(&self) -> &[Heard] {
        &self.0.state.heard
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::settings::Attendance;

    #[test]
    fn a_room_is_there_while_somebody_attends_it() {
        let attended = [("hall", 10, 20), ("hall", 30, 40), ("attic", 15, 16)];
        let attendance = attended.map(|(room, from, to)| Attendance {
            room: room.to_owned(),
            from: Timestamp(from),
            to: Timestamp(to),
        });
        let settings = Settings {
            agents: vec!["A91XMB7113".to_owned()],
            rooms: Vec::new(),
            attendance: attendance.into(),
            ..Settings::default()
        };
        let mut sandbox = StillSandbox::open(settings, Timestamp(0)).unwrap();
        let mut status = |room: &str, at: i64| {
            let body = json!({ "message": "hello", "room_id": room });
            match sandbox.ask("POST", "/v1/agent/A91XMB7113/speak", &body, Timestamp(at)).unwrap() {
                StillAnswer::Answered { status, .. } => status,
                StillAnswer::Lost => 0,
            }
        };
        assert_eq!([9, 10, 19, 20, 35, 40].map(|at| status("hall", at)), [404, 200, 200, 404, 200, 404]);
        assert_eq!([status("attic", 15), status("cellar", 15)], [200, 404]);
        assert_eq!(sandbox.heard().len(), 4);
    }
}
