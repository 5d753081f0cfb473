//! Mistakes as GitHub's workflow commands, which show beside the line of a pull request.

use crate::diagnostic::lines::placed;
use crate::diagnostic::{Diagnostic, Place, Severity};

/// Renders one command a line.
pub fn commands(diagnostics: &[Diagnostic]) -> String {
    placed(diagnostics).into_iter().map(command).collect()
}

fn command((diagnostic, start, end): (&Diagnostic, Place, Place)) -> String {
    let kind = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let file = property(&diagnostic.source.path.to_string_lossy());
    let mut place = format!("file={file},line={},endLine={},col={}", start.line, end.line, start.column);
    // GitHub refuses an end column on another line.
    if start.line == end.line {
        place.push_str(&format!(",endColumn={}", end.column));
    }
    let hint = diagnostic.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    let text = data(&format!("{}{hint}", diagnostic.message));
    format!("::{kind} {place},title={}::{text}\n", property(diagnostic.code))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;

    #[test]
    fn text_cannot_break_out_of_its_command() {
        let source = Source::new("a,b:c.yaml", "x: 1\ny: 2\n");
        let one = Diagnostic::error("odd", &source, 0..1, "is 100% odd\n::stop::").hint("mend it");
        let two = Diagnostic::warning("odd", &source, 0..7, "spans lines");
        let expected = "\
::error file=a%2Cb%3Ac.yaml,line=1,endLine=1,col=1,endColumn=2,title=odd::is 100%25 odd%0A::stop::%0Ahint: mend it
::warning file=a%2Cb%3Ac.yaml,line=1,endLine=2,col=1,title=odd::spans lines
";
        assert_eq!(commands(&[two, one]), expected);
    }
}
