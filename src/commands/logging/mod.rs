//! The global options: what the program tells of itself, and its colours.
//!
//! What happens in a run is told by reports; these diagnostics are for those who look for a fault of the program.
//! One span a run, step and attempt says where an event belongs. None holds a text that is said, a body or the value
//! of a header, and every line passes a filter that knows every secret of the process: see [`lines`].

mod lines;
mod panics;

use clap::ValueEnum;
use tracing::subscriber::set_global_default;
use tracing_subscriber::EnvFilter;

const HEADING: &str = "Global options";

/// The global options, taken by every command.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What the program tells of itself on stderr; else `RUST_LOG`, else `warn`
    ///
    /// A level is about this program; `RUST_LOG=trace` lets its libraries speak too, `RUST_LOG=runsheet::executors=trace`
    /// a part of it. Secrets are taken out of every line.
    #[arg(long, global = true, value_enum, value_name = "LEVEL", help_heading = HEADING, hide_short_help = true)]
    log_level: Option<Level>,
    /// The form in which it does
    ///
    /// `json` is an object a line, with `span` and `spans`: the run, the step, the attempt and its request id.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORM",
        default_value_t,
        help_heading = HEADING,
        hide_short_help = true
    )]
    log_format: Format,
    /// When to use colours; `NO_COLOR` turns them off too
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        help_heading = HEADING,
        hide_short_help = true
    )]
    color: Color,
}

/// How much the program tells of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Level {
    /// Nothing.
    Off,
    /// What went wrong.
    Error,
    /// What may be wrong.
    Warn,
    /// What it does.
    Info,
    /// How it does it.
    Debug,
    /// Everything.
    Trace,
}

/// The form of what the program tells of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// One object a line.
    Json,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Also in files and pipes.
    Always,
    /// Nowhere.
    Never,
}

impl Arguments {
    /// Sets up diagnostics and colours for the process. Once.
    pub fn apply(&self) {
        if let Some(choice) = self.colours() {
            choice.write_global();
        }
        let with_colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
        panics::install();
        let lines =
            tracing_subscriber::fmt().with_env_filter(self.filter()).with_ansi(with_colour).with_writer(lines::Lines);
        // Libraries that speak through `log` are not listened to: one of them tells every value that it renders,
        // `sensitive` inputs among them. A second set-up is refused, and the first one stands.
        drop(match self.log_format {
            Format::Text => set_global_default(lines.finish()),
            Format::Json => set_global_default(lines.json().finish()),
        });
    }

    fn colours(&self) -> Option<anstream::ColorChoice> {
        match self.color {
            Color::Auto => None,
            Color::Always => Some(anstream::ColorChoice::Always),
            Color::Never => Some(anstream::ColorChoice::Never),
        }
    }

    fn filter(&self) -> EnvFilter {
        match self.log_level {
            Some(level) => EnvFilter::new(level.directive()),
            None => EnvFilter::try_from_env("RUST_LOG").unwrap_or_else(|_| EnvFilter::new("warn")),
        }
    }
}

impl Level {
    /// What is asked for is about this program: its libraries tell no more than warnings.
    fn directive(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "warn,runsheet=info",
            Self::Debug => "warn,runsheet=debug",
            Self::Trace => "warn,runsheet=trace",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_about_this_program_and_every_one_can_be_read() {
        for level in Level::value_variants() {
            assert!(EnvFilter::builder().parse(level.directive()).is_ok(), "{level:?}");
        }
        assert!(Level::Trace.directive().starts_with("warn,"));
    }
}
