//! The pages: measures of GB/T 9704-2012 (A4, upper edge 37 mm, left edge 28 mm, text 156 × 225 mm, 28 characters in a line,
//! 22 lines on a page; red head, red line, page numbers outside). Lines are broken here; fonts measure.

use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use super::face::{File, FontError, Pen, pack};
use super::{Printed, Shown};

const MM: f32 = 72.0 / 25.4;
const PAGE: (f32, f32) = (210.0 * MM, 297.0 * MM);
const LEFT: f32 = 28.0 * MM;
const WIDTH: f32 = 156.0 * MM;
const TOP: f32 = PAGE.1 - 37.0 * MM;
const BOTTOM: f32 = TOP - 225.0 * MM;
/// 三号
const BODY: f32 = 15.8;
const LINE: f32 = 225.0 * MM / 22.0;
/// 小四 for tables.
const CELL: f32 = 12.0;
const ROW: f32 = 22.0;
/// Numbers of the fonts in the document; pages follow.
const FONTS: [i32; 2] = [10, 20];
const FIRST_PAGE: i32 = 30;

#[derive(Clone, Copy, PartialEq)]
enum Ink {
    Black,
    Red,
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Middle,
    Right,
}

struct Paper<'a> {
    pens: [Pen<'a>; 2],
    done: Vec<Content>,
    page: Content,
    y: f32,
}

impl Paper<'_> {
    fn text(&mut self, bold: bool, size: f32, ink: Ink, (x, y): (f32, f32), text: &str) {
        let bytes = self.pens[usize::from(bold)].encode(text);
        let red = if ink == Ink::Red { 0.86 } else { 0.0 };
        self.page.set_fill_rgb(red, 0.0, 0.0);
        self.page.begin_text();
        self.page.set_font(Name(if bold { b"F2" } else { b"F1" }), size);
        self.page.next_line(x, y);
        self.page.show(Str(&bytes));
        self.page.end_text();
    }

    fn aligned(&mut self, bold: bool, size: f32, ink: Ink, side: Side, (left, width, y): (f32, f32, f32), text: &str) {
        let wide = self.pens[usize::from(bold)].width(text, size);
        let x = match side {
            Side::Left => left,
            Side::Middle => left + (width - wide) / 2.0,
            Side::Right => left + width - wide,
        };
        self.text(bold, size, ink, (x, y), text);
    }

    fn rule(&mut self, ink: Ink, weight: f32, from: (f32, f32), to: (f32, f32)) {
        self.page.set_stroke_rgb(if ink == Ink::Red { 0.86 } else { 0.0 }, 0.0, 0.0);
        self.page.set_line_width(weight);
        self.page.move_to(from.0, from.1).line_to(to.0, to.1).stroke();
    }

    fn turn(&mut self) {
        let full = std::mem::replace(&mut self.page, Content::new());
        self.done.push(full);
        self.y = TOP;
    }

    /// Makes room for so many points.
    fn room(&mut self, height: f32) -> bool {
        let turned = self.y - height < BOTTOM;
        if turned {
            self.turn();
        }
        turned
    }

    /// Breaks a text into lines: no closing mark begins one.
    fn broken(&self, bold: bool, size: f32, width: f32, text: &str) -> Vec<String> {
        let pen = &self.pens[usize::from(bold)];
        let (mut lines, mut line, mut wide) = (Vec::new(), String::new(), 0.0);
        for letter in text.chars() {
            let one = pen.width(letter.encode_utf8(&mut [0; 4]), size);
            // A mark that may not begin a line hangs over the edge instead.
            if wide + one > width && !line.is_empty() && !"，。、；：？！）》〉」』”’%％".contains(letter)
            {
                lines.push(std::mem::take(&mut line));
                wide = 0.0;
            }
            line.push(letter);
            wide += one;
        }
        lines.push(line);
        lines
    }

    fn head(&mut self, printed: &Printed) {
        let fit = WIDTH / self.pens[1].width(&printed.head, 1.0).max(1.0);
        let size = fit.min(42.0);
        self.y = TOP - 35.0 * MM;
        self.aligned(true, size, Ink::Red, Side::Middle, (LEFT, WIDTH, self.y), &printed.head);
        self.y -= 2.0 * LINE;
        self.aligned(false, BODY, Ink::Black, Side::Middle, (LEFT, WIDTH, self.y), &printed.doc_number);
        self.y -= 4.0 * MM;
        self.rule(Ink::Red, 1.6, (LEFT, self.y), (LEFT + WIDTH, self.y));
        self.y -= 2.0 * LINE;
        for line in self.broken(true, 22.0, WIDTH, &printed.title) {
            self.aligned(true, 22.0, Ink::Black, Side::Middle, (LEFT, WIDTH, self.y), &line);
            self.y -= 32.0;
        }
        self.y -= LINE / 2.0;
    }

    fn paragraph(&mut self, text: &str) {
        // Two empty characters at the beginning.
        for line in self.broken(false, BODY, WIDTH, &format!("\u{3000}\u{3000}{text}")) {
            self.room(LINE);
            self.text(false, BODY, Ink::Black, (LEFT, self.y), &line);
            self.y -= LINE;
        }
    }

    fn row(&mut self, bold: bool, edges: &[f32], cells: &[Shown]) {
        let (upper, lower) = (self.y + ROW, self.y);
        for (at, cell) in cells.iter().enumerate() {
            let (left, width) = (edges[at], edges[at + 1] - edges[at]);
            let (text, fit) = (cell.text(), width - 8.0);
            let size = CELL.min(CELL * fit / self.pens[usize::from(bold)].width(&text, CELL).max(1.0));
            self.aligned(bold, size, Ink::Black, Side::Middle, (left, width, lower + 6.5), &text);
        }
        for edge in edges {
            self.rule(Ink::Black, 0.5, (*edge, upper), (*edge, lower));
        }
        self.rule(Ink::Black, 0.5, (LEFT, lower), (LEFT + WIDTH, lower));
        self.y -= ROW;
    }

    fn columns(&mut self, edges: &[f32], heads: &[Shown]) {
        self.rule(Ink::Black, 1.0, (LEFT, self.y + ROW), (LEFT + WIDTH, self.y + ROW));
        self.row(true, edges, heads);
    }

    fn table(&mut self, printed: &Printed) {
        let all: f32 = printed.columns.iter().map(|column| column.share).sum();
        let mut edges = vec![LEFT];
        for column in &printed.columns {
            edges.push(edges[edges.len() - 1] + WIDTH * column.share / all);
        }
        let heads: Vec<Shown> = printed.columns.iter().map(|column| Shown::Text(column.head.clone())).collect();
        self.room(3.0 * ROW);
        self.y -= ROW;
        self.columns(&edges, &heads);
        let last = printed.rows.len();
        for (at, cells) in printed.rows.iter().chain(std::iter::once(&printed.sums)).enumerate() {
            if self.room(ROW / 2.0) {
                self.y -= ROW;
                self.columns(&edges, &heads);
            }
            self.row(at == last, &edges, cells);
        }
    }

    fn foot(&mut self, printed: &Printed) {
        for note in &printed.notes {
            for line in self.broken(false, CELL, WIDTH, note) {
                self.room(18.0);
                self.text(false, CELL, Ink::Black, (LEFT, self.y), &line);
                self.y -= 18.0;
            }
        }
        // The signature does not stand alone on a page: it takes the date along.
        self.room(4.0 * LINE);
        self.y -= 1.5 * LINE;
        // The date stands four characters from the right; the unit is centred over it.
        let (unit, date) = (self.pens[0].width(&printed.signature, BODY), self.pens[0].width(&printed.date, BODY));
        let right = LEFT + WIDTH - 4.0 * BODY;
        let left = (right - date / 2.0 - unit / 2.0).min(LEFT + WIDTH - unit);
        self.text(false, BODY, Ink::Black, (left, self.y), &printed.signature);
        self.y -= LINE;
        self.text(false, BODY, Ink::Black, (right - date, self.y), &printed.date);
    }

    fn numbers(&mut self) {
        let pages = std::mem::take(&mut self.done);
        for (at, page) in (1..).zip(pages) {
            self.page = page;
            let text = format!("— {at} —");
            // Outside: right on odd pages, left on even ones, one character in.
            let side = if at % 2 == 1 { Side::Right } else { Side::Left };
            let y = BOTTOM - 7.0 * MM - 7.0;
            self.aligned(false, 14.0, Ink::Black, side, (LEFT + 14.0, WIDTH - 28.0, y), &text);
            let full = std::mem::replace(&mut self.page, Content::new());
            self.done.push(full);
        }
    }
}

/// Prints a circular.
pub(super) fn print(printed: &Printed, plain: &File, bold: &File) -> Result<Vec<u8>, FontError> {
    let pens = [Pen::of(plain)?, Pen::of(bold)?];
    let mut paper = Paper { pens, done: Vec::new(), page: Content::new(), y: TOP };
    paper.head(printed);
    for paragraph in &printed.paragraphs {
        paper.paragraph(paragraph);
    }
    paper.table(printed);
    paper.foot(printed);
    paper.turn();
    paper.numbers();
    let Paper { pens, done, .. } = paper;
    bind(printed, pens, done)
}

fn bind(printed: &Printed, pens: [Pen<'_>; 2], pages: Vec<Content>) -> Result<Vec<u8>, FontError> {
    let mut pdf = Pdf::new();
    let (catalog, tree, info) = (Ref::new(1), Ref::new(2), Ref::new(3));
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    let page_at = |at: i32| (Ref::new(FIRST_PAGE + 2 * at), Ref::new(FIRST_PAGE + 2 * at + 1));
    pdf.catalog(catalog).pages(tree).lang(TextStr("zh-CN"));
    pdf.pages(tree).kids((0..count).map(|at| page_at(at).0)).count(count);
    pdf.document_info(info).title(TextStr(&printed.title)).author(TextStr(&printed.signature));
    for (at, content) in (0..).zip(pages) {
        let (page, stream) = page_at(at);
        let mut written = pdf.page(page);
        written.parent(tree).media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).contents(stream);
        let mut resources = written.resources();
        let mut fonts = resources.fonts();
        fonts.pair(Name(b"F1"), Ref::new(FONTS[0])).pair(Name(b"F2"), Ref::new(FONTS[1]));
        fonts.finish();
        resources.finish();
        written.finish();
        pdf.stream(stream, &pack(&content.finish())).filter(Filter::FlateDecode);
    }
    for (pen, first) in pens.into_iter().zip(FONTS) {
        pen.embed(&mut pdf, first)?;
    }
    Ok(pdf.finish())
}
