//! What was found, a line each, and the exit code that follows from it.

use anstyle::{AnsiColor, Effects, Style};

use crate::text::{Line, pad, width};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    mark: Mark,
    subject: &'static str,
    words: String,
    hint: Option<String>,
    code: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Good,
    Bad,
    Care,
    Note,
}

/// Everything that was looked at, in order.
#[derive(Debug, Default)]
pub struct Checklist(Vec<Finding>);

impl Finding {
    /// All is well.
    pub fn good(subject: &'static str, words: impl Into<String>) -> Self {
        Self { mark: Mark::Good, subject, words: words.into(), hint: None, code: 0 }
    }

    /// It keeps a run from its end; the exit code says of what kind it is.
    pub fn bad(subject: &'static str, code: u8, words: impl Into<String>) -> Self {
        Self { mark: Mark::Bad, code, ..Self::good(subject, words) }
    }

    /// Worth a look, and no more.
    pub fn care(subject: &'static str, words: impl Into<String>) -> Self {
        Self { mark: Mark::Care, ..Self::good(subject, words) }
    }

    /// Nothing was found out, and that is to be known.
    pub fn note(subject: &'static str, words: impl Into<String>) -> Self {
        Self { mark: Mark::Note, ..Self::good(subject, words) }
    }

    /// The same with a fix.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl Mark {
    fn shown(self) -> (&'static str, Style) {
        match self {
            Self::Good => ("✔", AnsiColor::Green.on_default()),
            Self::Bad => ("✖", AnsiColor::Red.on_default().effects(Effects::BOLD)),
            Self::Care => ("!", AnsiColor::Yellow.on_default().effects(Effects::BOLD)),
            Self::Note => ("·", Style::new().effects(Effects::DIMMED)),
        }
    }
}

impl Checklist {
    /// Adds what was found.
    pub fn add(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// The exit code: that of the first thing that is broken.
    pub fn code(&self) -> u8 {
        self.0.iter().map(|finding| finding.code).find(|code| *code != 0).unwrap_or(0)
    }

    /// The list for people; whoever prints it takes the colours out where there are none.
    pub fn text(&self) -> String {
        let columns = self.0.iter().map(|finding| width(finding.subject)).max().unwrap_or(0);
        let mut text = String::new();
        for finding in &self.0 {
            let (mark, style) = finding.mark.shown();
            let line = Line::default()
                .with(style, format!(" {mark} "))
                .with(Style::new(), format!("{}  {}", pad(finding.subject, columns), finding.words));
            text.push_str(&format!("{}\n", line.paint(true)));
            if let Some(hint) = &finding.hint {
                text.push_str(&format!("   {}  = hint: {hint}\n", " ".repeat(columns)));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_broken_thing_decides_the_exit_code() {
        let mut checklist = Checklist::default();
        checklist.add(Finding::good("runsheet", "0.1.0"));
        checklist.add(Finding::care("clock", "6.0s behind the service"));
        assert_eq!(checklist.code(), 0);
        checklist.add(Finding::bad("key", 3, "no API secret is set").hint("put it in `.env`"));
        checklist.add(Finding::bad("service", 4, "not reached"));
        assert_eq!(checklist.code(), 3);
        let plain = anstream::adapter::strip_str(&checklist.text()).to_string();
        insta::assert_snapshot!(plain, @"
        ✔ runsheet  0.1.0
        ! clock     6.0s behind the service
        ✖ key       no API secret is set
                    = hint: put it in `.env`
        ✖ service   not reached
        ");
    }
}
