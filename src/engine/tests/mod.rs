//! Runs of tiny plans, by topic.

mod attempts;
mod carrying;
mod course;
mod loops;
mod people;
mod properties;
mod scale;
mod script;
mod selection;
mod timing;
