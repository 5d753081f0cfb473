//! Lines of a script as a list for the person who decides about them: step, text, room.

use std::io::IsTerminal as _;

use crate::executors::coming::Line;
use crate::text::{cut, grouped, pad, width};

/// The widest that the column of steps gets.
const WIDEST: usize = 20;

/// A list, under a heading; what is not shown is counted.
pub fn list(heading: &str, lines: &[Line], more: usize) -> String {
    let columns = match std::io::stderr().is_terminal() {
        true => crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns).max(40)),
        false => usize::MAX,
    };
    table(heading, lines, more, columns)
}

fn table(heading: &str, lines: &[Line], more: usize, columns: usize) -> String {
    let steps = lines.iter().map(|line| width(&line.step)).max().unwrap_or(0).min(WIDEST);
    let mut text = format!("{heading}\n");
    for line in lines {
        let room = line.room.as_ref().map(|room| format!("  → {room}")).unwrap_or_default();
        let space = columns.saturating_sub(steps + 4 + width(&room) + 2).max(8);
        let said = cut(&line.text, space);
        let said = if line.is_quoted { format!("“{said}”") } else { said };
        text.push_str(&format!("  {}  {said}{room}\n", pad(&cut(&line.step, steps), steps)));
    }
    if more > 0 {
        text.push_str(&format!("  and {} more\n", grouped(more as u64)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_lines_up_and_fits() {
        let line = |step: &str, text: &str, room: Option<&str>| Line {
            step: step.to_owned(),
            text: text.to_owned(),
            is_quoted: !text.starts_with("POST"),
            room: room.map(str::to_owned),
        };
        let lines = [
            line("speak_1", "Hello Alex, welcome to the launch of the year!", Some("stage")),
            line("note", "POST https://api.crm.example/notes", None),
        ];
        insta::assert_snapshot!(table("next:", &lines, 1_200, 48), @"
        next:
          speak_1  “Hello Alex, welcome to th…”  → stage
          note     POST https://api.crm.example/notes
          and 1,200 more
        ");
    }
}
