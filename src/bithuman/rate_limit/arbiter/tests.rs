//! Who goes out next, over instants.
