//! Writes a prompt back to where it is declared: to its file, or into the YAML, with every other byte kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Source, Span};
use crate::provision::replace::replace;
use crate::workflow::agents::{DeclaredAgent, PromptAt};
use crate::workflow::load;
use crate::workflow::node::Node;

/// Why a prompt is not written back.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// It is written nowhere.
    #[error("agent `{0}` declares no prompt")]
    NotDeclared(String),
    /// It reads `vars`, which would be lost.
    #[error("the prompt of agent `{0}` is a template ({1}), and what was put into it would be lost")]
    Template(String, String),
    /// The YAML around it does not let it be replaced.
    #[error("the prompt of agent `{0}` cannot be replaced where it stands ({1})")]
    Place(String, String),
    /// The file cannot be read or written.
    #[error("`{0}` cannot be written: {1}")]
    File(String, io::Error),
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The file that changed.
    pub file: PathBuf,
}

/// Writes a prompt to where an agent declares it.
pub fn write_back(agent: &DeclaredAgent, prompt: &str) -> Result<Written, PromptError> {
    let place = agent.prompt.as_ref().ok_or_else(|| PromptError::NotDeclared(agent.name.clone()))?;
    if place.is_template {
        return Err(PromptError::Template(agent.name.clone(), agent.place()));
    }
    let (file, text) = match &place.at {
        PromptAt::File(file) => (file, of_file(file, prompt)?),
        PromptAt::Here => {
            let text = in_yaml(&agent.source.text, (&agent.name, prompt));
            (&agent.path, text.ok_or_else(|| PromptError::Place(agent.name.clone(), agent.place()))?)
        }
    };
    replace(file, text.as_bytes(), None).map_err(|error| PromptError::File(file.display().to_string(), error))?;
    Ok(Written { file: file.clone() })
}

/// The text of a prompt's own file: it ends as it did.
fn of_file(file: &Path, prompt: &str) -> Result<String, PromptError> {
    let before = fs::read_to_string(file).map_err(|error| PromptError::File(file.display().to_string(), error))?;
    let end = &before[before.trim_end().len()..];
    Ok(format!("{}{end}", prompt.trim_end()))
}

/// The text of a YAML file with another prompt; none when it does not read back as that and nothing else.
fn in_yaml(text: &str, (name, prompt): (&str, &str)) -> Option<String> {
    let before = load::parse(Source::new("before", text)).ok()?;
    let span = &place(text, &before.root, name)?;
    let written = text.get(span.clone())?;
    let is_block = written.starts_with(['|', '>']);
    let block = is_block.then(|| block(text, span, prompt)).flatten();
    let quoted = serde_json::Value::from(prompt).to_string();
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
    let entry = root.get("agents")?.get(name)?.entry("prompt")?;
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
    Some(root.get("agents")?.get(name)?.get("prompt")?.text()?.value)
}

/// Whether two documents say the same but for the prompt of one agent.
fn same_but(before: &Node, after: &Node, name: &str) -> bool {
    let without = |root: &Node| {
        let mut value = root.to_json();
        value["agents"][name]["prompt"] = serde_json::Value::Null;
        value
    };
    without(before) == without(after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

    #[test]
    fn a_block_stays_a_block() {
        let text = FORMS[2];
        let after = in_yaml(text, ("host", "One\nTwo")).unwrap();
        assert_eq!(after, "agents:\n  host:\n    prompt: |\n      One\n      Two\n    image: a.png\n");
    }
}
