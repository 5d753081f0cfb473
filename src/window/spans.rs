//! Half-open spans of something ordered, without overlaps, in order.

/// Spans from a first value, inclusive, to a last one, exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spans<T>(Vec<(T, T)>);

impl<T> Default for Spans<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy + Ord> Spans<T> {
    /// Spans in any order; empty ones are left out, and those that touch become one.
    pub(super) fn of(mut spans: Vec<(T, T)>) -> Self {
        spans.retain(|(start, end)| start < end);
        spans.sort_unstable();
        spans.dedup_by(|later, before| {
            let touches = later.0 <= before.1;
            if touches {
                before.1 = before.1.max(later.1);
            }
            touches
        });
        Self(spans)
    }

    pub(super) fn extend(&mut self, other: Self) {
        let both = std::mem::take(&mut self.0).into_iter().chain(other.0).collect();
        *self = Self::of(both);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first span that ends after a value: it holds the value, or begins later.
    pub(super) fn from(&self, value: T) -> Option<(T, T)> {
        self.0.get(self.0.partition_point(|(_, end)| *end <= value)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_overlap_or_touch_become_one_and_empty_ones_none() {
        let mut spans = Spans::of(vec![(7, 9), (1, 3), (3, 4), (2, 3), (5, 5), (9, 8)]);
        assert_eq!(spans, Spans(vec![(1, 4), (7, 9)]));
        spans.extend(Spans::of(vec![(4, 7), (20, 21)]));
        assert_eq!(spans, Spans(vec![(1, 9), (20, 21)]));
        assert_eq!(
            [0, 1, 8, 9, 21].map(|at| spans.from(at)),
            [Some((1, 9)), Some((1, 9)), Some((1, 9)), Some((20, 21)), None]
        );
    }
}
