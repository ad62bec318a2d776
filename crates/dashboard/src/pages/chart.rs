//! Charts, drawn here as SVG: they need no script and print. Each says in words what it shows, and its figures stand in
//! a table besides: of the months on the page, of a course right below it, of small ones on the page of each home.

use askama::Template;
use carehub_domain::trigger::Course;
use jiff::civil::Date;

use super::words;

/// The width and height of what is drawn in, in the units of the drawing.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 160.0;

/// Room above, for the figure of a bar; and below, for months.
const ABOVE: f64 = 22.0;
const BELOW: f64 = 24.0;

/// Bars, one a month.
#[derive(Template)]
#[template(path = "chart_months.html")]
pub(super) struct Months {
    title: String,
    bars: Vec<Bar>,
    limit: Option<LimitLine>,
    base: f64,
    width: f64,
    height: f64,
}

/// The one limit that bars of months can be held against: that of a trigger that counts by the month.
pub(super) struct MonthLimit {
    /// What the trigger is called.
    pub(super) name: String,
    /// Where the line is, and what it means: `more than 14`.
    pub(super) at: f64,
    pub(super) words: String,
    /// How many of each month's incidents the trigger counts, in the order of the months.
    pub(super) counted: Vec<u32>,
}

struct LimitLine {
    y: f64,
    word_y: f64,
    words: String,
}

struct Bar {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    middle: f64,
    count: u32,
    /// The part of it that the trigger counts whose limit is drawn: from where, and how high.
    part: Option<(f64, f64)>,
    /// The month, under every third bar.
    label: String,
    is_last: bool,
}

/// Months with how many incidents each had, and the limit that is drawn across them.
pub(super) fn months(months: &[(Date, u32)], limit: Option<&MonthLimit>) -> Months {
    let counts = months.iter().map(|(_, count)| f64::from(*count));
    let most = counts.fold(limit.map_or(0.0, |limit| limit.at), f64::max);
    let total: u32 = months.iter().map(|(_, count)| count).sum();
    let step = WIDTH / months.len().max(1) as f64;
    let base = HEIGHT - BELOW;
    let high = |count: f64| tenth(share(count, most) * (base - ABOVE));
    let bars = months.iter().enumerate().map(|(nth, (month, count))| {
        let height = high(f64::from(*count));
        let x = nth as f64 * step;
        let is_labelled = (months.len() - 1 - nth).is_multiple_of(4);
        let part = limit.and_then(|limit| limit.counted.get(nth)).filter(|part| **part > 0);
        Bar {
            x: tenth(x + 3.0),
            y: tenth(base - height),
            width: tenth(step - 6.0),
            height,
            middle: tenth(x + step / 2.0),
            count: *count,
            part: part.map(|part| (tenth(base - high(f64::from(*part))), high(f64::from(*part)))),
            label: if is_labelled { month.strftime("%b %y").to_string() } else { String::new() },
            is_last: nth + 1 == months.len(),
        }
    });
    let busiest = months.iter().rev().max_by_key(|(_, count)| *count).filter(|(_, c)| *c > 0);
    let busiest = busiest.map(|(month, count)| {
        format!(" The busiest was {}, with {count}.", month.strftime("%B %Y"))
    });
    let line = limit.map(|limit| {
        let now = limit.counted.last().copied().unwrap_or_default();
        format!(
            " The line is the limit of “{}”: {}; it counts {now} of this month.",
            limit.name, limit.words
        )
    });
    Months {
        title: format!(
            "Concerns a month over {} months: {}.{}{}",
            months.len(),
            words::plural(total, "incident", "incidents"),
            busiest.unwrap_or_default(),
            line.unwrap_or_default()
        ),
        bars: bars.collect(),
        limit: limit.map(|limit| {
            let y = tenth(base - high(limit.at));
            LimitLine { y, word_y: tenth(y - 5.0), words: limit.words.clone() }
        }),
        base,
        width: WIDTH,
        height: HEIGHT,
    }
}

/// A line with the limit at which its trigger fires.
#[derive(Template)]
#[template(path = "chart_course.html")]
pub(super) struct CourseChart {
    pub(super) title: String,
    pub(super) name: String,
    now: String,
    /// When it fires: `more than 5`, or `3 or more`.
    limit: String,
    points: String,
    limit_y: f64,
    limit_word_y: f64,
    /// Where each year begins, and where its label stands.
    years: Vec<(f64, f64, i16)>,
    /// The first day and the last.
    first: String,
    last: String,
    /// Each day with what it counted then, the newest first.
    rows: Vec<(String, String)>,
    base: f64,
    width: f64,
    height: f64,
}

/// The width and height of a small one.
const SMALL: (f64, f64) = (320.0, 136.0);

/// Room below for the years, and under them for the first day and the last.
const SMALL_BELOW: f64 = 38.0;

/// Half of what a year takes as a label.
const HALF_A_YEAR: f64 = 16.0;

/// How a trigger's count ran, and in words when it fires.
pub(super) fn course(course: &Course, name: String, limit: String) -> CourseChart {
    let (width, height) = SMALL;
    let base = height - SMALL_BELOW;
    let counts = course.points.iter().map(|(_, counted)| *counted);
    let most = counts.fold(course.limit, f64::max) * 1.15;
    let y = |value: f64| tenth(base - share(value, most) * (base - 6.0));
    let step = width / (course.points.len().max(2) - 1) as f64;
    let points = course.points.iter().enumerate();
    let points: Vec<String> = points
        .map(|(nth, (_, counted))| format!("{},{}", tenth(nth as f64 * step), y(*counted)))
        .collect();
    // The point of a month stands at its end: a year begins with the point before that of January.
    let januaries =
        course.points.iter().enumerate().skip(1).filter(|(_, (day, _))| day.month() == 1);
    let years = januaries.map(|(nth, (day, _))| {
        let x = (nth as f64 - 1.0) * step;
        (tenth(x), tenth(x.clamp(HALF_A_YEAR, width - HALF_A_YEAR)), day.year())
    });
    let now = course.points.last().map_or(0.0, |(_, counted)| *counted);
    let limit_y = y(course.limit);
    let highest = course.points.iter().rev().max_by(|a, b| a.1.total_cmp(&b.1));
    let highest = highest.map(|(day, counted)| {
        format!(" The highest was {} in {}.", words::number(*counted), day.strftime("%B %Y"))
    });
    let day = |point: Option<&(Date, f64)>| {
        point.map(|(day, _)| day.strftime("%-d %b %Y").to_string()).unwrap_or_default()
    };
    let rows = course
        .points
        .iter()
        .rev()
        .map(|(day, counted)| (day.strftime("%-d %B %Y").to_string(), words::number(*counted)));
    CourseChart {
        title: format!(
            "{name}: {} now, it fires at {limit}.{}",
            words::number(now),
            highest.unwrap_or_default()
        ),
        now: words::number(now),
        limit,
        points: points.join(" "),
        limit_y,
        limit_word_y: if limit_y < 20.0 { limit_y + 14.0 } else { limit_y - 5.0 },
        years: years.collect(),
        first: day(course.points.first()),
        last: day(course.points.last()),
        rows: rows.collect(),
        base,
        width,
        height,
        name,
    }
}

/// Bars without figures, one of many beside each other.
#[derive(Template)]
#[template(path = "chart_small.html")]
pub(super) struct Small {
    title: String,
    bars: Vec<(f64, f64, f64, f64)>,
}

/// Months of one home, drawn to the scale of the busiest month of all that stand beside each other.
pub(super) fn small(months: &[(Date, u32)], most: u32, name: &str) -> Small {
    let step = 240.0 / months.len().max(1) as f64;
    let total: u32 = months.iter().map(|(_, count)| count).sum();
    let bars = months.iter().enumerate().filter(|(_, (_, count))| *count > 0);
    let bars = bars.map(|(nth, (_, count))| {
        let height = share(f64::from(*count), f64::from(most)) * 46.0;
        (tenth(nth as f64 * step + 1.0), tenth(48.0 - height), tenth(step - 2.0), tenth(height))
    });
    let highest = months.iter().map(|(_, count)| *count).max().unwrap_or_default();
    Small {
        title: format!(
            "{name}: {} over {} months, {highest} in the busiest",
            words::plural(total, "incident", "incidents"),
            months.len()
        ),
        bars: bars.collect(),
    }
}

/// A meter: how much of its limit a count has reached.
#[derive(Template)]
#[template(
    source = "<svg class=\"ch-meter\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\"><rect class=\"of\" width=\"100\" height=\"10\"/><rect class=\"part{% if over %} over{% endif %}\" width=\"{{ part }}\" height=\"10\"/></svg>",
    ext = "html"
)]
pub(super) struct Meter {
    part: f64,
    over: bool,
}

/// How much of `limit` `counts` is; `holds` where it has crossed it.
pub(super) fn meter(counts: f64, limit: f64, holds: bool) -> Meter {
    Meter { part: tenth(share(counts, limit).min(1.0) * 100.0), over: holds }
}

fn share(part: f64, of: f64) -> f64 {
    if of > 0.0 { part / of } else { 0.0 }
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use carehub_domain::TriggerId;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_chart_says_in_words_what_it_shows_and_stays_within_its_frame() {
        let chart =
            months(&[(date(2026, 9, 1), 0), (date(2026, 10, 1), 7), (date(2026, 11, 1), 1)], None);
        assert_eq!(
            chart.title,
            "Concerns a month over 3 months: 8 incidents. The busiest was October 2026, with 7."
        );
        assert!(chart.bars.iter().all(|bar| bar.y >= ABOVE && bar.y + bar.height <= chart.base));
        assert_eq!(months(&[(date(2026, 9, 1), 0)], None).bars[0].height, 0.0);
    }

    #[test]
    fn the_limit_of_a_month_is_drawn_to_the_scale_of_the_bars_and_of_the_part_that_it_counts() {
        let limit = MonthLimit {
            name: "Calls".to_owned(),
            at: 14.0,
            words: "more than 14 in a month".to_owned(),
            counted: vec![14, 3],
        };
        let chart = months(&[(date(2026, 10, 1), 20), (date(2026, 11, 1), 3)], Some(&limit));
        let line = chart.limit.as_ref().unwrap();
        let (top, _) = chart.bars[0].part.unwrap();
        assert_eq!(top, line.y, "a part as high as the limit reaches the line");
        assert!(chart.bars[0].y < line.y && chart.bars[1].y > line.y);
        assert!(
            chart.title.ends_with(
                "The line is the limit of “Calls”: more than 14 in a month; it counts 3 of this month."
            ),
            "{}",
            chart.title
        );
        // Where no bar reaches it, the limit is still within the frame.
        let quiet = months(&[(date(2026, 11, 1), 1)], Some(&limit));
        assert_eq!(quiet.limit.unwrap().y, ABOVE);
    }

    #[test]
    fn the_limit_is_drawn_where_the_line_would_cross_it_and_says_what_it_means() {
        let points = vec![(date(2026, 10, 31), 6.0), (date(2026, 11, 27), 3.0)];
        let trigger = TriggerId::new("t").unwrap();
        let course_of = Course { trigger, limit: 6.0, points };
        let chart = course(&course_of, "Referrals".to_owned(), "more than 6".to_owned());
        assert!(chart.points.starts_with(&format!("0,{} ", chart.limit_y)), "{}", chart.points);
        assert_eq!(
            chart.title,
            "Referrals: 3 now, it fires at more than 6. The highest was 6 in October 2026."
        );
        let drawn = chart.render().unwrap();
        for part in [
            "fires at more than 6</text>",
            ">31 Oct 2026</text>",
            ">27 Nov 2026</text>",
            "<th scope=\"row\" class=\"govuk-table__header\">31 October 2026</th>",
        ] {
            assert!(drawn.contains(part), "{part}: {drawn}");
        }
    }

    #[test]
    fn a_year_begins_on_the_axis_where_its_first_month_does() {
        let ends = [date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28)];
        let points = ends.map(|day| (day, 1.0)).to_vec();
        let course_of = Course { trigger: TriggerId::new("t").unwrap(), limit: 3.0, points };
        let chart = course(&course_of, "Kinds".to_owned(), "3 or more".to_owned());
        // The end of December stands a third of the way along.
        assert_eq!(chart.years, [(106.7, 106.7, 2027)]);
    }
}
