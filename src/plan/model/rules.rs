//! Rules that keep a line from going out: to whom, when and how often it may.
//!
//! Only *once* steps have them. Texts stay unrendered here; they are read whenever a line is about to go out, so that
//! a wait, a retry or a resume is looked at anew.

use serde::{Deserialize, Serialize};

use crate::duration::Millis;
use crate::window::Window;

/// The rules of one step: its own, and those of its loop and its file that it does not set itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// A template: at most once for this value over all runs of the workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once_per: Option<String>,
    /// When people may be addressed; none where the step is critical.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowRule>,
    /// Whether it passes a window that rules others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub critical: bool,
    /// How often a person may be addressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<CapRule>,
    /// Whether it is too late when the first window ends that was open once its moment had come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expires_with_window: bool,
    /// Texts of which each person hears one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variants: Option<Variants>,
}

/// When people may be addressed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowRule {
    /// The days and hours.
    pub window: Window,
    /// A template: the IANA name of the person's time zone.
    pub timezone: String,
    /// Files of holidays, by the path as written; [`super::Plan::files`] has their hashes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
    /// Days on which nobody is addressed, as `2026-12-25`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dates: Vec<String>,
}

/// How often a person may be addressed. What one item of a loop says in one run counts as one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapRule {
    /// The most times within any stretch of this length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolling: Option<Rolling>,
    /// The most times on one day of the person's calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u32>,
    /// An expression: the person.
    pub per: String,
    /// The group whose workflows count together.
    pub group: String,
    /// A template: the IANA name of the person's time zone, where `per_day` needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

/// So many times within any stretch of a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rolling {
    /// The most times; one at least.
    pub max: u32,
    /// The length, on the world's clock.
    pub every: Millis,
}

/// Texts of which each person hears one, or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variants {
    /// Another seed draws anew.
    pub seed: String,
    /// The share of those who hear nothing, from 0 to 1.
    pub holdout: f64,
    /// The action's field that the texts stand for.
    pub field: String,
    /// The texts.
    pub arms: Vec<Arm>,
}

/// One of several texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Its name in reports.
    pub name: String,
    /// Its share, against the others'.
    pub weight: f64,
    /// The text, a template.
    pub text: String,
}

/// Who of a loop's items is left out when their turn comes. The file is read again each time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Exclusion {
    /// `csv`, `json`, `jsonl` or `yaml`.
    pub format: String,
    /// The path, relative to the project.
    pub path: String,
    /// The column that names who is left out; where items are single values, that of the file alone.
    pub column: String,
}

impl Rules {
    /// Tells whether nothing is ruled.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A number from 0 up to 1 that is the same for the same seed and key, and spread evenly over keys.
pub fn draw(seed: &str, key: &str) -> f64 {
    let hash = crate::sha256::hex(format!("{}:{seed}:{key}", seed.len()));
    let number = u64::from_str_radix(&hash[..13], 16).unwrap_or_default();
    // 13 hexadecimal digits are 52 bits: each is a float of its own.
    number as f64 / (1u64 << 52) as f64
}

impl Variants {
    /// What a person hears; none when they are held out.
    pub fn of(&self, key: &str) -> Option<&Arm> {
        let drawn = draw(&self.seed, key);
        if drawn < self.holdout {
            return None;
        }
        let share = (drawn - self.holdout) / (1.0 - self.holdout);
        let total: f64 = self.arms.iter().map(|arm| arm.weight).sum();
        let mut reached = 0.0;
        let found = self.arms.iter().find(|arm| {
            reached += arm.weight / total;
            share < reached
        });
        found.or(self.arms.last())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variants(holdout: f64, weights: &[f64]) -> Variants {
        let arm =
            |(place, weight): (usize, &f64)| Arm { name: format!("arm{place}"), weight: *weight, text: String::new() };
        let arms = weights.iter().enumerate().map(arm).collect();
        Variants { seed: "s".to_owned(), holdout, field: "message".to_owned(), arms }
    }

    #[test]
    fn shares_are_as_written_and_the_same_for_the_same_key() {
        let variants = variants(0.05, &[1.0, 3.0]);
        let count = |name: Option<&str>| {
            let keys = (0..20_000).map(|key| format!("customer-{key}"));
            keys.filter(|key| variants.of(key).map(|arm| arm.name.as_str()) == name).count()
        };
        let (none, first, second) = (count(None), count(Some("arm0")), count(Some("arm1")));
        assert!((900..1100).contains(&none), "{none}");
        assert!((4550..4950).contains(&first), "{first}");
        assert_eq!(none + first + second, 20_000);
        assert_eq!(variants.of("Ada"), variants.clone().of("Ada"));
    }

    #[test]
    fn another_seed_draws_anew_and_no_two_spellings_share_a_draw() {
        assert!((draw("a", "b") - draw("b", "b")).abs() > f64::EPSILON);
        assert!((draw("a:b", "c") - draw("a", "b:c")).abs() > f64::EPSILON);
    }
}
