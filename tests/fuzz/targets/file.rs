//! `fuzzing::file`, for libFuzzer.
#![no_main]

#[path = "../mutate.rs"]
mod mutate;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runsheet::fuzzing::file(bytes));

// Half of what is tried stays a file of lines: they are taken away, doubled and moved, and odd pieces put between.
libfuzzer_sys::fuzz_mutator!(|bytes: &mut [u8], length: usize, most: usize, seed: u32| {
    if seed % 2 == 0 {
        return libfuzzer_sys::fuzzer_mutate(bytes, length, most);
    }
    let made = mutate::made(&[bytes[..length].to_vec()], u64::from(seed), 1);
    let length = made.len().min(most);
    bytes[..length].copy_from_slice(&made[..length]);
    length
});
