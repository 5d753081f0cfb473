//! From the file's text to entries: what is not as it was written is a mistake, with its place and its way out.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::write::{bought_lines, lines_of};
use super::{Coming, Entry, Generated, Lock, Name, VERSION, seal};
use crate::data::project::Project;
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::ids::is_agent_code;
use crate::provision::desired::{MODEL, is_default};
use crate::workflow::load::{self, Loaded};
use crate::workflow::node::{Entry as Block, Node, ScalarKind};

/// How git marks what it could not merge.
const CONFLICT: [&str; 3] = ["<<<<<<<", "=======", ">>>>>>>"];
/// What sets a block right that was changed by hand.
const MENDED: &str =
    "restore the file from git; or take out its whole block, and `runsheet agents import NAME CODE` writes it anew";
/// The longest code of an agent.
const LONGEST_CODE: usize = 64;

impl Lock {
    /// Reads the lock of a project; where there is none it is empty.
    pub fn read(project: &Project) -> Result<Self, Vec<Diagnostic>> {
        let path = Self::path_of(project);
        if super::places(project).iter().all(|place| super::is_there(place)) {
            return Err(vec![two_locks(project)]);
        }
        match super::is_there(&path) {
            true => Self::read_file(project, &path),
            false => Ok(Self::default()),
        }
    }

    fn read_file(project: &Project, path: &Path) -> Result<Self, Vec<Diagnostic>> {
        let shown = &super::shown(project);
        let file = load::found(project, path, shown).map_err(|mistake| vec![*mistake])?;
        let bytes = file.read_bytes().map_err(|error| {
            let mistake = Diagnostic::error(error.code(), &Source::new(shown, ""), 0..0, error.to_string());
            vec![mistake.maybe_hint(error.hint())]
        })?;
        let text = String::from_utf8_lossy(&bytes);
        if let Some(conflict) = conflict(&text, shown) {
            return Err(vec![conflict]);
        }
        Self::of_loaded(&load::decode(&bytes, shown)?)
    }

    /// Reads the file's tree.
    pub(super) fn of_loaded(loaded: &Loaded) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader { source: &loaded.source, mistakes: loaded.mistakes.clone() };
        let lock = reader.lock(&loaded.root);
        if reader.mistakes.is_empty() { Ok(lock) } else { Err(reader.mistakes) }
    }
}

/// What is wrong when both places have a lock: which one is meant, nobody can tell.
fn two_locks(project: &Project) -> Diagnostic {
    let [place, other] = super::places(project).map(|place| project.shown(&place).display().to_string());
    let source = Source::new(&place, "");
    let message = format!("`{other}` is a lock of the same project");
    let hint = format!("keep the one that git knows, or move the blocks of `{other}` here; then delete `{other}`");
    Diagnostic::error("two-locks", &source, 0..0, message).hint(hint)
}

/// What is wrong with a text that git could not merge.
fn conflict(text: &str, shown: &Path) -> Option<Diagnostic> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if CONFLICT.iter().any(|mark| line.starts_with(mark)) {
            let source = Source::new(shown, text.to_owned());
            let message = "git could not merge this file";
            let hint = "keep both blocks where the names differ, one where they are the same, and take the marks out";
            return Some(Diagnostic::error("lock-conflict", &source, start..start + 7, message).hint(hint));
        }
        start += line.len();
    }
    None
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    mistakes: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn lock(&mut self, root: &Node) -> Lock {
        let mut lock = Lock::default();
        let version = root.get("version").and_then(Node::text);
        if version.as_ref().and_then(|version| version.value.parse().ok()) != Some(VERSION) {
            let span = version.as_ref().map_or(0..0, |version| version.span.clone());
            let written = version.map_or("none".to_owned(), |version| format!("`{}`", version.value));
            let message = format!("this program reads version {VERSION} of the lock, the file has {written}");
            let hint = "a newer `runsheet` may have written it: use that one; else restore the file from git";
            self.mistakes.push(Diagnostic::error("lock-version", self.source, span, message).hint(hint));
            return lock;
        }
        for entry in root.as_map().unwrap_or_default() {
            match entry.key.value.as_str() {
                "version" => {}
                "agents" => self.blocks(&entry.value, |reader, name, block| {
                    let mut made = reader.agent(block)?;
                    if reader.sealed(name, block, &lines_of(&made)) && reader.are_codes(&made, block) {
                        made.from.retain(|field, content| !is_default(field, content));
                        reader.one_name(name, &made, &lock, block).then(|| lock.agents.insert(name.clone(), made))?;
                    }
                    Some(())
                }),
                "generated" => self.blocks(&entry.value, |reader, name, block| {
                    let bought = reader.bought(block)?;
                    if reader.sealed(name, block, &bought_lines(&bought)) && reader.is_code(&name.name, block) {
                        lock.generated.insert(name.clone(), bought);
                    }
                    Some(())
                }),
                other => self.edited(&entry.key.span, format!("the lock has no `{other}`")),
            }
        }
        lock
    }

    fn blocks(&mut self, node: &Node, mut read: impl FnMut(&mut Self, &Name, &Block) -> Option<()>) {
        // Nothing is left of a section whose blocks were all taken out; anything else in their place is a mistake.
        let is_empty = node.as_scalar().is_some_and(|scalar| scalar.kind == ScalarKind::Null);
        if node.as_map().is_none() && !is_empty {
            self.edited(&node.span, "this is not the entries of the lock, which stand by their names".to_owned());
        }
        for block in node.as_map().unwrap_or_default() {
            let Some(name) = Name::from_key(&block.key.value) else {
                let message = format!("`{}` is no name of an agent on an account", block.key.value);
                self.edited(&block.key.span, message);
                continue;
            };
            let before = self.mistakes.len();
            if read(self, &name, block).is_none() && self.mistakes.len() == before {
                self.edited(&block.key.span, format!("the entry of `{}` cannot be read", name.name));
            }
        }
    }

    fn agent(&mut self, block: &Block) -> Option<Entry> {
        let mut from = BTreeMap::new();
        for line in block.value.as_map()? {
            if let Some(field) = line.key.value.strip_prefix("from_") {
                from.insert(field.to_owned(), line.value.text()?.value);
            }
        }
        let model = text(block, MODEL)?;
        if !is_default(MODEL, &model) {
            from.insert(MODEL.to_owned(), model);
        }
        let replaced = block.value.get("replaced").and_then(Node::as_list).unwrap_or_default();
        Some(Entry {
            code: text(block, "code")?,
            from,
            made: text(block, "made")?,
            by: text(block, "by")?,
            declared: text(block, "declared")?,
            coming: coming(block),
            prevent_destroy: text(block, "prevent_destroy").is_some_and(|word| word == "true"),
            replaced: replaced.iter().filter_map(Node::text).map(|code| code.value).collect(),
        })
    }

    fn bought(&mut self, block: &Block) -> Option<Generated> {
        Some(Generated {
            workflow: text(block, "workflow")?,
            step: text(block, "step")?,
            rank: text(block, "rank")?.parse().ok()?,
            face: text(block, "face")?,
            prompt: text(block, "prompt")?,
            credits: text(block, "credits")?.parse().ok()?,
            made: text(block, "made")?,
            by: text(block, "by")?,
        })
    }

    /// Whether a block is the one that was written: nothing changed, nothing more, nothing less.
    fn sealed(&mut self, name: &Name, block: &Block, lines: &[String]) -> bool {
        let is_whole = block.value.as_map().is_some_and(|written| written.len() == lines.len() + 1);
        let is_sealed = is_whole && text(block, "seal").is_some_and(|written| written == seal(&name.key(), lines));
        if !is_sealed {
            self.edited(&block.key.span, format!("the entry of `{}` is not as it was written", name.name));
        }
        is_sealed
    }

    /// Whether a code can be one: the service's form, or an `agent_id` as a declaration may give it.
    fn is_code(&mut self, code: &str, block: &Block) -> bool {
        let is_own = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let is_code = is_agent_code(code) || ((1..=LONGEST_CODE).contains(&code.len()) && code.chars().all(is_own));
        if !is_code {
            self.edited(&block.key.span, format!("`{}` is no code of an agent", crate::text::clean(code)));
        }
        is_code
    }

    fn are_codes(&mut self, made: &Entry, block: &Block) -> bool {
        made.others().chain([&made.code]).all(|code| self.is_code(code, block))
    }

    /// Whether no other name of the account has the same agent.
    fn one_name(&mut self, name: &Name, made: &Entry, lock: &Lock, block: &Block) -> bool {
        let Some(other) = lock.name_of(&made.code, &name.account) else { return true };
        let message = format!("`{}` and `{other}` are the same agent, {}, on this account", name.name, made.code);
        self.edited(&block.key.span, message);
        false
    }

    fn edited(&mut self, span: &Span, message: String) {
        self.mistakes.push(Diagnostic::error("lock-edited", self.source, span.clone(), message).hint(MENDED));
    }
}

fn coming(block: &Block) -> Option<Coming> {
    Some(Coming { code: text(block, "coming")?, face: text(block, "coming_face")? })
}

fn text(block: &Block, key: &str) -> Option<String> {
    Some(block.value.get(key)?.text()?.value)
}
