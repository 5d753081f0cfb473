//! The API and the page over raw requests: what is shown, who is let in, what is steered, and that every answer is
//! one of the document's.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic, also in what tests share")]

mod document;
mod guard;
mod hooks;
mod leave;
mod looking;
mod outward;
mod people;
mod request;
mod scale;
mod served;
mod setting_out;
mod steering;
mod streams;
