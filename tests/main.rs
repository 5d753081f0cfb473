//! One integration binary.

mod architecture;
mod check_cases;
mod examples;
mod page_snippets;
mod rule_cases;
mod sandbox;
