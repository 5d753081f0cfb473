//! The runs of one workflow begin one after the other, in the order of their times.

use std::collections::HashMap;

use tokio_util::sync::{CancellationToken, DropGuard};

/// Whose turn it is, by workflow.
#[derive(Default)]
pub(super) struct Turns(HashMap<String, CancellationToken>);

/// A turn; it is over when this is dropped.
pub(super) struct Turn {
    before: Option<CancellationToken>,
    _over: DropGuard,
}

impl Turns {
    /// The turn after all that were given of a workflow.
    pub(super) fn give(&mut self, workflow: &str) -> Turn {
        let over = CancellationToken::new();
        let before = self.0.insert(workflow.to_owned(), over.clone());
        Turn { before, _over: over.drop_guard() }
    }
}

impl Turn {
    /// Waits until the turn before is over.
    pub(super) async fn comes(&self) {
        if let Some(before) = &self.before {
            before.cancelled().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn has_come(turn: &Turn) -> bool {
        tokio::time::timeout(Duration::from_millis(1), turn.comes()).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_comes_when_the_one_before_it_is_over_and_workflows_do_not_wait_for_each_other() {
        let mut turns = Turns::default();
        let [first, second, other] = ["show", "show", "other"].map(|workflow| turns.give(workflow));
        assert!(has_come(&first).await && has_come(&other).await && !has_come(&second).await);
        drop(first);
        assert!(has_come(&second).await);
    }
}
