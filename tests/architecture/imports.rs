//! The table against the files: forbidden imports, crates outside their fence, what a pure module reaches.

use std::collections::{HashMap, VecDeque};

use super::table::{FENCES, IMPURE, PURE, PURE_EXCEPTION, RULES, Rule};
use super::tree::{Mention, Source};

/// Every import that the importing module's rule does not allow, and every module without a rule.
pub fn forbidden(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test) {
        let Some(rule) = rule_of(&source.module) else {
            let module = &source.module;
            violations.push(format!("{}: `{module}` has no line in tests/architecture/table.rs", source.file));
            continue;
        };
        let refused = source.mentions.iter().filter(|mention| !allows(rule, &mention.path));
        violations.extend(refused.map(|mention| say(source, mention, rule.module, rule.sentence)));
    }
    violations
}

/// Every outside crate that is named where it does not belong.
pub fn outside_its_fence(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test) {
        for fence in FENCES {
            if fence.within.iter().any(|module| is_in(&source.module, module)) {
                continue;
            }
            let named = source.mentions.iter().filter(|mention| names_any(&mention.path, fence.names));
            violations.extend(named.map(|mention| say(source, mention, &source.module, fence.sentence)));
        }
    }
    violations
}

/// Everything that the pure module must not know and reaches, however long the way.
pub fn impure(sources: &[Source]) -> Vec<String> {
    let is_start = |source: &&Source| !source.is_test && PURE.iter().any(|pure| is_in(&source.module, pure));
    let mut reached: HashMap<&str, String> = HashMap::new();
    let mut waiting: VecDeque<&Source> = sources.iter().filter(is_start).collect();
    reached.extend(waiting.iter().map(|source| (source.module.as_str(), format!("`{}`", source.module))));
    let mut violations = Vec::new();
    while let Some(source) = waiting.pop_front() {
        let way = reached[source.module.as_str()].clone();
        for mention in &source.mentions {
            if source.module != PURE_EXCEPTION && names_any(&mention.path, IMPURE) {
                let what = &mention.path;
                violations.push(format!(
                    "{}:{}: what is pure reaches `{what}` through {way}: no runtime, files, network, \
                     clock, randomness or secret",
                    source.file, mention.line
                ));
            }
            let Some(next) = file_of(sources, &mention.path) else { continue };
            if !reached.contains_key(next.module.as_str()) {
                reached.insert(&next.module, format!("{way}, `{}`", next.module));
                waiting.push_back(next);
            }
        }
    }
    violations
}

fn say(source: &Source, mention: &Mention, module: &str, sentence: &str) -> String {
    format!("{}:{}: `{module}` names `{}`: {sentence}", source.file, mention.line, mention.path)
}

fn rule_of(module: &str) -> Option<&'static Rule> {
    RULES.iter().filter(|rule| is_in(module, rule.module)).max_by_key(|rule| rule.module.len())
}

/// Tells whether a rule lets its module name a path; paths that are not ours are no concern of the rules.
fn allows(rule: &Rule, path: &str) -> bool {
    let (Some(ours), Some(groups)) = (path.strip_prefix("crate"), rule.may_import) else { return true };
    let Some(ours) = ours.strip_prefix("::") else { return !ours.is_empty() };
    is_in(ours, rule.module) || groups.iter().copied().flatten().any(|module| is_in(ours, module))
}

/// Tells whether a path names one of the names, a part of it, or all of something that holds it.
fn names_any(path: &str, names: &[&str]) -> bool {
    names.iter().any(|name| is_in(path, name) || path.strip_suffix("::*").is_some_and(|whole| is_in(name, whole)))
}

/// Tells whether a path is a module or lies in it.
fn is_in(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The file that a path of ours leads to.
fn file_of<'a>(sources: &'a [Source], path: &str) -> Option<&'a Source> {
    let ours = path.strip_prefix("crate::")?;
    let fits = |source: &&Source| !source.is_test && is_in(ours, &source.module);
    sources.iter().filter(fits).max_by_key(|source| source.module.len())
}

/// A made-up file of a module.
fn made_up(module: &str, text: &str) -> Source {
    let segments: Vec<_> = module.split("::").map(str::to_owned).collect();
    super::tree::parse(&segments, &format!("src/{}.rs", module.replace("::", "/")), text).0
}

#[test]
fn a_forbidden_import_is_told_with_its_file_its_line_and_the_rule() {
    let told = forbidden(&[made_up("sandbox::speak", "use crate::outcome::Tier;\nuse crate::bithuman::Client;\n")]);
    assert_eq!(
        told,
        ["src/sandbox/speak.rs:2: `sandbox` names `crate::bithuman::Client`: the sandbox imports the base only: \
          client and sandbox cannot share a mistake"]
    );
}

#[test]
fn a_forbidden_import_is_found_wherever_it_is_written() {
    for text in [
        "use crate::{clock, journal};",
        "use super::super::journal as kept;",
        "fn f() { use crate::journal::Journal; }",
        "fn f() { crate::journal::open(); }",
        "fn f() -> Vec<crate::journal::Row> { Vec::new() }",
        "fn f() { println!(\"{}\", crate::journal::NAME); }",
        "#[serde(with = \"crate::journal::row\")] struct S;",
        "mod inner { use super::super::super::journal::Row; }",
        "use crate as ours;",
        "use crate::*;",
    ] {
        assert_eq!(forbidden(&[made_up("report::event", text)]).len(), 1, "{text}");
    }
}

#[test]
fn what_a_rule_allows_and_what_only_tests_import_is_not_told() {
    for text in [
        "use crate::{clock::Timestamp, engine, plan::model::{Node, Plan}};",
        "pub(crate) fn f() { super::step::g(); self::h(); }",
        "#[cfg(test)] mod tests { use crate::journal::Row; }",
        "#[cfg(test)] fn f() { crate::journal::open(); }",
        "use std::collections::HashMap; use serde_json::json;",
    ] {
        assert_eq!(forbidden(&[made_up("report::event", text)]), [] as [&str; 0], "{text}");
    }
}

#[test]
fn a_module_without_a_line_in_the_table_is_told() {
    assert_eq!(forbidden(&[made_up("misc", "")]).len(), 1);
}

#[test]
fn an_outside_crate_is_refused_also_under_another_name() {
    for text in ["use reqwest::Client;", "use reqwest as web;", "fn f(_: ::reqwest::Url) {}", "extern crate reqwest;"] {
        assert_eq!(outside_its_fence(&[made_up("plan::build", text)]).len(), 1, "{text}");
        assert!(outside_its_fence(&[made_up("bithuman::client", text)]).is_empty(), "{text}");
    }
}

#[test]
fn what_the_engine_reaches_is_followed_from_file_to_file() {
    let sources = [
        made_up("engine::run", "use crate::outcome::Tier;"),
        made_up("outcome", "mod wire; pub use wire::Tier;"),
        made_up("outcome::wire", "fn f() { let _ = std::fs::read(\"x\"); }"),
        made_up("journal", "use std::fs;"),
    ];
    let told = impure(&sources);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("src/outcome/wire.rs:1: "), "{told:?}");
    assert!(told[0].contains("reaches `std::fs::read` through `engine::run`, `outcome`, `outcome::wire`"), "{told:?}");
}

#[test]
fn the_engine_may_know_instants_and_not_the_time() {
    let clock = || made_up("clock", "pub struct SystemClock; fn now() { jiff::Timestamp::now(); }");
    let allowed = made_up("engine::run", "use crate::clock::Timestamp;");
    assert!(impure(&[allowed, clock()]).is_empty());
    for text in [
        "use crate::clock::SystemClock;",
        "use crate::clock; fn f() { clock::SystemClock; }",
        "fn f(source: &Source) { source.now(); }",
        "fn f(source: &Source) { assert_eq!(source.now(), 1); }",
        "use std::*;",
        "use std::{time::{Duration, Instant}};",
    ] {
        assert_eq!(impure(&[made_up("engine::run", text), clock()]).len(), 1, "{text}");
    }
}
