//! Wishes for a run: left for whoever drives it; a run that nobody drives is taken up to heed them.

use crate::commands::opening::Refusal;
use crate::commands::output;
use crate::commands::resume::{Kept, With, Word, find, go_on};
use crate::journal::{Request, lock};

/// Finds a run that has not ended.
pub async fn open(typed: Option<&str>, with: &With) -> anyhow::Result<Result<Kept, Refusal>> {
    Ok(find(typed, with).await?.and_then(|kept| match kept.row.summary.status.is_final() {
        true => Err(Refusal::new(2, format!("run {} has ended: {}", kept.row.id, kept.row.summary.status.as_str()))
            .hint(format!("`runsheet show {}` tells how", kept.row.id))),
        false => Ok(kept),
    }))
}

/// Leaves a wish. Answers the exit code: that of the run where it is taken up, which no word is for not to.
pub async fn leave(
    kept: Kept,
    request: Request,
    with: &With,
    word: Option<Word>,
) -> anyhow::Result<Result<u8, Refusal>> {
    kept.runs.tell(&kept.row.id, &request).await?;
    if let Some(word) = word.filter(|_| !lock::is_held(kept.runs.folder(), &kept.row.id)) {
        return go_on(kept, with, word).await;
    }
    output::tell(format_args!("told run {}: {}\n", kept.row.id, request.kind.as_str()));
    Ok(Ok(0))
}
