//! The lines of a source, found once for all the mistakes in it.

use std::ops::Range;

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Place, Source, in_order};

/// The mistakes in order, each with its start and end; the lines of a file are found once for all of its mistakes.
pub(super) fn placed(diagnostics: &[Diagnostic]) -> Vec<(&Diagnostic, Place, Place)> {
    let sorted = in_order(diagnostics);
    let mut placed = Vec::with_capacity(sorted.len());
    for of_one_file in sorted.chunk_by(|a, b| Arc::ptr_eq(&a.source, &b.source)) {
        let lines = Lines::of(&of_one_file[0].source);
        placed.extend(of_one_file.iter().map(|d| (*d, lines.place(d.span.start), lines.place(d.span.end))));
    }
    placed
}

/// Where the lines of a source start.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Finds the lines of a source.
    pub(crate) fn of(source: &'a Source) -> Self {
        let breaks = source.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Self { text: &source.text, starts }
    }

    /// The line and column of a byte, as [`Source::place`] counts them.
    pub(crate) fn place(&self, offset: usize) -> Place {
        let offset = self.boundary(offset);
        let line = self.line_of(offset);
        Place { line: line + 1, column: self.text[self.starts[line]..offset].chars().count() + 1 }
    }

    /// The bytes of the line that a byte is on, without its line break.
    pub(super) fn range(&self, offset: usize) -> Range<usize> {
        let line = self.line_of(self.boundary(offset));
        let start = self.starts[line];
        let end = self.starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        start..start + self.text[start..end].trim_end_matches('\r').len()
    }

    /// The nearest character boundary at or before a byte.
    pub(super) fn boundary(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }

    fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_agree_with_the_source_about_every_place() {
        let source = Source::new("a.yaml", "é: 1\r\n\nb: ü!\n");
        let lines = Lines::of(&source);
        for offset in 0..source.text.len() + 2 {
            assert_eq!(lines.place(offset), source.place(offset), "{offset}");
        }
        assert_eq!(&source.text[lines.range(0)], "é: 1");
        assert_eq!(&source.text[lines.range(9)], "b: ü!");
    }
}
