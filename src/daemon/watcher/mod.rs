//! Watches folders of workflows: tells which files came to rest with another content, a save at a time.
//!
//! [`source`]s only say "look again"; one worker looks, [`settle`] decides when a file has come to rest, and
//! [`tree`] knows what is looked at. An editor may truncate and write, rename, move or delete and make again: what
//! counts is the content when nothing has happened to the path for a moment. [`definitions`] knows which workflows a
//! file belongs to, and [`outline`] what changed in them, step by step.
//!
//! Nothing is run here: the command `watch` is told, and decides. A server looks at its files when it is asked.

pub mod definitions;
pub mod outline;
pub mod settle;
pub mod source;
pub mod tree;

mod worker;

pub use settle::Seen;
pub use worker::{Saved, Watch, Watcher, WatcherError};
