//! Runs of tiny plans, by topic.

mod script;
