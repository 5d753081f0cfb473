//! One integration binary.

mod page_snippets;
mod sandbox;
