//! One integration binary.

mod architecture;
mod check_cases;
mod page_snippets;
mod rule_cases;
mod sandbox;
