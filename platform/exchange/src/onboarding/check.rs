//! Everything that would make a declared tree wrong, found before anything is written. Pure.

use std::collections::{HashMap, HashSet};

use base::store::TenantRow;
use base::tenancy::TenantState;
use serde::Serialize;

use super::model::Declared;

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
            | Self::WrongState { slug, .. } => slug,
        }
    }
}

/// Checks what is declared against itself and against what is there. All faults, not the first.
pub fn check(declared: &[Declared], present: &[TenantRow]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut seen = HashSet::new();
    for one in declared {
        if !seen.insert(one.row.slug.as_str()) {
            faults.push(Fault::DeclaredTwice { slug: one.row.slug.clone() });
        }
        usable(&one.row, &mut faults);
    }
    // The tree as it would be: what is declared, and what is there and not declared anew.
    let after: Vec<&TenantRow> = declared
        .iter()
        .map(|one| &one.row)
        .chain(present.iter().filter(|row| !seen.contains(row.slug.as_str())))
        .collect();
    tree(declared, &after, &mut faults);
    taken(declared, &after, &mut faults);
    states(declared, present, &mut faults);
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
        let fits = host.len() <= 253 && host.split('.').all(is_label);
        if !fits {
            refuse("hosts", host, "a host name in lower case without port is needed");
        }
    }
    if row.hosts.is_empty() {
        refuse("hosts", "", "a portal needs at least one host name");
    }
    let code = &row.site_code;
    if !code.is_empty() && (code.len() != 10 || !code.bytes().all(|b| b.is_ascii_alphanumeric())) {
        refuse("site_code", code, "a site code has 10 letters or digits");
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

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn tree(declared: &[Declared], after: &[&TenantRow], faults: &mut Vec<Fault>) {
    let parents: HashMap<&str, Option<&str>> =
        after.iter().map(|row| (row.slug.as_str(), row.parent.as_deref())).collect();
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

fn states(declared: &[Declared], present: &[TenantRow], faults: &mut Vec<Fault>) {
    let present: HashMap<&str, TenantState> = present.iter().map(|row| (row.slug.as_str(), row.state)).collect();
    for row in declared.iter().map(|one| &one.row) {
        let Some(from) = present.get(row.slug.as_str()).copied() else { continue };
        if from != row.state && from.toward(row.state).is_none() {
            faults.push(Fault::WrongState { slug: row.slug.clone(), from: from.as_str(), to: row.state.as_str() });
        }
    }
}

#[cfg(test)]
mod tests {
    use base::Level;
    use base::tenancy::Furniture;

    use super::*;

    fn one(slug: &str, parent: Option<&str>) -> Declared {
        let row = TenantRow {
            slug: slug.into(),
            name: slug.into(),
            short_name: slug.into(),
            level: Level::County,
            division_code: String::new(),
            site_code: String::new(),
            parent: parent.map(str::to_owned),
            owner_unit: "办公室".into(),
            state: TenantState::Live,
            state_reason: String::new(),
            successor: String::new(),
            theme: "base".into(),
            skin: "county".into(),
            furniture: Furniture::default(),
            blueprint: "county".into(),
            hosts: vec![format!("{slug}.localhost")],
        };
        Declared { row, policy: None }
    }

    #[test]
    fn a_sound_tree_has_no_faults() {
        assert_eq!(check(&[one("www", None), one("hubei", Some("www")), one("wuhan", Some("hubei"))], &[]), vec![]);
    }

    #[test]
    fn cycles_are_named_with_everybody_in_them() {
        let faults = check(&[one("www", None), one("a", Some("b")), one("b", Some("a"))], &[]);
        assert_eq!(faults[0], Fault::Cycle { slug: "a".into(), through: "a → b → a".into() });
        assert_eq!(faults.len(), 2);
        let itself = check(&[one("www", None), one("a", Some("a"))], &[]);
        assert_eq!(itself, [Fault::Cycle { slug: "a".into(), through: "a → a".into() }]);
    }

    #[test]
    fn a_host_belongs_to_one_portal_also_against_what_is_there() {
        let mut thief = one("b", Some("www"));
        thief.row.hosts = vec!["a.localhost".into()];
        let present = [one("www", None).row, one("a", Some("www")).row];
        let faults = check(&[thief], &present);
        assert_eq!(faults, [Fault::HostTaken { slug: "b".into(), host: "a.localhost".into(), other: "a".into() }]);
    }

    #[test]
    fn a_closed_portal_never_opens_again() {
        let mut was = one("a", Some("www")).row;
        was.state = TenantState::Closed;
        let faults = check(&[one("a", Some("www"))], &[one("www", None).row, was]);
        assert_eq!(faults, [Fault::WrongState { slug: "a".into(), from: "closed", to: "live" }]);
    }

    #[test]
    fn unknown_parents_second_roots_and_bad_names_are_found_together() {
        let mut bad = one("B_AD", Some("nowhere"));
        bad.row.site_code = "12".into();
        bad.row.hosts = vec!["A.localhost:80".into()];
        let faults = check(&[one("www", None), one("two", None), bad], &[]);
        assert_eq!(faults.iter().filter(|fault| fault.slug() == "B_AD").count(), 4, "{faults:?}");
        assert!(faults.iter().any(|fault| matches!(fault, Fault::SecondRoot { .. })));
    }
}
