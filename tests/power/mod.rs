//! Power cuts and cut journals, in memory: whatever is left of a journal, the run ends as if nothing had happened.

mod cuts;
mod prefixes;
mod world;
