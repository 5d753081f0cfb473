//! `runsheet check`: every mistake of every workflow file, before anything runs.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;

use crate::commands::output;
use crate::data::project::Project;
use crate::diagnostic::{Diagnostic, Source, github, json, nearest, render};
use crate::workflow::agents::{self, SharedAgents};
use crate::workflow::check::{self as rules, Checked};
use crate::workflow::codes::{self, Code};
use crate::workflow::folder;
use crate::workflow::load::{self, Loaded};
use crate::workflow::model::Workflow;

/// Check workflow files: every mistake of each, with its line and its fix
///
/// Nothing runs. Without a path, the project's `workflows` folder or else the current folder is checked. Exits with
/// 2 when there is an error.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  runsheet check\n  runsheet check workflows --format github\n  runsheet check --explain unknown-step"
)]
pub struct Arguments {
    /// Files, or folders to look through
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How mistakes are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Explain a code, or list them all
    #[arg(long, value_name = "CODE", num_args = 0..=1, default_missing_value = "")]
    pub explain: Option<String>,
}

/// How mistakes are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// A JSON array.
    Json,
    /// Annotations of a pull request on GitHub.
    Github,
}

/// What a check found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Every mistake of every file.
    pub diagnostics: Vec<Diagnostic>,
    /// How many workflow files there are.
    pub files: usize,
    /// How many steps they have.
    pub steps: usize,
}

/// Checks, and prints what was found.
pub fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    if let Some(word) = &arguments.explain {
        return Ok(explain(word)?);
    }
    let paths = if arguments.paths.is_empty() { default_paths()? } else { arguments.paths.clone() };
    let findings = check(&paths);
    print(&findings, arguments.format)?;
    if findings.files == 0 && findings.diagnostics.is_empty() {
        let shown: Vec<_> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
        anyhow::bail!("no workflow file in {}; a workflow is a `.yaml` file with `version: 1`", shown.join(", "));
    }
    Ok(if findings.diagnostics.iter().any(Diagnostic::is_error) { 2 } else { 0 })
}

/// Checks files and folders.
pub fn check(paths: &[PathBuf]) -> Findings {
    let mut findings = Findings::default();
    let mut names: HashMap<String, Arc<Source>> = HashMap::new();
    let mut declaring: BTreeMap<PathBuf, Vec<Workflow>> = BTreeMap::new();
    for file in folder::below(paths) {
        let read = if file.is_found { load::read } else { load::named };
        let loaded = match read(&file.path, &file.path) {
            Ok(loaded) if kind(&loaded).as_deref() == Some(agents::KIND) => {
                findings.files += 1;
                let project = Project::find(Some(&file.path), Path::new("."));
                findings.diagnostics.extend(agents::check(&loaded, &project).1);
                findings.diagnostics.extend(agents::misplaced(&loaded, &project));
                continue;
            }
            Ok(loaded) if file.is_found && loaded.root.get("kind").is_some() => continue,
            Ok(loaded) => loaded,
            Err(mistakes) => {
                findings.files += 1;
                findings.diagnostics.extend(mistakes);
                continue;
            }
        };
        findings.files += 1;
        findings.steps += steps(&loaded);
        let project = Project::find(Some(&file.path), Path::new("."));
        let Checked { workflow, diagnostics } = rules::check(&loaded, &project);
        findings.diagnostics.extend(diagnostics);
        findings.diagnostics.extend(same_name(&loaded, &mut names));
        if let Some(workflow) = workflow.filter(|workflow| !workflow.agents.own.is_empty()) {
            declaring.entry(project.folder().to_owned()).or_default().push(workflow);
        }
    }
    for (folder, workflows) in &declaring {
        let (_, mut doubled) = agents::together(workflows, &SharedAgents::of(&Project::at(folder)));
        // What a workflow has in common with a shared file is told already.
        doubled.retain(|mistake| !findings.diagnostics.contains(mistake));
        findings.diagnostics.append(&mut doubled);
    }
    findings
}

/// The workflows of the project, and the agents that they share.
fn default_paths() -> std::io::Result<Vec<PathBuf>> {
    let mut paths = vec![folder::default_folder()?];
    let current = std::env::current_dir()?;
    let shared = Project::find(None, &current).folder().join(agents::FOLDER);
    if shared.is_dir() {
        paths.push(shared.strip_prefix(&current).map(Path::to_owned).unwrap_or(shared));
    }
    Ok(paths)
}

fn kind(loaded: &Loaded) -> Option<String> {
    Some(loaded.root.get("kind")?.text()?.value)
}

fn print(findings: &Findings, format: Format) -> anyhow::Result<()> {
    let diagnostics = &findings.diagnostics;
    match format {
        Format::Json => output::data(format_args!("{}\n", json::array(diagnostics)?))?,
        Format::Github => output::data(github::commands(diagnostics))?,
        Format::Text => {
            if let Some(summary) = render::summary(diagnostics) {
                output::tell(format_args!("{}\n{summary}\n", render::human(diagnostics)));
            }
            if findings.files > 0 && !diagnostics.iter().any(Diagnostic::is_error) {
                let counted = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
                let (files, steps) = (counted(findings.files, "file"), counted(findings.steps, "step"));
                output::data(format_args!("ok: {files}, {steps}\n"))?;
            }
        }
    }
    Ok(())
}

fn steps(loaded: &Loaded) -> usize {
    let scripts = ["steps", "on_failure", "finally"].iter().filter_map(|key| loaded.root.get(key));
    scripts.map(|script| entries(script.as_list().unwrap_or_default())).sum()
}

/// Counts steps; a group is none, a loop is one with those in it. Bounded by the depth of what is read.
fn entries(items: &[crate::workflow::node::Node]) -> usize {
    let count = |item: &crate::workflow::node::Node| match (item.as_list(), item.get("parallel"), item.get("steps")) {
        (Some(items), ..) => entries(items),
        (_, Some(group), _) => entries(group.as_list().unwrap_or_default()),
        (.., Some(body)) => 1 + entries(body.as_list().unwrap_or_default()),
        _ => 1,
    };
    items.iter().map(count).sum()
}

fn same_name(loaded: &Loaded, names: &mut HashMap<String, Arc<Source>>) -> Option<Diagnostic> {
    let written = loaded.root.get("name").and_then(|node| node.text());
    let (name, span) = match written {
        Some(name) => (name.value, name.span),
        None => (loaded.source.path.file_stem()?.to_string_lossy().into_owned(), 0..0),
    };
    let Some(first) = names.get(&name) else {
        names.insert(name, loaded.source.clone());
        return None;
    };
    let message = format!("the name `{name}` is taken by `{}`", first.path.display());
    let hint = "give one of them another `name:`";
    Some(Diagnostic::error("duplicate-workflow", &loaded.source, span, message).hint(hint))
}

fn explain(word: &str) -> std::io::Result<u8> {
    if word.is_empty() {
        let lines: String = codes::all().map(|code| format!("{:20} {}\n", code.word, code.summary)).collect();
        output::data(lines)?;
        return Ok(0);
    }
    let Some(code) = codes::find(word) else {
        let near = nearest(word, codes::all().map(|code| code.word));
        let hint =
            near.map_or("`--explain` without a code lists them".to_owned(), |near| format!("did you mean `{near}`?"));
        output::tell(format_args!("error: `{word}` is no code\n  = hint: {hint}\n"));
        return Ok(2);
    };
    let Code { word, summary, explanation, example } = code;
    let example: String = example.lines().map(|line| format!("    {line}\n")).collect();
    output::data(format_args!("{word}: {summary}\n\n{explanation}\n\n{example}"))?;
    Ok(0)
}

#[cfg(test)]
mod tests;
