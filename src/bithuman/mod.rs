//! bithuman
