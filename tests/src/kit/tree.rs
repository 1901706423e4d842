//! The data that every house is opened with: blueprints and rules of the repository, and a small country.

use std::collections::BTreeMap;

use exchange::onboarding::{Entry, LevelBlueprint};

use super::root;

pub fn blueprints() -> BTreeMap<String, LevelBlueprint> {
    let read = |level: &str| {
        let path = root().join(format!("tenants/blueprints/{level}.toml"));
        toml::from_str(&std::fs::read_to_string(path).expect("a blueprint")).expect("a valid blueprint")
    };
    ["central", "province", "city", "county"].into_iter().map(|level| (level.to_owned(), read(level))).collect()
}

pub fn rules_file<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let text = std::fs::read_to_string(root().join(format!("tenants/rules/{name}.toml"))).expect("rules");
    toml::from_str(&text).expect("valid rules")
}

/// slug, name, level, parent, division code
pub const TREE: &[(&str, &str, &str, &str, &str)] = &[
    ("www", "中国政府网", "central", "", "000000"),
    ("hubei", "湖北省", "province", "www", "420000"),
    ("guangdong", "广东省", "province", "www", "440000"),
    ("wuhan-hubei", "武汉市", "city", "hubei", "420100"),
    ("yichang-hubei", "宜昌市", "city", "hubei", "420500"),
    ("jiangan-wuhan-hubei", "江岸区", "county", "wuhan-hubei", "420102"),
    ("wuchang-wuhan-hubei", "武昌区", "county", "wuhan-hubei", "420106"),
    ("guangzhou-guangdong", "广州市", "city", "guangdong", "440100"),
];

/// Portals that accept by themselves in the standard tree: all but the issuer and Wuhan.
pub const ACCEPTING: i64 = 6;

/// The rules on submissions with the shipped calendar.
pub fn submission_rules() -> exchange::SubmissionRules {
    let mut rules: exchange::SubmissionRules = rules_file("submission");
    let days = std::fs::read_to_string(root().join("tenants/calendar/holidays.csv")).expect("the calendar");
    rules.calendar = base::calendar::Calendar::read(&days).expect("a calendar");
    rules
}

/// The rules on crawling, without a pace: tests wait for nobody.
pub fn crawl_rules() -> border::crawl::CrawlRules {
    let mut rules: border::crawl::CrawlRules = rules_file("crawl");
    for rule in &mut rules.rules {
        rule.pace_min_ms = 0;
    }
    rules
}

/// The rules between installations, with messages so short that the few portals of a test need several.
pub fn federation_rules() -> border::federation::FederationRules {
    let mut rules: border::federation::FederationRules = rules_file("federation");
    for rule in &mut rules.rules {
        rule.portals_per_message = 3;
    }
    rules
}

/// The tables of points that the platform ships.
pub fn point_tables() -> exchange::PointTables {
    let files = super::files("tenants/rules/points", "toml");
    let table = |path: std::path::PathBuf| {
        let table: exchange::merit::RuleTable =
            toml::from_str(&std::fs::read_to_string(path).expect("a table")).expect("a valid table");
        table.check().expect("a usable table");
        table
    };
    exchange::PointTables(files.into_iter().map(table).collect())
}

pub fn entry_of((slug, name, level, parent, code): &(&str, &str, &str, &str, &str)) -> Entry {
    let mut entry = entry(slug, name, level, parent);
    assert_eq!(entry.division_code.as_deref(), Some(*code));
    if *slug == "wuhan-hubei" {
        entry.repost = Some(exchange::policy::PolicySpec { auto_accept: false, ..Default::default() });
    }
    entry
}

/// A site code of a sample, in a division that does not exist.
fn sample_code(slug: &str) -> String {
    let number = slug.bytes().fold(7u64, |sum, byte| (sum * 131 + u64::from(byte)) % 100_000_000);
    format!("99{number:08}")
}

/// A tenant of a level.
pub fn entry(slug: &str, name: &str, level: &str, parent: &str) -> Entry {
    Entry {
        slug: slug.to_owned(),
        short_name: Some(name.to_owned()),
        parent: Some(parent.to_owned()),
        division_code: TREE.iter().find(|row| row.0 == slug).map(|row| row.4.to_owned()),
        site_code: (!TREE.iter().any(|row| row.0 == slug)).then(|| sample_code(slug)),
        sample: Some(!TREE.iter().any(|row| row.0 == slug)),
        blueprint: Some(level.to_owned()),
        ..Entry::default()
    }
}
