#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bega_fuzz::run("sdp", bytes));
