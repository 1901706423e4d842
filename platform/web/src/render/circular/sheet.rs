//! The circular for office programs: a red band, the table with borders, ready to print on A4.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, XlsxError};

use super::{Printed, Shown};

const RED: Color = Color::RGB(0x00C0_0000);

/// Points as numbers: office programs count with them.
#[allow(clippy::cast_precision_loss, reason = "hundredths up to 2^53 are exact")]
fn number(hundredths: i64) -> f64 {
    hundredths as f64 / 100.0
}

pub(super) fn write(printed: &Printed) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("通报")?;
    sheet.set_paper_size(9);
    sheet.set_margins(0.8, 0.8, 0.9, 0.9, 0.4, 0.4);
    sheet.set_print_center_horizontally(true);
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_footer("&C— &P —");
    let last = u16::try_from(printed.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let song = || Format::new().set_font_name("宋体").set_align(FormatAlign::VerticalCenter).set_text_wrap();
    let middle = || song().set_align(FormatAlign::Center);
    let head = middle().set_font_size(24).set_bold().set_font_color(RED).set_border_bottom(FormatBorder::Thick);
    sheet.merge_range(0, 0, 0, last, &printed.head, &head.set_border_bottom_color(RED))?;
    sheet.merge_range(1, 0, 1, last, &printed.doc_number, &middle().set_font_size(12))?;
    sheet.merge_range(2, 0, 2, last, &printed.title, &middle().set_font_size(18).set_bold())?;
    sheet.set_row_height(0, 44)?.set_row_height(2, 34)?;
    let mut line = 3u32;
    for paragraph in &printed.paragraphs {
        let text = format!("\u{3000}\u{3000}{paragraph}");
        sheet.merge_range(line, 0, line, last, &text, &song().set_font_size(12))?;
        let lines = u16::try_from(text.chars().count() / 42 + 1).unwrap_or(20);
        sheet.set_row_height(line, 20 * lines)?;
        line += 1;
    }
    let grid = || middle().set_border(FormatBorder::Thin).set_font_size(11);
    let band = grid().set_bold().set_background_color(RED).set_font_color(Color::White);
    for (at, column) in (0u16..).zip(&printed.columns) {
        sheet.write_string_with_format(line, at, &column.head, &band)?;
        sheet.set_column_width(at, column.share * 7.0)?;
    }
    sheet.set_repeat_rows(line, line)?;
    sheet.set_freeze_panes(line + 1, 0)?;
    let (plain, bold) = (grid().set_num_format("0.##"), grid().set_num_format("0.##").set_bold());
    let rows = printed.rows.iter().map(|row| (row, &plain)).chain(std::iter::once((&printed.sums, &bold)));
    for (row, format) in rows {
        line += 1;
        for (at, cell) in (0u16..).zip(row) {
            match cell {
                Shown::Text(text) => sheet.write_string_with_format(line, at, text, format)?,
                Shown::Number(points) => sheet.write_number_with_format(line, at, number(*points), format)?,
            };
        }
    }
    for note in &printed.notes {
        line += 1;
        sheet.merge_range(line, 0, line, last, note, &song().set_font_size(10))?;
    }
    let right = song().set_align(FormatAlign::Right).set_font_size(12);
    sheet.merge_range(line + 2, 0, line + 2, last, &printed.signature, &right)?;
    sheet.merge_range(line + 3, 0, line + 3, last, &printed.date, &right)?;
    book.save_to_buffer()
}
