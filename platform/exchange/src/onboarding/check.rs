//! Everything that would make a declared tree wrong, found before anything is written. Pure.

use std::collections::{HashMap, HashSet};

use base::store::TenantRow;
use base::tenancy::TenantState;
use base::{Level, Timestamp};
use serde::Serialize;

use super::life;
use super::model::Declared;
use crate::rules::LifecycleRule;

/// One thing wrong with a declaration. `slug` names the tenant whose entry must be mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Fault {
    #[error("tenant {slug}: {field} is missing")]
    Missing { slug: String, field: &'static str },
    #[error("tenant {slug}: {field} {value:?} is not usable: {why}")]
    Unusable { slug: String, field: &'static str, value: String, why: &'static str },
    #[error("tenant {slug}: there is no blueprint {blueprint}")]
    UnknownBlueprint { slug: String, blueprint: String },
    #[error("tenant {slug}: there is no tenant {parent} to stand below")]
    UnknownParent { slug: String, parent: String },
    #[error("tenant {slug}: it would stand below itself ({through})")]
    Cycle { slug: String, through: String },
    #[error("tenant {slug}: it is declared twice")]
    DeclaredTwice { slug: String },
    #[error("tenant {slug}: host {host} belongs to {other} already")]
    HostTaken { slug: String, host: String, other: String },
    #[error("tenant {slug}: site code {code} belongs to {other} already")]
    SiteCodeTaken { slug: String, code: String, other: String },
    #[error("tenant {slug}: {other} stands above everybody already; name a parent")]
    SecondRoot { slug: String, other: String },
    #[error("tenant {slug}: a {from} portal cannot become {to}")]
    WrongState { slug: String, from: &'static str, to: &'static str },
    #[error("tenant {slug}: a {level} portal cannot stand below {parent}, which is of level {above}")]
    AboveItsParent { slug: String, level: &'static str, parent: String, above: &'static str },
    #[error("tenant {slug}: {what} ({basis})")]
    Lifecycle { slug: String, what: String, basis: String },
}

impl Fault {
    /// The tenant whose entry must be mended.
    pub fn slug(&self) -> &str {
        match self {
            Self::Missing { slug, .. }
            | Self::Unusable { slug, .. }
            | Self::UnknownBlueprint { slug, .. }
            | Self::UnknownParent { slug, .. }
            | Self::Cycle { slug, .. }
            | Self::DeclaredTwice { slug }
            | Self::HostTaken { slug, .. }
            | Self::SiteCodeTaken { slug, .. }
            | Self::SecondRoot { slug, .. }
            | Self::WrongState { slug, .. }
            | Self::AboveItsParent { slug, .. }
            | Self::Lifecycle { slug, .. } => slug,
        }
    }
}

/// Checks what is declared against itself and against what is there. All faults, not the first.
pub fn check(declared: &[Declared], present: &[TenantRow], rule: &LifecycleRule, now: Timestamp) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut seen = HashSet::new();
    for one in declared {
        if !seen.insert(one.row.slug.as_str()) {
            faults.push(Fault::DeclaredTwice { slug: one.row.slug.clone() });
        }
        usable(&one.row, &mut faults);
        if let Some(hours) = one.policy.and_then(|policy| policy.limit_hours).filter(|hours| *hours < 1) {
            let (field, why) = ("repost.limit_hours", "a limit is at least 1 hour");
            faults.push(Fault::Unusable { slug: one.row.slug.clone(), field, value: hours.to_string(), why });
        }
    }
    // The tree as it would be: what is declared, and what is there and not declared anew.
    let after: Vec<&TenantRow> = declared
        .iter()
        .map(|one| &one.row)
        .chain(present.iter().filter(|row| !seen.contains(row.slug.as_str())))
        .collect();
    tree(declared, &after, &mut faults);
    taken(declared, &after, &mut faults);
    site_codes(declared, &after, &mut faults);
    states(declared, present, rule, now, &mut faults);
    faults
}

fn usable(row: &TenantRow, faults: &mut Vec<Fault>) {
    let mut refuse = |field, value: &str, why| {
        faults.push(Fault::Unusable { slug: row.slug.clone(), field, value: value.to_owned(), why });
    };
    if !is_label(&row.slug) {
        refuse("slug", &row.slug, "a DNS label of 1 to 63 of a-z, 0-9 and - is needed");
    }
    for host in &row.hosts {
        if let Some(why) = host_fault(host) {
            refuse("hosts", host, why);
        }
    }
    if row.hosts.is_empty() {
        refuse("hosts", "", "a portal needs at least one host name");
    }
    let code = &row.division_code;
    if !code.is_empty() && (code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit())) {
        refuse("division_code", code, "a division code has 6 digits");
    }
    for (field, text) in [("name", &row.name), ("short_name", &row.short_name), ("owner_unit", &row.owner_unit)] {
        if text.trim().is_empty() || text.chars().count() > 100 || text.chars().any(char::is_control) {
            refuse(field, text, "1 to 100 characters without control characters are needed");
        }
    }
    if matches!(row.state, TenantState::Suspended | TenantState::Closing) && row.state_reason.trim().is_empty() {
        refuse("state_reason", "", "the public notice of a suspended or closing portal names the reason");
    }
}

/// What keeps a host name from being one of a portal on the public network or in the cluster's zone.
fn host_fault(host: &str) -> Option<&'static str> {
    let labels: Vec<&str> = host.split('.').collect();
    let last = labels.last().copied().unwrap_or_default();
    if host.len() > 253 {
        return Some("a host name has at most 253 characters");
    }
    // Browsers take every name whose last label is a number for an IPv4 address.
    let hex = |text: &str| text.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
    if host.starts_with('[')
        || host.contains("::")
        || last.bytes().all(|b| b.is_ascii_digit()) && !last.is_empty()
        || hex(last)
    {
        return Some("an address is no host name");
    }
    if !labels.iter().all(|label| is_label(label)) {
        return Some("a host name in lower case without port is needed");
    }
    (labels.len() < 2).then_some("a host name of one label belongs to the machine or the local network")
}

/// Site codes: `^(\d{10}|bm\d{8})$`, the first six digits a division that the cluster knows, unless the portal is a sample.
/// Every page names the code (国办发〔2017〕47号, annex: SiteIDCode), so only a draft may be without.
fn site_codes(declared: &[Declared], after: &[&TenantRow], faults: &mut Vec<Fault>) {
    let divisions: HashSet<&str> = after.iter().map(|row| row.division_code.as_str()).collect();
    for row in declared.iter().map(|one| &one.row) {
        let code = row.site_code.as_str();
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let why = match (code.len(), code.strip_prefix("bm")) {
            (0, _) if row.state == TenantState::Draft => continue,
            (0, _) => "every page of an open portal names its site code; only a draft may be without",
            (10, Some(serial)) if digits(serial) => continue,
            (10, None) if digits(code) && (row.furniture.sample || divisions.contains(&code[..6])) => continue,
            (10, None) if digits(code) => "its first six digits are no division of this cluster",
            _ => "a site code has 10 digits, or bm and 8 digits",
        };
        faults.push(Fault::Unusable { slug: row.slug.clone(), field: "site_code", value: code.to_owned(), why });
    }
}

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn tree(declared: &[Declared], after: &[&TenantRow], faults: &mut Vec<Fault>) {
    let parents: HashMap<&str, Option<&str>> =
        after.iter().map(|row| (row.slug.as_str(), row.parent.as_deref())).collect();
    let levels: HashMap<&str, Level> = after.iter().map(|row| (row.slug.as_str(), row.level)).collect();
    let roots: Vec<&str> = after.iter().filter(|row| row.parent.is_none()).map(|row| row.slug.as_str()).collect();
    for row in declared.iter().map(|one| &one.row) {
        let slug = row.slug.clone();
        let Some(parent) = row.parent.as_deref() else {
            if let Some(other) = roots.iter().find(|other| **other != slug) {
                faults.push(Fault::SecondRoot { slug, other: (*other).to_owned() });
            }
            continue;
        };
        if !parents.contains_key(parent) {
            faults.push(Fault::UnknownParent { slug, parent: parent.to_owned() });
            continue;
        }
        if let Some(above) = levels.get(parent).filter(|above| row.level < **above) {
            let (level, above, parent) = (row.level.as_str(), above.as_str(), parent.to_owned());
            faults.push(Fault::AboveItsParent { slug: slug.clone(), level, parent, above });
        }
        let mut line = vec![row.slug.as_str()];
        let mut next = Some(parent);
        while let Some(at) = next {
            if at == row.slug {
                line.push(at);
                faults.push(Fault::Cycle { slug: slug.clone(), through: line.join(" → ") });
                break;
            }
            // A cycle further up is the fault of those who form it.
            if line.contains(&at) {
                break;
            }
            line.push(at);
            next = parents.get(at).copied().flatten();
        }
    }
}

fn taken(declared: &[Declared], after: &[&TenantRow], faults: &mut Vec<Fault>) {
    let mut hosts: HashMap<&str, &str> = HashMap::new();
    let mut codes: HashMap<&str, &str> = HashMap::new();
    let mine: HashSet<&str> = declared.iter().map(|one| one.row.slug.as_str()).collect();
    // What is there already was there first.
    let (there, new): (Vec<&&TenantRow>, Vec<&&TenantRow>) =
        after.iter().partition(|row| !mine.contains(row.slug.as_str()));
    for row in there.into_iter().chain(new) {
        for host in &row.hosts {
            match hosts.get(host.as_str()) {
                Some(other) => {
                    faults.push(Fault::HostTaken {
                        slug: row.slug.clone(),
                        host: host.clone(),
                        other: (*other).to_owned(),
                    });
                }
                None => {
                    hosts.insert(host, &row.slug);
                }
            }
        }
        if row.site_code.is_empty() {
            continue;
        }
        match codes.get(row.site_code.as_str()) {
            Some(other) => {
                faults.push(Fault::SiteCodeTaken {
                    slug: row.slug.clone(),
                    code: row.site_code.clone(),
                    other: (*other).to_owned(),
                });
            }
            None => {
                codes.insert(&row.site_code, &row.slug);
            }
        }
    }
}

fn states(declared: &[Declared], present: &[TenantRow], rule: &LifecycleRule, now: Timestamp, faults: &mut Vec<Fault>) {
    let present: HashMap<&str, &TenantRow> = present.iter().map(|row| (row.slug.as_str(), row)).collect();
    for row in declared.iter().map(|one| &one.row) {
        let was = present.get(row.slug.as_str()).copied();
        match was.map(|was| was.state).filter(|from| *from != row.state && from.toward(row.state).is_none()) {
            Some(from) => {
                let (from, to) = (from.as_str(), row.state.as_str());
                faults.push(Fault::WrongState { slug: row.slug.clone(), from, to });
            }
            None => life::check(row, was, rule, now, faults),
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
