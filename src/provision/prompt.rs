//! Writes a prompt back to where it is declared: to its file, or into the YAML, with every other byte kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::diagnostic::{Source, Span};
use crate::provision::replace::replace;
use crate::template::Template;
use crate::workflow::agents::{DeclaredAgent, PROMPT, PromptAt, PromptPlace};
use crate::workflow::load;
use crate::workflow::node::Node;

/// The byte order mark that some editors put before a text.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Why a prompt is not written back.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// It is written nowhere.
    #[error("agent `{0}` declares no prompt")]
    NotDeclared(String),
    /// Something is put into it, which would be lost.
    #[error("the prompt of agent `{0}` is a template ({1}), and what was put into it would be lost")]
    Template(String, String),
    /// Its file is another agent's too.
    #[error("the prompt of agent `{0}` is in `{1}`, which agent `{2}` has too")]
    Shared(String, String, String),
    /// The braces in it cannot be written as text.
    #[error("the service's prompt of agent `{0}` has braces that no text can be written for")]
    Braces(String),
    /// The YAML around it does not let it be replaced.
    #[error("the prompt of agent `{0}` cannot be replaced where it stands ({1})")]
    Place(String, String),
    /// The file cannot be read or written, or was changed since it was read.
    #[error("`{0}` cannot be written: {1}")]
    File(String, io::Error),
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The file that changed.
    pub file: PathBuf,
}

/// Writes a prompt to where an agent declares it, so that it reads back as that. `all` is what the project declares.
pub fn write_back<'a>(
    agent: &DeclaredAgent,
    prompt: &str,
    all: impl IntoIterator<Item = &'a DeclaredAgent>,
) -> Result<Written, PromptError> {
    let place = agent.prompt.as_ref().ok_or_else(|| PromptError::NotDeclared(agent.name.clone()))?;
    if place.is_template {
        return Err(PromptError::Template(agent.name.clone(), agent.place()));
    }
    let prompt = &as_text(prompt).ok_or_else(|| PromptError::Braces(agent.name.clone()))?;
    let (file, before, text) = match &place.at {
        PromptAt::File { path, text } => {
            let is_its = |place: &PromptPlace| matches!(&place.at, PromptAt::File { path: other, .. } if other == path);
            let mut others = all.into_iter().filter(|other| other.name != agent.name);
            if let Some(other) = others.find(|other| other.prompt.as_ref().is_some_and(is_its)) {
                let shown = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                return Err(PromptError::Shared(agent.name.clone(), shown, other.name.clone()));
            }
            // It ends as it did.
            (path, text, format!("{}{}", prompt.trim_end(), &text[text.trim_end().len()..]))
        }
        PromptAt::Here => {
            let text = in_yaml(&agent.source.text, (&agent.name, prompt));
            let text = text.ok_or_else(|| PromptError::Place(agent.name.clone(), agent.place()))?;
            (&agent.path, &agent.source.text, text)
        }
    };
    exchange(file, before, &text).map_err(|error| PromptError::File(file.display().to_string(), error))?;
    Ok(Written { file: file.clone() })
}

/// A text that says this where templates are read: its braces are text. None where that cannot be written.
fn as_text(prompt: &str) -> Option<String> {
    let text = prompt.replace("{{", r"\{{");
    let read = Template::parse(&text).ok()?;
    let is_meant = read.reads().is_empty() && read.render(&Value::Null).ok()? == prompt;
    is_meant.then_some(text)
}

/// Puts a text in the place of the one that was read; a mark before it stays.
fn exchange(file: &Path, before: &str, after: &str) -> io::Result<()> {
    let found = fs::read(file)?;
    let mark = if found.starts_with(MARK) { MARK } else { &[] };
    replace(file, &[mark, after.as_bytes()].concat(), Some(&[mark, before.as_bytes()].concat()))
}

/// The text of a YAML file with another prompt; none when it does not read back as that and nothing else.
fn in_yaml(text: &str, (name, prompt): (&str, &str)) -> Option<String> {
    let before = load::parse(Source::new("before", text)).ok()?;
    let span = &place(text, &before.root, name)?;
    let written = text.get(span.clone())?;
    let is_block = written.starts_with(['|', '>']);
    let block = is_block.then(|| block(text, span, prompt)).flatten();
    let quoted = Value::from(prompt).to_string();
    // A block keeps the line break that ends it.
    let end = &written[written.trim_end().len()..];
    block.into_iter().chain([format!("{quoted}{end}")]).find_map(|scalar| {
        let after = format!("{}{scalar}{}", &text[..span.start], &text[span.end..]);
        let read = load::parse(Source::new("after", after.as_str())).ok()?;
        let is_meant = value(&read.root, name)?.trim_end() == prompt.trim_end();
        let others = same_but(&before.root, &read.root, name);
        (is_meant && others && read.mistakes.len() == before.mistakes.len()).then_some(after)
    })
}

/// The bytes of a prompt: of a block with the sign that begins it.
fn place(text: &str, root: &Node, name: &str) -> Option<Span> {
    let entry = root.get("agents")?.get(name)?.entry(PROMPT)?;
    let span = entry.value.span.clone();
    let behind = text.get(entry.key.span.end..)?;
    let value = behind.trim_start_matches(['"', '\'']).trim_start_matches([' ', ':']);
    let start = text.len() - value.len();
    let is_block = value.starts_with(['|', '>']) && start <= span.start;
    Some(if is_block { start..span.end } else { span })
}

/// The prompt as a block of lines, indented as the one before was.
fn block(text: &str, span: &Span, prompt: &str) -> Option<String> {
    let written = text.get(span.clone())?;
    let (header, lines) = written.split_once('\n')?;
    let first = lines.lines().find(|line| !line.trim().is_empty())?;
    let indent = &first[..first.len() - first.trim_start().len()];
    let header = header.replacen('>', "|", 1);
    let line = |line: &str| if line.is_empty() { String::new() } else { format!("{indent}{line}") };
    let body: Vec<String> = prompt.trim_end().split('\n').map(line).collect();
    let end = &written[written.trim_end().len()..];
    Some(format!("{header}\n{}{end}", body.join("\n")))
}

fn value(root: &Node, name: &str) -> Option<String> {
    Some(root.get("agents")?.get(name)?.get(PROMPT)?.text()?.value)
}

/// Whether two documents say the same but for the prompt of one agent.
fn same_but(before: &Node, after: &Node, name: &str) -> bool {
    let without = |root: &Node| {
        let mut value = root.to_json();
        value["agents"][name][PROMPT] = Value::Null;
        value
    };
    without(before) == without(after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::data::project::Project;
    use crate::workflow::agents::SharedAgents;

    fn span_of(text: &str) -> Span {
        place(text, &load::parse(Source::new("a.yaml", text)).unwrap().root, "host").unwrap()
    }

    const FORMS: [&str; 7] = [
        "agents:\n  host:\n    prompt: You are a host. # warm\n    image: a.png\n",
        "agents:\n  host: { prompt: \"You are a host.\", image: a.png } # flow\n  guest: { prompt: x }\n",
        "agents:\n  host:\n    prompt: |\n      You are a host.\n\n      Be warm.\n    image: a.png\n",
        "agents:\n  host:\n    prompt: >-\n      You are\n      a host.\n\n  # the other\n  guest:\n    prompt: 'x'\n",
        "agents:\n  host:\n    prompt: |2\n       indented\n      more\n    image: a.png\nsteps: []\n",
        "agents:\r\n  host:\r\n    prompt: You are.\r\n    image: a.png\r\n",
        "agents:\n  host:\n    prompt: 'It''s'\n",
    ];

    proptest! {
        #[test]
        fn any_prompt_goes_into_any_form_and_the_rest_keeps_its_bytes(prompt in "[ -~äß\n\"'\\\\{}#:|>-]{1,60}", form in 0..FORMS.len()) {
            let prompt = prompt.trim().to_owned();
            prop_assume!(!prompt.is_empty());
            let text = FORMS[form];
            let span = span_of(text);
            if let Some(after) = in_yaml(text, ("host", &prompt)) {
                prop_assert!(after.starts_with(&text[..span.start]));
                prop_assert!(after.ends_with(&text[span.end..]));
                let read = load::parse(Source::new("a.yaml", after.as_str())).unwrap();
                let written = value(&read.root, "host").unwrap();
                prop_assert_eq!(written.trim_end(), prompt.as_str());
            } else {
                prop_assert!(false, "{:?} does not go into {}", prompt, text);
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_as_the_prompt(prompt in "[a-z {}!#~/\\\\]{0,30}") {
            if let Some(text) = as_text(&prompt) {
                prop_assert_eq!(Template::parse(&text).unwrap().render(&Value::Null).unwrap(), prompt);
            }
        }
    }

    #[test]
    fn braces_are_written_as_text() {
        assert_eq!(as_text("Say {{name}}, {{#if x}}").as_deref(), Some(r"Say \{{name}}, \{{#if x}}"));
        assert_eq!(as_text("a { b } }}").as_deref(), Some("a { b } }}"));
        assert_eq!(as_text(r"a \{{ b").as_deref(), None, "a backslash of its own is no escape");
    }

    #[test]
    fn what_somebody_wrote_since_it_was_read_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let text = "version: 1\nkind: agents\nagents:\n  host: { prompt: Mine. }\n";
        fs::create_dir(folder.path().join("agents")).unwrap();
        let path = folder.path().join("agents/a.yaml");
        fs::write(&path, format!("\u{feff}{text}")).unwrap();
        let shared = SharedAgents::of(&Project::at(folder.path()));
        let host = &shared.agents["host"];
        fs::write(&path, format!("\u{feff}{text}# by somebody\n")).unwrap();
        let refused = write_back(host, "Theirs.", []).unwrap_err();
        assert!(refused.to_string().ends_with("it was changed meanwhile"), "{refused}");
        fs::write(&path, format!("\u{feff}{text}")).unwrap();
        write_back(host, "Theirs.", []).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("\u{feff}{}", text.replace("Mine.", "\"Theirs.\"")));
    }

    #[test]
    fn a_block_stays_a_block() {
        let text = FORMS[2];
        let after = in_yaml(text, ("host", "One\nTwo")).unwrap();
        assert_eq!(after, "agents:\n  host:\n    prompt: |\n      One\n      Two\n    image: a.png\n");
    }
}
