//! Charts, drawn here as SVG: they need no script and print. Each says in words what it shows, and the page has
//! its figures in a table besides.

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
    base: f64,
    width: f64,
    height: f64,
}

struct Bar {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    middle: f64,
    count: u32,
    /// The month, under every third bar.
    label: String,
    is_last: bool,
}

/// Months with how many incidents each had.
pub(super) fn months(months: &[(Date, u32)]) -> Months {
    let most = months.iter().map(|(_, count)| *count).max().unwrap_or_default();
    let total: u32 = months.iter().map(|(_, count)| count).sum();
    let step = WIDTH / months.len().max(1) as f64;
    let base = HEIGHT - BELOW;
    let bars = months.iter().enumerate().map(|(nth, (month, count))| {
        let height = share(f64::from(*count), f64::from(most)) * (base - ABOVE);
        let x = nth as f64 * step;
        let is_labelled = (months.len() - 1 - nth).is_multiple_of(4);
        Bar {
            x: tenth(x + 3.0),
            y: tenth(base - height),
            width: tenth(step - 6.0),
            height: tenth(height),
            middle: tenth(x + step / 2.0),
            count: *count,
            label: if is_labelled { month.strftime("%b %y").to_string() } else { String::new() },
            is_last: nth + 1 == months.len(),
        }
    });
    let busiest = months.iter().rev().max_by_key(|(_, count)| *count).filter(|(_, c)| *c > 0);
    let busiest = busiest.map(|(month, count)| {
        format!(" The busiest was {}, with {count}.", month.strftime("%B %Y"))
    });
    Months {
        title: format!(
            "Concerns a month over {} months: {}.{}",
            months.len(),
            words::plural(total, "incident", "incidents"),
            busiest.unwrap_or_default()
        ),
        bars: bars.collect(),
        base,
        width: WIDTH,
        height: HEIGHT,
    }
}

/// A line with the limit that it may not cross.
#[derive(Template)]
#[template(path = "chart_course.html")]
pub(super) struct CourseChart {
    pub(super) title: String,
    pub(super) name: String,
    now: String,
    limit: String,
    points: String,
    limit_y: f64,
    limit_word_y: f64,
    base: f64,
    width: f64,
    height: f64,
}

/// The width and height of a small one.
const SMALL: (f64, f64) = (320.0, 110.0);

/// How a trigger's count ran.
pub(super) fn course(course: &Course, name: String) -> CourseChart {
    let (width, height) = SMALL;
    let base = height - 8.0;
    let counts = course.points.iter().map(|(_, counted)| *counted);
    let most = counts.fold(course.limit, f64::max) * 1.15;
    let y = |value: f64| tenth(base - share(value, most) * (base - 6.0));
    let step = width / (course.points.len().max(2) - 1) as f64;
    let points = course.points.iter().enumerate();
    let points: Vec<String> = points
        .map(|(nth, (_, counted))| format!("{},{}", tenth(nth as f64 * step), y(*counted)))
        .collect();
    let now = course.points.last().map_or(0.0, |(_, counted)| *counted);
    let limit_y = y(course.limit);
    let highest = course.points.iter().rev().max_by(|a, b| a.1.total_cmp(&b.1));
    let highest = highest.map(|(day, counted)| {
        format!(" The highest was {} in {}.", words::number(*counted), day.strftime("%B %Y"))
    });
    CourseChart {
        title: format!(
            "{name}: {} now, limit {}.{}",
            words::number(now),
            words::number(course.limit),
            highest.unwrap_or_default()
        ),
        now: words::number(now),
        limit: words::number(course.limit),
        points: points.join(" "),
        limit_y,
        limit_word_y: if limit_y < 20.0 { limit_y + 14.0 } else { limit_y - 5.0 },
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
            months(&[(date(2026, 9, 1), 0), (date(2026, 10, 1), 7), (date(2026, 11, 1), 1)]);
        assert_eq!(
            chart.title,
            "Concerns a month over 3 months: 8 incidents. The busiest was October 2026, with 7."
        );
        assert!(chart.bars.iter().all(|bar| bar.y >= ABOVE && bar.y + bar.height <= chart.base));
        assert_eq!(months(&[(date(2026, 9, 1), 0)]).bars[0].height, 0.0);
    }

    #[test]
    fn the_limit_is_drawn_where_the_line_would_cross_it() {
        let points = vec![(date(2026, 10, 31), 6.0), (date(2026, 11, 27), 3.0)];
        let trigger = TriggerId::new("t").unwrap();
        let chart = course(&Course { trigger, limit: 6.0, points }, "Referrals".to_owned());
        assert!(chart.points.starts_with(&format!("0,{} ", chart.limit_y)), "{}", chart.points);
        assert_eq!(chart.title, "Referrals: 3 now, limit 6. The highest was 6 in October 2026.");
    }
}
