//! Steps that wait for each other, so that none of them could ever begin.

use super::edges::Edges;
use super::file::File;
use crate::diagnostic::Diagnostic;
use crate::plan::model::Why;

/// Reports one cycle of each knot of steps that wait for each other.
pub fn check(file: &File<'_>, edges: &Edges, found: &mut Vec<Diagnostic>) {
    let is_free = free_steps(edges);
    let neighbours = neighbours(edges, &is_free);
    let mut is_told = is_free.clone();
    for start in 0..edges.len() {
        if !is_told[start] {
            found.push(report(file, edges, &cycle_from(start, edges, &is_free)));
            tell_all(start, &neighbours, &mut is_told);
        }
    }
}

/// Which steps wait for no cycle: what they wait for can all end. Level by level, after Kahn.
fn free_steps(edges: &Edges) -> Vec<bool> {
    let mut waiters = vec![Vec::new(); edges.len()];
    let mut missing: Vec<usize> = (0..edges.len()).map(|step| edges.of(step).count()).collect();
    for step in 0..edges.len() {
        edges.of(step).for_each(|(to, _)| waiters[to].push(step));
    }
    let mut free = vec![false; edges.len()];
    let mut level: Vec<usize> = (0..edges.len()).filter(|&step| missing[step] == 0).collect();
    while let Some(step) = level.pop() {
        free[step] = true;
        for &waiter in &waiters[step] {
            missing[waiter] -= 1;
            if missing[waiter] == 0 {
                level.push(waiter);
            }
        }
    }
    free
}

/// Follows what steps wait for until one comes again; answers the cycle, each waiting for the next.
fn cycle_from(start: usize, edges: &Edges, is_free: &[bool]) -> Vec<usize> {
    let mut path = vec![start];
    let mut position = std::collections::HashMap::from([(start, 0)]);
    let mut step = start;
    while let Some((next, _)) = edges.of(step).find(|&(to, _)| !is_free[to]) {
        if let Some(&first) = position.get(&next) {
            return path.split_off(first);
        }
        position.insert(next, path.len());
        path.push(next);
        step = next;
    }
    path
}

/// Which steps that are not free wait for each other, either way.
fn neighbours(edges: &Edges, is_free: &[bool]) -> Vec<Vec<usize>> {
    let mut neighbours = vec![Vec::new(); edges.len()];
    for step in (0..edges.len()).filter(|&step| !is_free[step]) {
        for (to, _) in edges.of(step).filter(|&(to, _)| !is_free[to]) {
            neighbours[step].push(to);
            neighbours[to].push(step);
        }
    }
    neighbours
}

/// Marks every step that is bound up with one: what it waits for, and all that waits for that.
fn tell_all(start: usize, neighbours: &[Vec<usize>], is_told: &mut [bool]) {
    let mut open = vec![start];
    while let Some(step) = open.pop() {
        if !std::mem::replace(&mut is_told[step], true) {
            open.extend(&neighbours[step]);
        }
    }
}

fn report(file: &File<'_>, edges: &Edges, cycle: &[usize]) -> Diagnostic {
    let id = |step: usize| file.outline.steps[step].id.as_str();
    let first = cycle.iter().copied().min().unwrap_or_default();
    let turn = cycle.iter().position(|&step| step == first).unwrap_or_default();
    let ring: Vec<usize> = cycle[turn..].iter().chain(&cycle[..turn]).copied().chain([first]).collect();
    let path: Vec<&str> = ring.iter().map(|&step| id(step)).collect();
    let links: Vec<_> = ring
        .windows(2)
        .filter_map(|pair| edges.of(pair[0]).find(|&(to, _)| to == pair[1]).map(|(_, edge)| (pair[0], pair[1], edge)))
        .collect();
    let reasons: Vec<String> = links.iter().map(|&(from, to, edge)| told(edge.why, id(from), id(to))).collect();
    let written = links.iter().find(|(_, _, edge)| edge.why != Why::Order).or(links.first());
    let span = written.map_or_else(|| file.outline.steps[first].place.clone(), |(_, _, edge)| edge.span.clone());
    let message = format!("these steps wait for each other: {}", path.join(" → "));
    Diagnostic::error("cycle", file.source, span, message).hint(reasons.join("; "))
}

fn told(why: Why, from: &str, to: &str) -> String {
    match why {
        Why::Needs => format!("`{from}` needs `{to}`"),
        Why::Reference => format!("`{from}` reads `{to}`"),
        Why::Agent => format!("`{from}` addresses the agent that `{to}` makes"),
        Why::Order => format!("`{from}` stands below `{to}`"),
    }
}
