//! `report:` of a workflow: the table of a run's people, written into the project whenever the run ends or stops.
//!
//! Every run passes here on its way to be driven, whoever began it. Of a run that is taken up again the past is told
//! first, so the table always covers all of it; one whose process died has its table once it is resumed. A table that cannot be written fails no run: it is told.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use crate::clock::Timestamp;
use crate::data::project::{PathError, Project};
use crate::engine::event::Start;
use crate::report::people::{Form, People, is_table};
use crate::report::{Moment, Report, RunView};
use crate::template::Template;

/// How much of a file tells whether it is a table.
const BEGINNING: u64 = 1024;

/// Writes what the workflow asks for, before the other reports end: they can still tell of it.
pub(super) struct AskedReports {
    people: People,
    project: Project,
    /// The forms and their paths, as templates.
    targets: Vec<(Form, String)>,
    start: Arc<Start>,
    rest: Box<dyn Report>,
}

impl AskedReports {
    /// A report that also writes what a run's workflow asks for; the same one where it asks for nothing.
    pub(super) fn beside(rest: Box<dyn Report>, start: &Start, project: &Project) -> Box<dyn Report> {
        let asked = &start.plan.reports;
        let csv = asked.csv.iter().map(|path| (Form::Csv, path.clone()));
        let targets: Vec<_> = csv.chain(asked.json.iter().map(|path| (Form::Json, path.clone()))).collect();
        if targets.is_empty() {
            return rest;
        }
        let start = Arc::new(start.clone());
        let people = People::new(RunView::new(start.clone()));
        Box::new(Self { people, project: project.clone(), targets, start, rest })
    }

    /// Writes one table. Answers its path as people know it, else why it is not written.
    fn write(&self, (form, path): &(Form, String)) -> Result<String, String> {
        let scope = json!({ "vars": self.start.plan.vars, "run": { "id": self.start.run } });
        let template = Template::parse(path).map_err(|error| error.message)?;
        let written = template.render(&scope).map_err(|error| error.to_string())?;
        let written = written.trim().to_owned();
        let file = self.project.place(&written).map_err(|error| refused(&error))?;
        let failed = |error: io::Error| refused(&PathError::unwritable(&written, &error));
        if !may_be_replaced(&file).map_err(failed)? {
            return Err(format!("`{written}` is another file, which is kept — name a path of its own"));
        }
        self.people.write(&file, *form).map_err(failed)?;
        Ok(written)
    }
}

/// Why a place is refused, and the way out.
fn refused(error: &PathError) -> String {
    match error {
        PathError::Outside { .. } | PathError::Private { .. } => {
            format!("{error} — name a path within it, such as `reports/{{{{ run.id }}}}.csv`")
        }
        error => error.hint().map_or_else(|| error.to_string(), |hint| format!("{error} — {hint}")),
    }
}

impl Report for AskedReports {
    fn event(&mut self, moment: &Moment) {
        self.people.take(moment);
        self.rest.event(moment);
    }

    fn tick(&mut self, now: Timestamp) {
        self.rest.tick(now);
    }

    fn notice(&mut self, words: &str) {
        self.rest.notice(words);
    }

    fn finish(&mut self) -> io::Result<()> {
        let mut failed = None;
        for target in &self.targets {
            match self.write(target) {
                Ok(written) => self.rest.notice(&format!("report: {written}")),
                Err(why) => {
                    let words = format!("no report was written: {why}");
                    self.rest.notice(&words);
                    failed = Some(io::Error::other(words));
                }
            }
        }
        self.rest.finish()?;
        failed.map_or(Ok(()), Err)
    }
}

/// Tells whether nothing is lost by writing here: there is no file, an empty one, or such a table.
fn may_be_replaced(file: &Path) -> io::Result<bool> {
    let mut beginning = Vec::new();
    match File::open(file) {
        Ok(found) => found.take(BEGINNING).read_to_end(&mut beginning)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    Ok(beginning.is_empty() || is_table(&beginning))
}
