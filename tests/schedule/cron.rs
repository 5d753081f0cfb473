//! Cron patterns, read by hand: numbers, `*`, lists, ranges and steps, and nothing else.

use jiff::civil::DateTime;

/// A pattern as the values that each field allows.
pub struct Plain {
    fields: [Vec<i8>; 5],
    any_day: [bool; 2],
}

impl Plain {
    /// Reads a pattern.
    pub fn read(text: &str) -> Self {
        let parts: Vec<&str> = text.split(' ').collect();
        let bounds = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
        let fields = std::array::from_fn(|at| values(parts[at], bounds[at]));
        Self { fields, any_day: [parts[2] == "*", parts[4] == "*"] }
    }

    /// Whether a local minute is named.
    pub fn names(&self, time: DateTime) -> bool {
        let [minute, hour, day, month, weekday] = &self.fields;
        let is_day = day.contains(&time.day());
        let is_weekday = weekday.contains(&time.weekday().to_sunday_zero_offset());
        // If both days are given, one is enough.
        let date = match self.any_day {
            [false, false] => is_day || is_weekday,
            _ => is_day && is_weekday,
        };
        date && minute.contains(&time.minute()) && hour.contains(&time.hour()) && month.contains(&time.month())
    }
}

fn values(field: &str, (least, most): (i8, i8)) -> Vec<i8> {
    let number = |text: &str| text.parse::<i8>().unwrap();
    let of_part = |part: &str| {
        let (range, step) = part.split_once('/').map_or((part, 1), |(range, step)| (range, number(step)));
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from), number(to)),
            None if range == "*" => (least, most),
            None => (number(range), number(range)),
        };
        (from..=to).step_by(usize::try_from(step).unwrap()).collect::<Vec<_>>()
    };
    field.split(',').flat_map(of_part).collect()
}
