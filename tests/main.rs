//! One integration binary.

mod actions;
mod architecture;
mod check_cases;
mod commands;
mod crash;
mod examples;
mod faults;
mod fuzz;
mod journal;
mod live;
mod page_snippets;
mod power;
mod readme;
mod rule_cases;
mod run;
mod sandbox;
mod scale;
mod secrets;
mod soak;
mod support;
