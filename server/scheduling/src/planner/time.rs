//! Local times of the site and of its people, as minutes on one line.
//!
//! A skipped local time is read with the offset before the change, a repeated one is its first:
//! what RFC 5545 asks for, and what jiff does when it is not told otherwise.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// Minutes since 1970 in UTC.
pub(super) type Minute = i64;

/// A half-open stretch.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Span {
    pub(super) from: Minute,
    pub(super) to: Minute,
}

impl Span {
    pub(super) fn overlaps(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }
}

/// The minute at which a zone's clocks show `minutes` after midnight of a day; 1440 is the end.
pub(super) fn minute(date: Date, minutes: i64, zone: &TimeZone) -> Minute {
    let (date, minutes) = if minutes >= DAY {
        (date.tomorrow().unwrap_or(date), minutes - DAY)
    } else {
        (date, minutes)
    };
    let civil = date.at((minutes / 60) as i8, (minutes % 60) as i8, 0, 0);
    zone.to_timestamp(civil)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .as_second()
        .div_euclid(60)
}

/// What a zone's clocks show at a minute: the day, and minutes after its midnight.
pub(super) fn local(minute: Minute, zone: &TimeZone) -> (Date, i64) {
    let at = Timestamp::from_second(minute * 60)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(zone.clone());
    (
        at.date(),
        i64::from(at.hour()) * 60 + i64::from(at.minute()),
    )
}

/// `HH:MM` of minutes after midnight.
pub(super) fn label(minutes: i64) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Joins spans that touch or overlap; the result is in order.
pub(super) fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => merged.push(span),
        }
    }
    merged
}

/// What is left of spans in order when others in order are taken out.
pub(super) fn without(spans: Vec<Span>, taken: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    for mut span in spans {
        for hole in taken {
            if !hole.overlaps(span) {
                continue;
            }
            if span.from < hole.from {
                left.push(Span {
                    from: span.from,
                    to: hole.from,
                });
            }
            span.from = hole.to;
            if span.from >= span.to {
                break;
            }
        }
        if span.from < span.to {
            left.push(span);
        }
    }
    left
}

pub(super) const DAY: i64 = 24 * 60;

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_skipped_time_is_read_with_the_offset_before_the_change() {
        let zone = TimeZone::get("Europe/Bucharest").unwrap();
        let day = date(2026, 3, 29);

        // 03:00 becomes 04:00.
        assert_eq!(minute(day, 210, &zone), minute(day, 270, &zone));
    }

    #[test]
    fn a_repeated_time_is_its_first() {
        let zone = TimeZone::get("Europe/Bucharest").unwrap();
        let day = date(2026, 10, 25);

        assert_eq!(minute(day, 210, &zone) - minute(day, 120, &zone), 90);
        assert_eq!(minute(day, 240, &zone) - minute(day, 210, &zone), 90);
    }

    #[test]
    fn holes_are_taken_out_of_spans() {
        let span = |from, to| Span { from, to };

        assert_eq!(
            without(vec![span(0, 10), span(20, 30)], &[span(2, 4), span(8, 22)]),
            [span(0, 2), span(4, 8), span(22, 30)]
        );
        assert_eq!(
            merged(vec![span(5, 8), span(1, 5), span(9, 9)]),
            [span(1, 8), span(9, 9)]
        );
    }
}
