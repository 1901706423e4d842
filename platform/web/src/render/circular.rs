//! A circular 通报 as people print it: PDF in the look of an official document (GB/T 9704-2012), and a sheet for office
//! programs. Both show the frozen rows and nothing else.

mod face;
mod paper;
mod sheet;

use std::path::PathBuf;

pub use face::FontError;

/// What is printed. Words are ready: nothing is looked up here.
#[derive(Clone, Debug)]
pub struct Printed {
    /// 发文机关标志: the red head.
    pub head: String,
    /// 发文字号
    pub doc_number: String,
    /// 标题
    pub title: String,
    /// Paragraphs of the body.
    pub paragraphs: Vec<String>,
    /// Heads of the table's columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Vec<Shown>>,
    /// The sums under it.
    pub sums: Vec<Shown>,
    /// What stands small under the table.
    pub notes: Vec<String>,
    /// 发文机关署名
    pub signature: String,
    /// 成文日期
    pub date: String,
}

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its head.
    pub head: String,
    /// How wide it is beside the others.
    pub share: f32,
}

/// One cell.
#[derive(Clone, Debug)]
pub enum Shown {
    /// A text.
    Text(String),
    /// A number, in hundredths.
    Number(i64),
}

impl Shown {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(hundredths) => exchange::merit::Points(*hundredths).to_string(),
        }
    }
}

/// Where Debian's package `fonts-noto-cjk` puts what we can use; a serif comes nearest to what official documents use.
const PLACES: [&str; 4] = [
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
];

/// The configured font, or the first of the usual places that exists.
pub fn font(configured: &Option<PathBuf>) -> Option<PathBuf> {
    configured.clone().or_else(|| PLACES.iter().map(PathBuf::from).find(|path| path.exists()))
}

/// The circular as PDF with embedded, subset fonts.
///
/// # Errors
/// [`FontError`] when the font cannot be read or used.
pub fn pdf(printed: &Printed, font: &std::path::Path) -> Result<Vec<u8>, FontError> {
    let (plain, bold) = face::files(font)?;
    paper::print(printed, &plain, &bold)
}

/// The circular as a sheet.
///
/// # Errors
/// When the sheet cannot be written.
pub fn xlsx(printed: &Printed) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
    sheet::write(printed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(rows: usize) -> Printed {
        let column = |head: &str, share| Column { head: head.to_owned(), share };
        Printed {
            head: "湖北省人民政府办公厅".to_owned(),
            doc_number: "鄂政办信息〔2026〕3号".to_owned(),
            title: "关于2026年3月信息报送情况的通报".to_owned(),
            paragraphs: vec!["现将有关情况通报如下。".repeat(20)],
            columns: vec![column("序号", 1.0), column("单位", 3.0), column("得分", 2.0)],
            rows: (1..=rows)
                .map(|n| {
                    vec![Shown::Text(n.to_string()), Shown::Text(format!("第{n}区")), Shown::Number(n as i64 * 50)]
                })
                .collect(),
            sums: vec![Shown::Text(String::new()), Shown::Text("合计".to_owned()), Shown::Number(1)],
            notes: vec!["计分办法：范本".to_owned()],
            signature: "湖北省人民政府办公厅".to_owned(),
            date: "2026年4月2日".to_owned(),
        }
    }

    fn count(bytes: &[u8], what: &[u8]) -> usize {
        bytes.windows(what.len()).filter(|window| *window == what).count()
    }

    #[test]
    fn a_long_table_goes_over_pages_and_fonts_are_embedded() {
        let Some(font) = font(&None) else { return eprintln!("left out: no Chinese font here") };
        let short = pdf(&printed(3), &font).expect("a document");
        let long = pdf(&printed(120), &font).expect("a document");
        for document in [&short, &long] {
            assert!(document.starts_with(b"%PDF-1.7") && document.len() < 400_000, "{}", document.len());
            assert_eq!(count(document, b"/Type /FontDescriptor"), 2);
            assert_eq!(count(document, b"/FontFile3") + count(document, b"/FontFile2"), 2);
            assert_eq!(count(document, b"/ToUnicode"), 2);
        }
        assert!(count(&short, b"/Type /Page\n") < count(&long, b"/Type /Page\n"));
        assert!(count(&long, b"/Type /Page\n") >= 5);
    }

    #[test]
    fn a_font_that_is_none_is_named() {
        let path = std::env::temp_dir().join(format!("dibao-no-font-{}", std::process::id()));
        std::fs::write(&path, b"no font").expect("a file");
        let wrong = pdf(&printed(1), &path).expect_err("refused").to_string();
        std::fs::remove_file(&path).expect("removed");
        assert!(wrong.contains("dibao-no-font"), "{wrong}");
    }
}
