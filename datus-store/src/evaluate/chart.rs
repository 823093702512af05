//! The report as a chart: SVG text of our own. It is a page of bars; a plotting crate would bring more code than it takes.

use std::fmt::Write;

use super::Report;

/// The colours of Okabe and Ito, which people who see few colours tell apart too; more runs begin again.
const COLORS: [&str; 7] = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999"];

/// All lengths are in pixels.
const BAR: f64 = 34.0;
const GROUP_GAP: f64 = 28.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 88.0;
const PLOT: f64 = 260.0;
const BOTTOM: f64 = 40.0;
const LEGEND_MARK: f64 = 12.0;
/// About the width of a character of the legend.
const LEGEND_CHARACTER: f64 = 7.2;

impl Report {
    /// A bar chart as an SVG document: a group for each figure, a bar for each run.
    pub fn to_svg(&self) -> String {
        let (figures, runs) = (self.figures(), self.values());
        let names: Vec<&str> = runs.iter().map(|(name, _)| *name).collect();
        let group = BAR * runs.len().max(1) as f64 + GROUP_GAP;
        let plot = group * figures.len() as f64;
        let width = (LEFT + plot + RIGHT).max(legend_end(&names));
        let height = TOP + PLOT + BOTTOM;
        let mut svg = String::new();
        let questions = self.questions().len();
        let summary =
            format!("Search quality, mean of {questions} question{}", if questions == 1 { "" } else { "s" });
        // Writing into a `String` cannot fail.
        let _ = write!(
            svg,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0} {height:.0}" width="{width:.0}" height="{height:.0}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="12" fill="#222">
<title>{summary}</title>
<rect width="{width:.0}" height="{height:.0}" fill="#fff"/>
<text x="{LEFT}" y="30" font-size="16" font-weight="600">{summary}</text>
"##
        );
        legend(&mut svg, &names);
        axis(&mut svg, LEFT + plot);
        for (number, figure) in figures.iter().enumerate() {
            let left = LEFT + group * number as f64 + GROUP_GAP / 2.0;
            let middle = left + (group - GROUP_GAP) / 2.0;
            let values =
                runs.iter().map(|(name, values)| (*name, values.get(number).copied().unwrap_or(0.0)));
            bars(&mut svg, left, &figure.to_string(), values);
            let _ = writeln!(
                svg,
                r#"<text x="{middle:.1}" y="{:.1}" text-anchor="middle" font-weight="600">{figure}</text>"#,
                TOP + PLOT + 22.0
            );
        }
        svg.push_str("</svg>\n");
        svg
    }
}

fn legend(svg: &mut String, names: &[&str]) {
    let mut left = LEFT;
    for (number, name) in names.iter().enumerate() {
        let _ = writeln!(
            svg,
            r#"<rect x="{left:.1}" y="46" width="{LEGEND_MARK}" height="{LEGEND_MARK}" rx="2" fill="{}"/><text x="{:.1}" y="56">{}</text>"#,
            color(number),
            left + LEGEND_MARK + 6.0,
            escaped(name)
        );
        left += legend_width(name);
    }
}

fn legend_end(names: &[&str]) -> f64 {
    LEFT + names.iter().map(|name| legend_width(name)).sum::<f64>()
}

fn legend_width(name: &str) -> f64 {
    LEGEND_MARK + 24.0 + name.chars().count() as f64 * LEGEND_CHARACTER
}

/// The lines of 0 to 1, and what they are.
fn axis(svg: &mut String, right: f64) {
    for (value, label) in [(0.0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1.0, "1")] {
        let y = height_of(value);
        let color = if value == 0.0 { "#666" } else { "#ddd" };
        let _ = writeln!(
            svg,
            r#"<line x1="{LEFT}" y1="{y:.1}" x2="{right:.1}" y2="{y:.1}" stroke="{color}"/><text x="{:.1}" y="{:.1}" text-anchor="end">{label}</text>"#,
            LEFT - 8.0,
            y + 4.0
        );
    }
}

/// The bars of one figure, each with its value above and its name to point at.
fn bars<'a>(svg: &mut String, left: f64, figure: &str, values: impl Iterator<Item = (&'a str, f64)>) {
    for (number, (name, value)) in values.enumerate() {
        let (x, y) = (left + BAR * number as f64, height_of(value));
        let _ = writeln!(
            svg,
            r#"<rect x="{:.1}" y="{y:.1}" width="{:.1}" height="{:.1}" fill="{}"><title>{figure} of {}: {value:.3}</title></rect><text x="{:.1}" y="{:.1}" text-anchor="middle" font-size="11">{}</text>"#,
            x + 2.0,
            BAR - 4.0,
            height_of(0.0) - y,
            color(number),
            escaped(name),
            x + BAR / 2.0,
            y - 5.0,
            short(value)
        );
    }
}

/// A value of two digits: `.83`, `1.0`.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    match text.strip_prefix('0') {
        Some(digits) => digits.to_owned(),
        None => format!("{value:.1}"),
    }
}

fn height_of(value: f64) -> f64 {
    TOP + PLOT * (1.0 - value.clamp(0.0, 1.0))
}

fn color(number: usize) -> &'static str {
    COLORS.get(number % COLORS.len()).copied().unwrap_or("#000")
}

/// Text inside of XML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // XML has no place for other control characters, not even escaped.
            character if character.is_control() => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}
