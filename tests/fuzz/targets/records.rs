//! `fuzzing::records`, for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runsheet::fuzzing::records(bytes));
