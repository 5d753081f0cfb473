//! Whether the person in front agrees: asked on a terminal, and only a plain yes is one.

use std::io::{BufRead as _, IsTerminal as _};

use crate::commands::opening::Refusal;
use crate::commands::output;

/// Tells whether somebody reads the question and can answer it.
pub fn somebody_is_here() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks whether to go on. `otherwise` says what a no leaves undone.
pub fn ask(otherwise: &str) -> Result<(), Refusal> {
    output::tell("Go on? [y/N] ");
    let mut answer = String::new();
    // Who cannot be read has not agreed.
    drop(std::io::stdin().lock().read_line(&mut answer));
    match is_yes(&answer) {
        true => Ok(()),
        false => Err(Refusal { message: format!("{otherwise}\n"), code: 130 }),
    }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(["y\n", " YES \r\n"].into_iter().all(is_yes));
        assert!(!["", "\n", "n\n", "yeah\n", "j\n"].into_iter().any(is_yes));
    }
}
