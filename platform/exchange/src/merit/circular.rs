//! 通报: what a month came to, frozen: the rows are stored with a digest, and what happens later never changes them.

use std::collections::HashMap;

use base::id::sm3_hex;
use base::store::StoreError;
use base::{Staff, TenantId, TenantTx, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use uuid::Uuid;

use super::acts::{KeepScore, NOTE_MAX, said};
use super::amount::Points;
use super::ledger;
use super::model::{Event, MeritError, Month, Occasion, Ranking};
use super::rows::{circular, circular_row};
use super::score::score;
use super::views::{self, Total};

/// What whoever issues it says.
#[derive(Clone, Debug)]
pub struct NewCircular {
    /// A month that is over.
    pub month: Month,
    /// 机关代字 of the document number, such as `鄂政办信息`.
    pub word: String,
    /// The issuing unit, as it stands in the red head.
    pub issuer: String,
    /// What is said besides the sums; may be empty.
    pub preface: String,
}

/// An issued circular.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Circular {
    pub id: Uuid,
    #[serde(skip)]
    pub scorer: TenantId,
    pub month: String,
    /// 〔year〕 and number.
    pub doc_number: String,
    pub title: String,
    pub issuer: String,
    /// Paragraphs, one a line.
    pub preface: String,
    pub ranking: Ranking,
    /// Name and document of the table that was in force.
    pub rule: String,
    /// SM3 over head and rows.
    pub hash: String,
    pub issued_at: Timestamp,
    pub issued_by: String,
}

/// One line of it.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct CircularRow {
    pub name: String,
    #[serde(skip)]
    pub beneficiary: TenantId,
    pub submitted: i64,
    pub adopted: i64,
    pub points: Points,
    pub year_points: Points,
    /// None where ranks are not shown to the reader.
    pub rank: Option<i32>,
}

impl TryFrom<circular::Model> for Circular {
    type Error = StoreError;

    fn try_from(row: circular::Model) -> Result<Self, StoreError> {
        Ok(Self {
            ranking: Ranking::parse(&row.ranking).unwrap_or(Ranking::Hidden),
            id: row.id,
            scorer: row.tenant_id,
            month: Month(row.month).to_string(),
            doc_number: row.doc_number,
            title: row.title,
            issuer: row.issuer,
            preface: row.preface,
            rule: row.rule,
            hash: row.hash,
            issued_at: Timestamp(row.issued_at),
            issued_by: row.issued_by,
        })
    }
}

fn line(row: circular_row::Model, ranked: bool) -> CircularRow {
    CircularRow {
        name: row.name,
        beneficiary: row.beneficiary_id,
        submitted: row.submitted,
        adopted: row.adopted,
        points: Points(row.points),
        year_points: Points(row.year_points),
        rank: ranked.then_some(row.rank),
    }
}

/// Freezes a month that is over: every portal directly below has a line, in the order of division codes, or of points where
/// the scorer shows ranks to all.
///
/// # Errors
/// [`MeritError::NotOver`], [`MeritError::IssuedAlready`], [`MeritError::NoRule`].
pub async fn issue(
    tx: &TenantTx,
    who: &Staff<KeepScore>,
    new: NewCircular,
    now: Timestamp,
) -> Result<Circular, MeritError> {
    if new.month >= Month::of(now) {
        return Err(MeritError::NotOver);
    }
    let (word, issuer) = (said("word", &new.word, 1, 30)?, said("issuer", &new.issuer, 1, 60)?);
    let preface = said("preface", &new.preface, 0, NOTE_MAX)?;
    let versions = views::versions(tx).await?;
    let last_day = format!("{}-31", new.month);
    let rule = versions.iter().find(|version| version.table.effective_from <= last_day).ok_or(MeritError::NoRule)?;
    let rule = format!("{} {}", rule.table.name, rule.table.document).trim().to_owned();
    let ranking = views::ranking(tx).await?;
    let lines = lines(tx, new.month, ranking).await?;
    let year = new.month.year();
    let latest = circular::Entity::find().filter(circular::Column::Year.eq(year));
    let number = i32::try_from(tx.count(latest).await?).unwrap_or(i32::MAX - 1) + 1;
    let id = tx.ids().new_id(now);
    let mut made = Circular {
        id,
        scorer: tx.tenant(),
        month: new.month.to_string(),
        doc_number: format!("{word}〔{year}〕{number}号"),
        title: format!("关于{year}年{}月信息报送情况的通报", new.month.number()),
        issuer,
        preface: paragraphs(new.month, &lines, &preface),
        ranking,
        rule,
        hash: String::new(),
        issued_at: now,
        issued_by: who.actor().to_owned(),
    };
    made.hash = digest(&made, &lines);
    keep(tx, &made, (new.month, number), &lines).await?;
    let event = Event::CircularIssued {
        circular: id,
        doc_number: made.doc_number.clone(),
        month: made.month.clone(),
        hash: made.hash.clone(),
    };
    tx.note(&event, who.actor(), now).await?;
    Ok(made)
}

async fn keep(
    tx: &TenantTx,
    made: &Circular,
    (month, number): (Month, i32),
    lines: &[CircularRow],
) -> Result<(), MeritError> {
    let head = circular::ActiveModel {
        id: Set(made.id),
        year: Set(month.year()),
        number: Set(number),
        month: Set(month.0),
        doc_number: Set(made.doc_number.clone()),
        title: Set(made.title.clone()),
        issuer: Set(made.issuer.clone()),
        preface: Set(made.preface.clone()),
        ranking: Set(made.ranking.as_str().to_owned()),
        rule: Set(made.rule.clone()),
        hash: Set(made.hash.clone()),
        issued_at: Set(made.issued_at.micros()),
        issued_by: Set(made.issued_by.clone()),
        ..Default::default()
    };
    tx.insert::<circular::Entity, _>(head).await.map_err(|error| match error {
        StoreError::Taken => MeritError::IssuedAlready,
        other => other.into(),
    })?;
    let row = |(position, line): (i32, &CircularRow)| circular_row::ActiveModel {
        circular_id: Set(made.id),
        beneficiary_id: Set(line.beneficiary),
        position: Set(position),
        name: Set(line.name.clone()),
        submitted: Set(line.submitted),
        adopted: Set(line.adopted),
        points: Set(line.points.0),
        year_points: Set(line.year_points.0),
        rank: Set(line.rank.unwrap_or(0)),
        ranking: Set(made.ranking.as_str().to_owned()),
        ..Default::default()
    };
    tx.insert_many::<circular_row::Entity, _>((1i32..).zip(lines).map(row).collect()).await?;
    Ok(())
}

/// The sums of the month and of the year until its end, from the facts themselves: a job that has not run yet changes nothing.
async fn lines(tx: &TenantTx, month: Month, ranking: Ranking) -> Result<Vec<CircularRow>, StoreError> {
    let facts = ledger::facts(tx, month.year(), None).await?;
    let worth = score(&facts, &ledger::versions(tx).await?);
    let mut sums: HashMap<Uuid, (Total, i64)> = HashMap::new();
    let below = tx.sites().children(tx.tenant());
    for site in &below {
        let none =
            Total { beneficiary: site.tenant, submitted: 0, adopted: 0, instructions: 0, events: 0, points: Points(0) };
        sums.insert(site.tenant.uuid(), (none, 0));
    }
    for (fact, worth) in facts.iter().zip(&worth).filter(|(_, worth)| worth.month <= month.0) {
        let Some((total, year)) = sums.get_mut(&fact.beneficiary) else { continue };
        *year += worth.points;
        if worth.month == month.0 {
            total.add(Occasion::parse(fact.counted()), 1, worth.points);
        }
    }
    let mut lines = Vec::with_capacity(below.len());
    for site in &below {
        let Some((total, year)) = sums.remove(&site.tenant.uuid()) else { continue };
        lines.push(CircularRow {
            name: site.short_name.to_string(),
            beneficiary: site.tenant,
            submitted: total.submitted,
            adopted: total.adopted,
            points: total.points,
            year_points: Points(year),
            rank: None,
        });
    }
    let points: Vec<Points> = lines.iter().map(|line| line.points).collect();
    for line in &mut lines {
        let better = points.iter().filter(|other| **other > line.points).count();
        line.rank = i32::try_from(better + 1).ok();
    }
    if ranking == Ranking::PublicToSubordinates {
        lines.sort_by_key(|line| line.rank);
    }
    Ok(lines)
}

fn paragraphs(month: Month, lines: &[CircularRow], more: &str) -> String {
    let sum = |of: fn(&CircularRow) -> i64| lines.iter().map(of).sum::<i64>();
    let points = Points(sum(|line| line.points.0));
    let (submitted, adopted) = (sum(|line| line.submitted), sum(|line| line.adopted));
    let silent = lines.iter().filter(|line| line.submitted == 0).count();
    let mut text = format!(
        "{}年{}月，{}个单位共报送信息{submitted}条，采用{adopted}条次，计{points}分",
        month.year(),
        month.number(),
        lines.len()
    );
    text.push_str(&if silent > 0 { format!("；{silent}个单位当月未报送。") } else { "。".to_owned() });
    text.push_str("现将有关情况通报如下。");
    if !more.is_empty() {
        text.push('\n');
        text.push_str(more);
    }
    text
}

/// SM3 over head and rows, one a line: whoever holds a copy can compare it.
fn digest(head: &Circular, lines: &[CircularRow]) -> String {
    let mut text = format!(
        "{}\n{}\n{}\n{}\n{}\n{}\n",
        head.id, head.doc_number, head.month, head.title, head.issuer, head.preface
    );
    for line in lines {
        let CircularRow { name, submitted, adopted, points, year_points, rank, .. } = line;
        let rank = rank.unwrap_or(0);
        text.push_str(&format!("{name}\t{submitted}\t{adopted}\t{points}\t{year_points}\t{rank}\n"));
    }
    sm3_hex(text.as_bytes())
}

/// The circulars that this scorer issued, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn circulars(tx: &TenantTx) -> Result<Vec<Circular>, StoreError> {
    let select = circular::Entity::find().order_by_desc(circular::Column::Month).limit(120);
    tx.all(select).await?.into_iter().map(Circular::try_from).collect()
}

/// A circular of this scorer with all its lines.
///
/// # Errors
/// [`MeritError::Missing`].
pub async fn find(tx: &TenantTx, id: Uuid) -> Result<(Circular, Vec<CircularRow>), MeritError> {
    let head = tx.one(circular::Entity::find().filter(circular::Column::Id.eq(id))).await?;
    let head = Circular::try_from(head.ok_or(MeritError::Missing)?)?;
    let select = circular_row::Entity::find()
        .filter(circular_row::Column::CircularId.eq(id))
        .order_by_asc(circular_row::Column::Position);
    let ranked = head.ranking != Ranking::Hidden;
    let rows = tx.all(select).await?;
    Ok((head, rows.into_iter().map(|row| line(row, ranked)).collect()))
}

/// The superior's circulars as this portal may read them, newest first: its own line, with its rank where ranks are shown;
/// everybody's lines only where the scorer shows them to all.
///
/// # Errors
/// [`StoreError`].
pub async fn circulars_of_superior(tx: &TenantTx) -> Result<Vec<(Circular, Vec<CircularRow>)>, StoreError> {
    let Some(above) = views::above(tx) else { return Ok(Vec::new()) };
    let mut heads: Vec<circular::Model> = tx.through_all::<circular::Entity>(&above).await?;
    heads.sort_by_key(|head| -head.month);
    let own = tx.sent(circular_row::Entity::find()).await?;
    let mut shown: Vec<circular_row::Model> = tx.through_all::<circular_row::Entity>(&above).await?;
    shown.sort_by_key(|row| row.position);
    let mut found = Vec::with_capacity(heads.len());
    for head in heads {
        let id = head.id;
        let head = Circular::try_from(head)?;
        let mut lines: Vec<CircularRow> =
            shown.iter().filter(|row| row.circular_id == id).map(|row| line(row.clone(), true)).collect();
        if lines.is_empty() {
            let ranked = head.ranking == Ranking::OwnRank;
            lines = own.iter().filter(|row| row.circular_id == id).map(|row| line(row.clone(), ranked)).collect();
        }
        found.push((head, lines));
    }
    Ok(found)
}
