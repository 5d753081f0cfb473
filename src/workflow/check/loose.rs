//! Steps that nothing waits for.

use std::collections::BTreeMap;

use super::edges::Edges;
use super::file::File;
use crate::diagnostic::Diagnostic;

/// Warns of steps that nothing waits for, once for each list: the end of the script does not follow them.
pub fn check(file: &File<'_>, edges: &Edges, found: &mut Vec<Diagnostic>) {
    let mut is_awaited = vec![false; edges.len()];
    for step in 0..edges.len() {
        edges.of(step).for_each(|(to, _)| is_awaited[to] = true);
    }
    let mut lists: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, draft) in file.outline.steps.iter().enumerate() {
        lists.entry((draft.section, draft.parent)).or_default().push(index);
    }
    for steps in lists.into_values() {
        let loose: Vec<usize> = steps[..steps.len() - 1].iter().copied().filter(|&step| !is_awaited[step]).collect();
        let Some(&first) = loose.first() else { continue };
        let shown: Vec<String> =
            loose.iter().take(5).map(|&step| format!("`{}`", file.outline.steps[step].id)).collect();
        let more = loose.len() - shown.len();
        let names = if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") };
        let message = format!("nothing waits for {names}");
        let hint = "what stands below goes on without it: to wait, name it in `needs`, or use `parallel`";
        found.push(file.warning("nothing-joins", &file.outline.steps[first].place, message).hint(hint));
    }
}
