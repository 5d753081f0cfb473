//! Every report of one run, told together.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::clock::Timestamp;
use crate::report::Report;
use crate::report::csv::Csv;
use crate::report::json_lines::JsonLines;
use crate::report::junit::Junit;
use crate::report::moment::Moment;
use crate::report::people::PeopleFile;
use crate::report::projection::RunView;
use crate::report::target::{Format, ReportTarget};

/// The reports of one run.
#[derive(Default)]
pub struct Reports(Vec<Box<dyn Report>>);

impl Reports {
    /// Opens what was asked for; files are created now, so that a wrong path is known before anything is sent.
    pub fn open(targets: &[ReportTarget], view: &RunView) -> io::Result<Self> {
        let mut reports = Self::default();
        for target in targets {
            reports.push(open(target, view.clone()).map_err(|error| named(target, &error))?);
        }
        Ok(reports)
    }

    /// Adds a report, such as the terminal.
    pub fn push(&mut self, report: Box<dyn Report>) {
        self.0.push(report);
    }
}

impl Report for Reports {
    fn event(&mut self, moment: &Moment) {
        self.0.iter_mut().for_each(|report| report.event(moment));
    }

    fn notice(&mut self, words: &str) {
        self.0.iter_mut().for_each(|report| report.notice(words));
    }

    fn moves(&self) -> bool {
        self.0.iter().any(|report| report.moves())
    }

    fn tick(&mut self, now: Timestamp) {
        self.0.iter_mut().for_each(|report| report.tick(now));
    }

    /// Ends every report, also after one has failed.
    fn finish(&mut self) -> io::Result<()> {
        let ends: Vec<_> = self.0.iter_mut().map(|report| report.finish()).collect();
        ends.into_iter().collect()
    }
}

fn open(target: &ReportTarget, view: RunView) -> io::Result<Box<dyn Report>> {
    Ok(match (target.format, &target.file) {
        (Format::JsonLines, None) => Box::new(JsonLines::new(view, Box::new(io::stdout()), false)),
        (Format::JsonLines, Some(file)) => Box::new(JsonLines::new(view, Box::new(create(file)?), true)),
        (Format::Junit, Some(file)) => create_folder(file).map(|()| Box::new(Junit::new(view, file.clone())))?,
        (Format::Csv, Some(file)) => create_folder(file).map(|()| Box::new(Csv::new(view, file.clone())))?,
        (Format::People, Some(file)) => create_folder(file).map(|()| Box::new(PeopleFile::new(view, file.clone())))?,
        (Format::Junit | Format::Csv | Format::People, None) => {
            return Err(io::Error::other("the report needs a file"));
        }
    })
}

fn named(target: &ReportTarget, error: &io::Error) -> io::Error {
    let file = target.file.as_deref().unwrap_or(Path::new("stdout"));
    io::Error::new(error.kind(), format!("cannot write the report `{}`: {error}", file.display()))
}

fn create(file: &Path) -> io::Result<File> {
    create_folder(file)?;
    File::create(file)
}

fn create_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => fs::create_dir_all(folder),
        _ => Ok(()),
    }
}

/// Replaces a file at once: who reads it sees the old text or the new one.
pub(crate) fn replace_file(file: &Path, text: &[u8]) -> io::Result<()> {
    replace_file_with(file, |output| output.write_all(text))
}

/// The same with a text that is written piece by piece.
pub(crate) fn replace_file_with(file: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    let partial = file.with_file_name(name);
    let written = File::create(&partial).and_then(|output| {
        let mut output = BufWriter::new(output);
        write(&mut output)?;
        output.flush()?;
        fs::rename(&partial, file)
    });
    written.inspect_err(|_| drop(fs::remove_file(&partial)))
}
