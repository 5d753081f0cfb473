//! Campaigns: the right line, to the right room, at a decent hour, once.

mod rules;
mod week;
