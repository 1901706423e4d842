//! The standard tree of tenants: a centre, two provinces, cities and districts.

use std::collections::BTreeMap;

use exchange::onboarding::{Entry, LevelBlueprint};

use super::root;

pub(super) fn blueprints() -> BTreeMap<String, LevelBlueprint> {
    let read = |level: &str| {
        let path = root().join(format!("tenants/blueprints/{level}.toml"));
        toml::from_str(&std::fs::read_to_string(path).expect("a blueprint")).expect("a valid blueprint")
    };
    ["central", "province", "city", "county"].into_iter().map(|level| (level.to_owned(), read(level))).collect()
}

/// slug, name, level, parent, division code
pub(super) const TREE: &[(&str, &str, &str, &str, &str)] = &[
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

pub(super) fn entry_of((slug, name, level, parent, code): &(&str, &str, &str, &str, &str)) -> Entry {
    let mut entry = entry(slug, name, level, parent);
    assert_eq!(entry.division_code.as_deref(), Some(*code));
    if *slug == "wuhan-hubei" {
        entry.repost = Some(exchange::policy::PolicySpec { auto_accept: false, ..Default::default() });
    }
    entry
}

/// A tenant of a level.
pub fn entry(slug: &str, name: &str, level: &str, parent: &str) -> Entry {
    Entry {
        slug: slug.to_owned(),
        short_name: Some(name.to_owned()),
        parent: Some(parent.to_owned()),
        division_code: TREE.iter().find(|row| row.0 == slug).map(|row| row.4.to_owned()),
        site_code: if TREE.iter().any(|row| row.0 == slug) { None } else { Some(String::new()) },
        blueprint: Some(level.to_owned()),
        ..Entry::default()
    }
}
