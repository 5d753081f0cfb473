//! Numbers that look random and are the same for the same seed: codes, ids, shares of faults.

/// One step of splitmix64, as published by Sebastiano Vigna.
fn splitmix64(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The `n`-th number of a named stream.
pub(crate) fn draw(seed: u64, stream: &str, n: u64) -> u64 {
    let name = stream.bytes().fold(seed, |state, byte| splitmix64(state ^ u64::from(byte)));
    splitmix64(name ^ splitmix64(n))
}

/// The `n`-th number of a named stream, from 0.0 to below 1.0.
pub(crate) fn draw_share(seed: u64, stream: &str, n: u64) -> f64 {
    (draw(seed, stream, n) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A uuid from a named stream.
pub(crate) fn draw_uuid(seed: u64, stream: &str, n: u64) -> uuid::Uuid {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&draw(seed, stream, n).to_be_bytes());
    bytes[8..].copy_from_slice(&draw(seed ^ u64::MAX, stream, n).to_be_bytes());
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// An agent's code shaped like `A91XMB7113`.
pub(crate) fn agent_code(mut bits: u64) -> String {
    let mut code = String::from("A");
    for kind in "ddlllddd".chars().chain(['d']) {
        let (first, count) = if kind == 'd' { (b'0', 10) } else { (b'A', 26) };
        code.push(char::from(first + (bits % count) as u8));
        bits /= count;
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_another_does_not() {
        assert_eq!(draw(1, "agent", 0), draw(1, "agent", 0));
        assert_ne!(draw(1, "agent", 0), draw(2, "agent", 0));
        assert_ne!(draw(1, "agent", 0), draw(1, "agent", 1));
        assert_ne!(draw(1, "agent", 0), draw(1, "webhook", 0));
        assert_eq!(draw_uuid(1, "account", 0).get_version_num(), 4);
    }

    #[test]
    fn codes_have_the_published_shape() {
        for n in 0..200 {
            let code = agent_code(draw(7, "agent", n));
            let shape: String = code.chars().map(|c| if c.is_ascii_digit() { '0' } else { 'A' }).collect();
            assert_eq!(shape, "A00AAA0000", "{code}");
            assert!(crate::ids::is_agent_code(&code));
        }
    }

    #[test]
    fn shares_are_spread_evenly() {
        let below = (0..10_000).filter(|&n| draw_share(3, "fault", n) < 0.2).count();
        assert!((1_800..2_200).contains(&below), "{below}");
    }
}
