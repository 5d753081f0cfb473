//! `fuzzing::file`, for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runsheet::fuzzing::file(bytes));
