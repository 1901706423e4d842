//! A circular as files, through the console and the API alike: for its issuer, and for those below where its ranks are shown
//! to them.

use axum::response::{IntoResponse, Response};
use base::Site;
use exchange::merit::{self, Circular, CircularRow, MeritError, Ranking};
use http::{HeaderValue, StatusCode, header};
use uuid::Uuid;

use crate::App;
use crate::problem::Problem;
use crate::render::circular::{self, Column, Printed, Shown};

async fn readable(app: &App, here: &Site, id: Uuid) -> Result<(Circular, Vec<CircularRow>), Problem> {
    let tx = app.store.reading(here.tenant).await?;
    match merit::find_circular(&tx, id).await {
        Err(MeritError::Missing) => {
            let shown =
                |one: &(Circular, Vec<CircularRow>)| one.0.id == id && one.0.ranking == Ranking::PublicToSubordinates;
            let all = merit::circulars_of_superior(&tx).await?;
            all.into_iter().find(shown).ok_or_else(Problem::not_found)
        }
        other => Ok(other?),
    }
}

/// A circular is an official document of China: its words are Chinese whatever language its reader uses.
fn printed(head: &Circular, lines: &[CircularRow]) -> Printed {
    let ranked = lines.iter().any(|line| line.rank.is_some());
    let mut columns: Vec<Column> = [
        ("序号", 1.0),
        ("单位", 3.2),
        ("报送（条）", 1.9),
        ("采用（条次）", 2.1),
        ("当月得分", 1.8),
        ("全年累计", 1.8),
    ]
    .into_iter()
    .map(|(head, share)| Column { head: head.to_owned(), share })
    .collect();
    let number = |count: i64| Shown::Number(count * 100);
    let row = |(at, line): (i64, &CircularRow)| {
        let mut cells = vec![
            number(at),
            Shown::Text(line.name.clone()),
            number(line.submitted),
            number(line.adopted),
            Shown::Number(line.points.0),
            Shown::Number(line.year_points.0),
        ];
        cells.extend(line.rank.filter(|_| ranked).map(|rank| number(i64::from(rank))));
        cells
    };
    let sum = |of: fn(&CircularRow) -> i64| lines.iter().map(of).sum::<i64>();
    let mut sums = vec![
        Shown::Text(String::new()),
        Shown::Text("合计".to_owned()),
        number(sum(|line| line.submitted)),
        number(sum(|line| line.adopted)),
        Shown::Number(sum(|line| line.points.0)),
        Shown::Number(sum(|line| line.year_points.0)),
    ];
    if ranked {
        columns.push(Column { head: "名次".to_owned(), share: 1.0 });
        sums.push(Shown::Text(String::new()));
    }
    Printed {
        head: head.issuer.clone(),
        doc_number: head.doc_number.clone(),
        title: head.title.clone(),
        paragraphs: head.preface.lines().map(str::to_owned).collect(),
        columns,
        rows: (1..).zip(lines).map(row).collect(),
        sums,
        notes: vec![format!("计分办法：{}", head.rule), format!("数据摘要（SM3）：{}", head.hash)],
        signature: head.issuer.clone(),
        date: head.issued_at.format_cst("%Y年%-m月%-d日"),
    }
}

fn file(bytes: Vec<u8>, mime: &'static str, head: &Circular, extension: &str) -> Response {
    let mut answer = bytes.into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    let name = format!("attachment; filename=\"circular-{}.{extension}\"", head.month);
    if let Ok(value) = HeaderValue::from_str(&name) {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    answer
}

/// There is nothing to write the PDF with.
fn no_font(why: &str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no_font", why).rule(
        "a PDF carries its Chinese font with it",
        "the operator of the platform",
        "install the package fonts-noto-cjk, or name a font in report.font; the XLSX needs none",
    )
}

/// The circular as PDF with its fonts inside.
pub(crate) async fn pdf(app: &App, here: &Site, id: Uuid) -> Result<Response, Problem> {
    let (head, lines) = readable(app, here, id).await?;
    let font = app.report_font.clone().ok_or_else(|| no_font("There is no Chinese font here."))?;
    let printed = printed(&head, &lines);
    let made = tokio::task::spawn_blocking(move || circular::pdf(&printed, &font)).await;
    let bytes = made.map_err(|error| Problem::internal(&error))?.map_err(|error| {
        // Where its files are is the operator's affair.
        tracing::warn!(%error, "the font of reports cannot be used");
        no_font("The Chinese font that is configured here cannot be used.")
    })?;
    Ok(file(bytes, "application/pdf", &head, "pdf"))
}

/// The circular as a sheet for office programs.
pub(crate) async fn xlsx(app: &App, here: &Site, id: Uuid) -> Result<Response, Problem> {
    let (head, lines) = readable(app, here, id).await?;
    let printed = printed(&head, &lines);
    let made = tokio::task::spawn_blocking(move || circular::xlsx(&printed)).await;
    let bytes = made.map_err(|error| Problem::internal(&error))?.map_err(|error| Problem::internal(&error))?;
    Ok(file(bytes, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &head, "xlsx"))
}
