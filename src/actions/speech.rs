//! How long a text takes to say: an estimate, for holds and for plans.
//!
//! The rule, at a rate of `r` words a minute (150 unless the file says otherwise):
//!
//! - scripts written with spaces: each word takes `60 / r` seconds, and words of more than ten letters half as long
//!   again; a number takes as long as the words it is read as, about one a digit or two;
//! - Chinese, Japanese, Korean and other scripts without spaces: each character takes `24 / r` seconds, as two and a
//!   half of them are said in the time of a word;
//! - a comma, colon, semicolon or dash adds 0.2 s, the end of a sentence 0.4 s, an ellipsis or a new paragraph 0.6 s.
//!
//! Real voices differ by about a quarter either way, and a cloned voice by more. Where it matters, write `hold`.

use unicode_segmentation::UnicodeSegmentation;

use crate::duration::Millis;

/// The words a minute of an ordinary voice.
pub const DEFAULT_RATE: f64 = 150.0;

/// Estimates how long a text takes to say at `rate` words a minute; a rate that is no rate counts as the default.
pub fn estimate(text: &str, rate: f64) -> Millis {
    let rate = if rate.is_finite() && rate >= 1.0 { rate } else { DEFAULT_RATE };
    let words: f64 = text.unicode_words().map(word_weight).sum();
    let pauses: f64 = text.chars().map(pause_seconds).sum::<f64>() + 0.6 * text.matches("\n\n").count() as f64;
    Millis(((words * 60.0 / rate + pauses) * 1000.0).round() as u64)
}

/// How long a word takes, in ordinary words.
fn word_weight(word: &str) -> f64 {
    let unspaced = word.chars().filter(|&c| is_unspaced(c)).count();
    if unspaced > 0 {
        return unspaced as f64 * 0.4;
    }
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let letters = word.chars().count();
    if digits > 0 {
        (digits as f64 * 0.6).max(1.0)
    } else if letters > 10 {
        1.5
    } else {
        1.0
    }
}

/// Tells whether a character belongs to a script that is written without spaces.
fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF
        | 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF
        | 0xF900..=0xFAFF | 0xFF66..=0xFF9F | 0x20000..=0x323AF)
}

fn pause_seconds(c: char) -> f64 {
    match c {
        ',' | ':' | ';' | '–' | '—' | '،' | '、' | '，' | '：' | '；' => 0.2,
        '.' | '!' | '?' | '。' | '！' | '？' | '؟' | '।' => 0.4,
        '…' => 0.6,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_takes_its_words_and_its_pauses() {
        assert_eq!(estimate("Hello Alex, welcome to the launch!", 150.0), Millis(3_000));
        assert_eq!(estimate("", 150.0), Millis::ZERO);
    }

    #[test]
    fn twice_the_rate_halves_the_words_but_not_the_pauses() {
        let (slow, fast) = (estimate("one two three four", 100.0), estimate("one two three four", 200.0));
        assert_eq!(slow.0, fast.0 * 2);
        assert_eq!(estimate("one.", 0.0), estimate("one.", DEFAULT_RATE));
    }

    #[test]
    fn unspaced_scripts_count_characters() {
        let chinese = estimate("欢迎来到发布会", 150.0);
        assert_eq!(chinese, Millis(7 * 160));
        assert!(estimate("환영합니다", 150.0) > Millis(500));
        assert!(estimate("ยินดีต้อนรับ", 150.0) > Millis(500));
    }
}
