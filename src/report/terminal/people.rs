//! The people of a campaign: their counts in the row of the loop, and at the end for those who ask what came of it.

use std::collections::BTreeMap;

use crate::plan::model::{StepKey, Work};
use crate::report::audience::{Audience, Standing};
use crate::report::projection::RunView;
use crate::report::step::State;
use crate::report::terminal::phrase::Phrase;
use crate::report::terminal::theme;
use crate::text::{Line, clean, grouped, pad, width};

/// `heard 1,204 · 1 failed · waiting for room 340 of 3,000`: what matters most first, for the end gives way.
pub(crate) fn phrase(audience: &Audience) -> Phrase {
    let told = |(standing, count): (Standing, usize)| match standing {
        Standing::Failed | Standing::Unknown => format!("{} {standing}", grouped(count as u64)),
        _ => format!("{standing} {}", grouped(count as u64)),
    };
    let parts: Vec<String> = audience.counts().map(told).collect();
    let text = if parts.is_empty() { "nobody".to_owned() } else { String::new() };
    let after = if parts.is_empty() { String::new() } else { format!(" of {}", grouped(audience.people() as u64)) };
    Phrase { text, parts, after, ..Phrase::default() }
}

/// What came of each loop that addressed people: a count a line, and who heard which text.
pub(crate) fn summary(view: &RunView) -> Vec<Line> {
    view.audiences().flat_map(|(step, audience)| of_loop(view, step, audience)).collect()
}

fn of_loop(view: &RunView, step: StepKey, audience: &Audience) -> Vec<Line> {
    let title = clean(&view.mask.text(view.node(step).map_or("", |node| node.title())));
    let people = if audience.people() == 1 { "person" } else { "people" };
    let mut lines = vec![Line::plain(format!("  {title}: {} {people}", grouped(audience.people() as u64)))];
    let counts: Vec<(Standing, String)> =
        audience.counts().map(|(standing, count)| (standing, grouped(count as u64))).collect();
    let numbers = counts.iter().map(|(_, count)| width(count)).max().unwrap_or(0);
    let words = counts.iter().map(|(standing, _)| width(&standing.to_string())).max().unwrap_or(0);
    for (standing, count) in &counts {
        let share = share(audience.count(*standing), audience.people());
        let gap = " ".repeat(numbers - width(count));
        let line = Line::plain(format!("    {gap}{count}  "))
            .with(style(*standing), pad(&standing.to_string(), words))
            .with(theme::FAINT, format!("  {share:>5}"));
        lines.push(line);
    }
    let variants = variants(view, step, audience);
    if !variants.is_empty() {
        let told = variants.iter().map(|(name, count)| format!("{} {}", clean(name), grouped(*count as u64)));
        lines.push(Line::plain(format!("    heard by variant: {}", told.collect::<Vec<_>>().join(", "))));
    }
    lines
}

/// `40%`, `0.3%`; what is little is not told as nothing, nor what is nearly all as all.
fn share(count: usize, people: usize) -> String {
    let share = count as f64 * 100.0 / people.max(1) as f64;
    match share {
        _ if count == people => "100%".to_owned(),
        0.0..0.1 => "<0.1%".to_owned(),
        0.1..10.0 => format!("{share:.1}%"),
        99.0.. => "99%".to_owned(),
        _ => format!("{share:.0}%"),
    }
}

fn style(standing: Standing) -> anstyle::Style {
    match standing {
        Standing::Heard | Standing::Carried => theme::GOOD,
        Standing::Failed => theme::BAD,
        Standing::Unknown => theme::CARE,
        _ => theme::PLAIN,
    }
}

/// How many lines of which variant were heard.
fn variants<'a>(view: &'a RunView, step: StepKey, audience: &Audience) -> BTreeMap<&'a str, usize> {
    let away = view.away.variants.get(&step.node).into_iter().flatten();
    let mut heard: BTreeMap<&str, usize> = away.map(|(variant, count)| (variant.as_str(), *count)).collect();
    let Some(Work::Loop(inner)) = view.node(step).map(|node| &node.work) else { return heard };
    for place in (0..).zip(&inner.body).filter(|(_, node)| node.rules.variants.is_some()).map(|(place, _)| place) {
        for index in 0..audience.people() as u32 {
            let line = view.step(StepKey::item(step.node, index, place));
            let line = line.filter(|line| matches!(line.state, State::Succeeded | State::Holding { .. }));
            if let Some(variant) = line.and_then(|line| line.rendering.as_ref()?.variant.as_deref()) {
                *heard.entry(variant).or_default() += 1;
            }
        }
    }
    heard
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::duration::Millis;
    use crate::engine::command::WaitReason;
    use crate::engine::event::{Event, Rendering, Speech};
    use crate::plan::model::ItemStep;
    use crate::report::moment::{Change, ChangedTo, Moment};
    use crate::report::sample::{BEGAN, Sample, addressing};
    use crate::report::terminal::Look;
    use crate::report::terminal::scene::Scene;

    fn audience() -> Audience {
        let mut audience = Audience::of(&addressing(1), 3_000).unwrap();
        let skipped = |reason: &str| State::Skipped { reason: reason.to_owned() };
        let states =
            [(State::Succeeded, 1_204), (State::Failed, 1), (skipped("excluded"), 40), (skipped("expired"), 3)];
        let mut index = 0;
        for (state, count) in states {
            for _ in 0..count {
                audience.take(ItemStep { index, inner: 0 }, &state, true, false);
                index += 1;
            }
        }
        audience
    }

    #[test]
    fn what_matters_least_gives_way_and_no_word_is_cut() {
        let phrase = phrase(&audience());
        assert_eq!(phrase.hidden(60), ["expired 3", "still to come 1,752"]);
        let fitted = [120, 60, 50, 40, 30].map(|columns| phrase.fit(columns));
        insta::assert_snapshot!(fitted.join("\n"), @"
        heard 1,204 · 1 failed · excluded 40 · expired 3 · still to come 1,752 of 3,000
        heard 1,204 · 1 failed · excluded 40 · … of 3,000
        heard 1,204 · 1 failed · excluded 40 · … of 3,000
        heard 1,204 · 1 failed · … of 3,000
        heard 1,204 · … of 3,000
        ");
    }

    /// The row of a line that waits, two hours before it is looked at again.
    fn row(reason: WaitReason) -> String {
        let mut sample = Sample::until(7_200);
        let step = StepKey::node(2);
        let until = Timestamp(BEGAN + 7_400 + 7_200_000);
        let change = Change { step, to: ChangedTo::Waiting { until, reason } };
        if reason == WaitReason::Room {
            let rendering = Rendering { room: Some("lobby".into()), ..Rendering::default() };
            let speech = Some(Speech { text: "Hello Alex!".into(), length: Millis(0) });
            let rendering = Box::new(Rendering { speech, ..rendering });
            sample.tell(7_300, Event::AttemptStarted { step, attempt: 1, rendering }, []);
        }
        sample.tell(7_400, Event::Due { step }, [change]);
        let mut view = sample.view();
        for (record, changes) in &sample.told {
            view.apply(&Moment { record, changes, past: false });
        }
        let scene = Scene::new(view, Look { columns: 80, cuts: true, ..Look::default() });
        scene.row(step, Timestamp(BEGAN + 7_400)).paint(false)
    }

    #[test]
    fn a_line_that_waits_says_for_what() {
        let rows = [WaitReason::Window, WaitReason::Cap, WaitReason::Room].map(row);
        insta::assert_snapshot!(rows.join("\n"), @"
        · speak_1        “Hello Alex, call [input phon…” · outside its window  in 2h00m
        · speak_1        “Hello Alex, call [input pho…” · addressed too often  in 2h00m
        · speak_1        “Hello Alex!”  → lobby · nobody in the room yet           0.1s
        ");
    }

    #[test]
    fn little_is_not_told_as_nothing_nor_nearly_all_as_all() {
        let told = [(1, 3_000), (3, 1_000), (1, 40), (1_204, 3_000), (2_999, 3_000), (5, 5)];
        assert_eq!(told.map(|(count, people)| share(count, people)), ["<0.1%", "0.3%", "2.5%", "40%", "99%", "100%"]);
    }
}
