//! Mistakes for people: the line, a caret, what is wrong, and the fix.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use anstyle::{AnsiColor, Style};

use crate::diagnostic::lines::Lines;
use crate::diagnostic::{Diagnostic, Severity, in_order};

/// A longer line is cut around the caret.
const WIDTH: usize = 140;

/// A longer part of a line is underlined at its start only, so that the start is seen.
const LONGEST_CARET: usize = 80;

/// Renders mistakes with colours, one after another; print it through `anstream`, which takes colours out where
/// nobody wants them.
pub fn human(diagnostics: &[Diagnostic]) -> String {
    each(diagnostics, &Renderer::styled().term_width(WIDTH), AnsiColor::BrightBlue.on_default().bold())
}

/// Renders mistakes without colours.
pub fn plain(diagnostics: &[Diagnostic]) -> String {
    each(diagnostics, &Renderer::plain().term_width(WIDTH), Style::new())
}

/// Counts mistakes: `2 errors, 1 warning in 1 file`. None when there are none.
pub fn summary(diagnostics: &[Diagnostic]) -> Option<String> {
    let sorted = in_order(diagnostics);
    let errors = sorted.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let mut paths: Vec<_> = sorted.iter().map(|diagnostic| &diagnostic.source.path).collect();
    paths.dedup();
    let counted = |count: usize, noun: &str| match count {
        0 => None,
        1 => Some(format!("1 {noun}")),
        _ => Some(format!("{count} {noun}s")),
    };
    let kinds: Vec<_> = [counted(errors, "error"), counted(sorted.len() - errors, "warning")].into_iter().collect();
    let kinds: Vec<_> = kinds.into_iter().flatten().collect();
    Some(format!("{} in {}", kinds.join(", "), counted(paths.len(), "file")?))
}

fn each(diagnostics: &[Diagnostic], renderer: &Renderer, gutter: Style) -> String {
    let sorted = in_order(diagnostics);
    let blocks: Vec<String> = sorted
        .chunk_by(|a, b| std::sync::Arc::ptr_eq(&a.source, &b.source))
        .flat_map(|of_one_file| {
            let lines = Lines::of(&of_one_file[0].source);
            of_one_file.iter().map(|diagnostic| block(diagnostic, &lines, renderer, gutter)).collect::<Vec<_>>()
        })
        .collect();
    blocks.join("\n")
}

fn block(diagnostic: &Diagnostic, lines: &Lines<'_>, renderer: &Renderer, gutter: Style) -> String {
    let line = lines.range(diagnostic.span.start);
    let number = lines.place(diagnostic.span.start).line;
    let start = lines.boundary(diagnostic.span.start).clamp(line.start, line.end);
    let end = lines.boundary(diagnostic.span.end.min(start + LONGEST_CARET)).clamp(start, line.end);
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    // What is far behind the caret is cut anyway, and a line may be the whole file.
    let shown_end = lines.boundary(end + 8 * WIDTH).clamp(end, line.end);
    let snippet = Snippet::source(&diagnostic.source.text[line.start..shown_end])
        .line_start(number)
        .path(diagnostic.source.path.to_string_lossy())
        .annotation(AnnotationKind::Primary.span(start - line.start..end - line.start));
    let title = level.primary_title(shown(&diagnostic.message)).id(diagnostic.code);
    let mut text = renderer.render(&[title.element(snippet)]);
    text.push('\n');
    if let Some(hint) = &diagnostic.hint {
        let margin = " ".repeat(number.to_string().len());
        let indented = shown(hint).replace('\n', &format!("\n{margin}         "));
        text.push_str(&format!("{margin} {gutter}={gutter:#} hint: {indented}\n"));
    }
    text
}

/// A text without characters that would move the cursor or hide what is written.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;

    #[test]
    fn a_mistake_shows_its_line_its_caret_and_its_fix() {
        let text = "steps:\n".to_owned() + &"\n".repeat(12) + "    needs: [speek]\n";
        let source = Source::new("workflows/greeting.yaml", text);
        let at = source.text.find("speek").unwrap();
        let message = "step `render` needs an unknown step `speek`";
        let diagnostic = Diagnostic::error("unknown-step", &source, at..at + 5, message).hint("did you mean `speak`?");
        let expected = "\
error[unknown-step]: step `render` needs an unknown step `speek`
  --> workflows/greeting.yaml:14:13
   |
14 |     needs: [speek]
   |             ^^^^^
   = hint: did you mean `speak`?
";
        assert_eq!(plain(std::slice::from_ref(&diagnostic)), expected);
        assert_eq!(anstream::adapter::strip_str(&human(&[diagnostic])).to_string(), expected);
    }

    #[test]
    fn places_beyond_the_text_and_odd_characters_do_no_harm() {
        let source = Source::new("a.yaml", "ü\u{1b}[31m: \u{202e}x\r\n");
        for span in [0..1, 1..3, 5..900, 900..901] {
            let text = plain(&[Diagnostic::warning("odd", &source, span, "an \u{1b}[31m odd one")]);
            assert!(text.starts_with("warning[odd]") && !text.contains('\u{1b}'), "{text:?}");
        }
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let source = Source::new("a.yaml", format!("steps: {}here{}\n", "x".repeat(5_000), "y".repeat(5_000)));
        let at = source.text.find("here").unwrap();
        let text = plain(&[Diagnostic::error("odd", &source, at..at + 4, "too long")]);
        assert!(text.lines().all(|line| line.chars().count() <= 150) && text.contains("here"), "{text}");
    }

    #[test]
    fn the_summary_counts_in_words() {
        let (a, b) = (Source::new("a.yaml", "x"), Source::new("b.yaml", "y"));
        let one = Diagnostic::error("odd", &a, 0..1, "one");
        let two = Diagnostic::error("odd", &b, 0..1, "two");
        let three = Diagnostic::warning("odd", &b, 0..1, "three");
        assert_eq!(summary(&[]), None);
        assert_eq!(summary(std::slice::from_ref(&one)).unwrap(), "1 error in 1 file");
        assert_eq!(summary(&[one.clone(), two, three, one]).unwrap(), "2 errors, 1 warning in 2 files");
    }
}
