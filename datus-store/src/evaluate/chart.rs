//! The report as an SVG bar chart. The SVG is written by hand, because a plotting crate would add far more code.

use std::fmt::{self, Write};

use super::Report;

/// The palette of Okabe and Ito, which is suitable for color-blind readers. With more runs than colors, the colors repeat.
const COLORS: [&str; 7] = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999"];

// All lengths are in pixels.
const BAR: f64 = 34.0;
const GROUP_GAP: f64 = 28.0;
/// The minimum width of a group, which leaves room for its name.
const GROUP: f64 = 90.0;
/// The minimum width of all groups together, which leaves room for the title.
const PLOT: f64 = 380.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 20.0;
const TITLE: f64 = 46.0;
const HEIGHT: f64 = 260.0;
const BOTTOM: f64 = 40.0;
const LEGEND_LINE: f64 = 20.0;
const LEGEND_MARK: f64 = 12.0;
/// The approximate width of a character in the legend.
const LEGEND_CHARACTER: f64 = 7.2;

impl Report {
    /// Draws a bar chart as an SVG document, with a group for each measure and a bar for each run.
    pub fn to_svg(&self) -> String {
        let mut svg = String::new();
        // Writing into a `String` cannot fail.
        let _ = self.draw(&mut svg);
        svg
    }

    fn draw(&self, svg: &mut String) -> fmt::Result {
        let (measures, runs) = (self.measures(), self.values());
        let names: Vec<&str> = runs.iter().map(|(name, _)| *name).collect();
        let bars = BAR * runs.len() as f64;
        let group = (bars + GROUP_GAP).max(GROUP);
        let plot = (group * measures.len() as f64).max(PLOT);
        let group = plot / measures.len() as f64;
        let legend = Legend::new(&names, plot);
        let top = TITLE + legend.height() + 22.0;
        let (width, height) = (LEFT + plot + RIGHT, top + HEIGHT + BOTTOM);
        let questions = self.questions().len();
        let plural = if questions == 1 { "" } else { "s" };
        let title = format!("Search quality, mean of {questions} question{plural}");
        write!(
            svg,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0} {height:.0}" width="{width:.0}" height="{height:.0}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="12" fill="#222">
<title>{title}</title>
<rect width="{width:.0}" height="{height:.0}" fill="#fff"/>
<text x="{LEFT}" y="30" font-size="16" font-weight="600">{title}</text>
"##
        )?;
        legend.draw(svg)?;
        axis(svg, top, LEFT + plot)?;
        for (number, measure) in measures.iter().enumerate() {
            let middle = LEFT + group * (number as f64 + 0.5);
            let values =
                runs.iter().map(|(name, values)| (*name, values.get(number).copied().unwrap_or(0.0)));
            draw_bars(svg, middle - bars / 2.0, top, &measure.to_string(), values)?;
            let y = top + HEIGHT + 22.0;
            writeln!(
                svg,
                r#"<text x="{middle:.1}" y="{y:.1}" text-anchor="middle" font-weight="600">{measure}</text>"#
            )?;
        }
        svg.push_str("</svg>\n");
        Ok(())
    }
}

/// The legend with the names of the runs.
struct Legend<'a> {
    /// Each name with its x coordinate and its line number.
    names: Vec<(&'a str, f64, usize)>,
}

impl<'a> Legend<'a> {
    fn new(names: &[&'a str], width: f64) -> Self {
        let (mut left, mut line) = (0.0, 0);
        let place = |name: &&'a str| {
            let own = LEGEND_MARK + 24.0 + name.chars().count() as f64 * LEGEND_CHARACTER;
            if left > 0.0 && left + own > width {
                (left, line) = (0.0, line + 1);
            }
            let place = (*name, LEFT + left, line);
            left += own;
            place
        };
        Self { names: names.iter().map(place).collect() }
    }

    fn height(&self) -> f64 {
        let lines = self.names.last().map_or(0, |(_, _, line)| line + 1);
        LEGEND_LINE * lines as f64
    }

    fn draw(&self, svg: &mut String) -> fmt::Result {
        for (number, (name, left, line)) in self.names.iter().enumerate() {
            let y = TITLE + LEGEND_LINE * *line as f64;
            let (color, name) = (color(number), escaped(name));
            let (text, baseline) = (left + LEGEND_MARK + 6.0, y + 10.0);
            writeln!(
                svg,
                r#"<rect x="{left:.1}" y="{y:.1}" width="{LEGEND_MARK}" height="{LEGEND_MARK}" rx="2" fill="{color}"/><text x="{text:.1}" y="{baseline:.1}">{name}</text>"#
            )?;
        }
        Ok(())
    }
}

/// Draws the grid lines from 0 to 1 with their labels.
fn axis(svg: &mut String, top: f64, right: f64) -> fmt::Result {
    for (value, label) in [(0.0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1.0, "1")] {
        let y = top + above(value);
        let color = if value == 0.0 { "#666" } else { "#ddd" };
        let (text, baseline) = (LEFT - 8.0, y + 4.0);
        writeln!(
            svg,
            r#"<line x1="{LEFT}" y1="{y:.1}" x2="{right:.1}" y2="{y:.1}" stroke="{color}"/><text x="{text:.1}" y="{baseline:.1}" text-anchor="end">{label}</text>"#
        )?;
    }
    Ok(())
}

/// Draws the bars of one measure, each with its value above and a tooltip.
fn draw_bars<'a>(
    svg: &mut String,
    left: f64,
    top: f64,
    measure: &str,
    values: impl Iterator<Item = (&'a str, f64)>,
) -> fmt::Result {
    for (number, (name, value)) in values.enumerate() {
        let (x, y) = (left + BAR * number as f64 + 2.0, top + above(value));
        let (width, height) = (BAR - 4.0, HEIGHT - above(value));
        let (color, name) = (color(number), escaped(name));
        let (middle, baseline, label) = (x + width / 2.0, y - 5.0, short(value));
        writeln!(
            svg,
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" fill="{color}"><title>{measure} of {name}: {value:.3}</title></rect><text x="{middle:.1}" y="{baseline:.1}" text-anchor="middle" font-size="11">{label}</text>"#
        )?;
    }
    Ok(())
}

/// Formats a value with two digits: `.83`, `1.0`.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    match text.strip_prefix('0') {
        Some(digits) => digits.to_owned(),
        None => format!("{value:.1}"),
    }
}

/// Returns the height of the space above a value's bar.
fn above(value: f64) -> f64 {
    HEIGHT * (1.0 - value.clamp(0.0, 1.0))
}

fn color(number: usize) -> &'static str {
    COLORS.get(number % COLORS.len()).copied().unwrap_or("#000")
}

/// Escapes text for XML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // XML does not allow most control characters, even if they are escaped.
            character if character.is_control() => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}
