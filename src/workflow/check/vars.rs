//! Constants, in an order in which each can be rendered.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use serde_json::Value;

use super::file::File;
use super::reads::Reading;
use super::texts::Role;
use crate::diagnostic::Diagnostic;

/// Orders the constants by what they read of each other; a circle is a mistake.
pub fn check(file: &File<'_>, readings: &[Reading], found: &mut Vec<Diagnostic>) -> IndexMap<String, Value> {
    let mut reads: HashMap<&str, Vec<(&str, &Reading)>> = HashMap::new();
    for reading in readings {
        if let (Role::Var(name), [root, other, ..]) = (&reading.role, reading.path.as_slice())
            && root == "vars"
        {
            reads.entry(name).or_default().push((other, reading));
        }
    }
    let mut order = Order { reads, done: HashSet::new(), sorted: Vec::new() };
    for name in file.names("vars") {
        if let Some((path, reading)) = order.visit(name) {
            let message = format!("these vars read each other: {}", path.join(" → "));
            found.push(reading.error("var-cycle", message).hint("write one of them out"));
        }
    }
    let value = |name: &str| Some((name.to_owned(), file.declared("vars", name)?.value.to_json()));
    order.sorted.into_iter().filter_map(value).collect()
}

/// A walk through what constants read, without recursion: a file may have thousands in a row.
struct Order<'r> {
    reads: HashMap<&'r str, Vec<(&'r str, &'r Reading)>>,
    done: HashSet<&'r str>,
    sorted: Vec<&'r str>,
}

impl<'r> Order<'r> {
    /// Puts a constant behind all that it reads; answers the circle that it is in, if any.
    fn visit(&mut self, name: &'r str) -> Option<(Vec<&'r str>, &'r Reading)> {
        let mut circle = None;
        let mut path: Vec<(&str, usize)> = Vec::new();
        let mut on_path = HashSet::new();
        let mut next = Some(name).filter(|name| !self.done.contains(name));
        loop {
            if let Some(name) = next.take() {
                path.push((name, 0));
                on_path.insert(name);
            }
            let Some((name, taken)) = path.last_mut() else { return circle };
            match self.reads.get(name).and_then(|reads| reads.get(*taken)) {
                Some(&(other, reading)) => {
                    *taken += 1;
                    if on_path.contains(other) {
                        circle = circle.or_else(|| {
                            let first = path.iter().position(|(name, _)| *name == other).unwrap_or_default();
                            let names = path[first..].iter().map(|(name, _)| *name).chain([other]);
                            Some((names.collect(), reading))
                        });
                    } else if !self.done.contains(other) {
                        next = Some(other);
                    }
                }
                None => {
                    let name = *name;
                    path.pop();
                    on_path.remove(name);
                    self.done.insert(name);
                    self.sorted.push(name);
                }
            }
        }
    }
}
