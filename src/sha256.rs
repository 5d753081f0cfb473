//! SHA-256 as text: how files, prompts and faces are known by their content.

use sha2::{Digest as _, Sha256};

/// The SHA-256 of the bytes, in lower-case hexadecimal.
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_digest_is_the_one_of_the_standard() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(super::hex("abc"), abc);
    }
}
