//! The `runsheet` binary: arguments, command, exit code.

fn main() {}
