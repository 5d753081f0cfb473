//! A run on paper.

use super::*;
use crate::report::sample::Sample;

fn records() -> Vec<Record> {
    Sample::whole().told.into_iter().map(|(record, _)| record).collect()
}

fn sheet() -> CueSheet {
    CueSheet::of(&records()).expect("the records begin with a start")
}

#[test]
fn a_run_is_told_line_by_line_with_its_times() {
    insta::assert_snapshot!(text(&sheet(), 80), @r##"
    00:00.0  host          generate  250 credits
    00:02.1  wait_ready_1
    00:07.4  speak_1       “Hello Alex, call [input phone] to join!” → lobby  ≈2.6s
    00:10.4  pause_1       GO “House lights to half␛[31m, wait for applause”
    00:14.4  speak_2       “Let me show you what is new.” → lobby  ≈2.6s
    00:16.1  greet[ada]    speak “Welcome back.” → lobby  ≈2.6s
    00:17.1  greet[bob]    speak “Welcome back.” → lobby  ≈2.6s
    00:18.1  greet[=cyd]   speak “Welcome back.” → lobby  ≈2.6s
    00:19.0  speak_3       “…and that is the whole trick.” → lobby  ≈2.6s
    00:31.0  speak_4       “Thank you, and good night!” → lobby  ≈2.6s
    00:33.0  end
    "##);
}

#[test]
fn a_cue_sheet_is_a_table_in_which_go_stands_out() {
    insta::assert_snapshot!(markdown(&sheet()), @r##"
    # welcome

    workflows/welcome.yaml · 10 cues · ends at 00:33.0

    | Time | Cue | Agent → room | Line | Note |
    |---:|---|---|---|---|
    | 00:00.0 | host (generate) |  |  | 250 credits |
    | 00:02.1 | wait_ready_1 |  |  |  |
    | 00:07.4 | speak_1 | → lobby | “Hello Alex, call \[input phone\] to join!” | ≈2.6s |
    | **00:10.4** | **GO** pause_1 | | **“House lights to half␛\[31m, wait for applause”** |  |
    | 00:14.4 | speak_2 | → lobby | “Let me show you what is new.” | ≈2.6s |
    | 00:16.1 | greet\[ada\] (speak) | → lobby | “Welcome back.” | ≈2.6s |
    | 00:17.1 | greet\[bob\] (speak) | → lobby | “Welcome back.” | ≈2.6s |
    | 00:18.1 | greet\[=cyd\] (speak) | → lobby | “Welcome back.” | ≈2.6s |
    | 00:19.0 | speak_3 | → lobby | “…and that is the whole trick.” | ≈2.6s |
    | 00:31.0 | speak_4 | → lobby | “Thank you, and good night!” | ≈2.6s |
    "##);
}

#[test]
fn lines_fit_the_paper_and_hide_what_is_sensitive() {
    let text = text(&sheet(), 72);
    assert!(text.lines().all(|line| crate::text::width(line) <= 72), "{text}");
    assert!(!text.contains("+33 6 12 34") && !markdown(&sheet()).contains("+33 6 12 34"));
}

#[test]
fn a_cell_holds_no_markup() {
    let mut sheet = sheet();
    sheet.cues.truncate(1);
    sheet.cues[0].line = "a | b <i> *c* _d_ [e](f)".to_owned();
    let text = markdown(&sheet);
    let row = text.lines().last().unwrap_or_default();
    assert!(row.contains(r"a \| b &lt;i&gt; \*c\* \_d\_ \[e\](f)"), "{row}");
}

#[test]
fn records_without_a_start_are_no_run() {
    assert_eq!(CueSheet::of(&records()[1..]), None);
    assert_eq!(CueSheet::of(&[]), None);
}

#[test]
fn a_stopwatch_counts_hours_when_there_are_any() {
    let shown = [5_240, 65_000, 3_725_200].map(|millis| stopwatch(Millis(millis)));
    assert_eq!(shown, ["00:05.2", "01:05.0", "1:02:05.2"]);
}

#[test]
fn a_step_that_could_not_be_told_says_why() {
    let mut records = records();
    let failure = crate::outcome::Failure::rejected("template", "`steps.x.body.name` has no value");
    records[1].event = Event::StepFailed { step: StepKey::node(5), failure };
    let text = text(&CueSheet::of(&records[..2]).expect("a start"), 80);
    assert!(text.contains("speak_2  `steps.x.body.name` has no value  fails"), "{text}");
}
