//! What a change of the tree makes old, and what it never does.

use super::*;

fn row(n: u128, slug: &str, parent: Option<u128>) -> tenant::Model {
    tenant::Model {
        id: Uuid::from_u128(n),
        slug: slug.to_owned(),
        name: slug.to_owned(),
        short_name: slug.to_owned(),
        level: "county".to_owned(),
        division_code: String::new(),
        site_code: None,
        parent_id: parent.map(Uuid::from_u128),
        owner_unit: String::new(),
        state: "live".to_owned(),
        state_reason: String::new(),
        state_until: None,
        state_since: 0,
        suspended_at: None,
        successor: String::new(),
        theme: "base".to_owned(),
        skin: "county".to_owned(),
        furniture: "{}".to_owned(),
        blueprint: "county".to_owned(),
        digest: String::new(),
        created_at: 0,
        changed_at: 0,
        rehearsal: 0,
    }
}

fn hosts(rows: &[tenant::Model]) -> Vec<host::Model> {
    let host = |row: &tenant::Model| format!("{}.localhost", row.slug);
    rows.iter().map(|row| host::Model { host: host(row), tenant_id: row.id, position: 0 }).collect()
}

/// www above hubei and hunan; wuhan and yichang below hubei; jiangan below wuhan.
fn country() -> Vec<tenant::Model> {
    let tree = [
        ("www", None),
        ("hubei", Some(1)),
        ("hunan", Some(1)),
        ("wuhan", Some(2)),
        ("yichang", Some(2)),
        ("jiangan", Some(4)),
    ];
    (1..).zip(tree).map(|(n, (slug, parent))| row(n, slug, parent)).collect()
}

fn replaced(sites: &Sites, rows: &[tenant::Model]) {
    sites.replace(rows.to_vec(), hosts(rows));
}

/// The slugs whose pages a change of the tree makes old.
fn raised(change: impl FnOnce(&mut Vec<tenant::Model>)) -> Vec<String> {
    let sites = Sites::default();
    let mut rows = country();
    replaced(&sites, &rows);
    let before: HashMap<Slot, u64> = sites.all().iter().map(|site| (site.slot, site.generation())).collect();
    change(&mut rows);
    replaced(&sites, &rows);
    let old = |site: &Arc<Site>| before.get(&site.slot).is_some_and(|before| *before != site.generation());
    sites.all().iter().filter(|site| old(site)).map(|site| site.slug.to_string()).collect()
}

#[test]
fn only_pages_that_show_the_change_become_old() {
    assert!(raised(|_| {}).is_empty());
    assert_eq!(raised(|rows| rows[3].skin = "red".to_owned()), ["wuhan"]);
    assert_eq!(raised(|rows| rows[4].state = "suspended".to_owned()), ["hubei", "yichang"]);
    assert_eq!(raised(|rows| rows.push(row(7, "jiangxia", Some(4)))), ["wuhan"]);
    assert_eq!(raised(|rows| drop(rows.remove(5))), ["wuhan"]);
    // A new name is shown by links from above and below, and by mirrors anywhere below.
    let all_of_hubei = ["www", "hubei", "wuhan", "yichang", "jiangan"];
    assert_eq!(raised(|rows| rows[1].name = "湖北".to_owned()), all_of_hubei);
    // Moved: the old superior, the new one, the portal, and those below that link to it.
    assert_eq!(raised(|rows| rows[3].parent_id = rows[2].parent_id), ["www", "hubei", "wuhan", "jiangan"]);
}

#[test]
fn a_successor_is_shown_where_it_takes_over() {
    let sites = Sites::default();
    let mut rows = country();
    rows[5].successor = "hunan".to_owned();
    replaced(&sites, &rows);
    let before = sites.by_slug("jiangan").expect("a site").generation();
    rows[2].short_name = "湖南".to_owned();
    replaced(&sites, &rows);
    assert!(sites.by_slug("jiangan").expect("a site").generation() > before);
}

#[test]
fn a_slot_is_never_given_to_another_portal() {
    let sites = Sites::default();
    let rows = country();
    replaced(&sites, &rows);
    let slot_of = |slug: &str| sites.by_slug(slug).map(|site| site.slot);
    let (first, last) = (slot_of("www"), slot_of("jiangan"));
    // An older picture, then two newcomers, then everybody: whoever was there has its slot, nobody else ever gets it.
    replaced(&sites, &rows[..5]);
    assert_eq!(slot_of("jiangan"), None);
    let mut more = rows[..5].to_vec();
    more.push(row(7, "jiangxia", Some(4)));
    replaced(&sites, &more);
    assert_ne!(slot_of("jiangxia"), last);
    more.push(rows[5].clone());
    replaced(&sites, &more);
    assert_eq!((slot_of("www"), slot_of("jiangan")), (first, last));
    let (listed, next) = sites.scan(0, 3, |_| true);
    let (rest, end) = sites.scan(next.expect("more"), 10, |_| true);
    assert_eq!((listed.len(), rest.len(), end), (3, 4, None));
}

/// Whoever renders from what it reads after the generation never keeps an old page under a new generation.
#[test]
fn a_generation_is_raised_only_when_the_directory_has_changed() {
    let sites = Sites::default();
    let mut rows = country();
    rows[1].furniture = r#"{"icp":"0"}"#.to_owned();
    replaced(&sites, &rows);
    let begin = sites.by_slug("hubei").expect("a site").generation();
    const ROUNDS: u64 = 3000;
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            loop {
                let (site, generation) = sites.to_render("hubei.localhost").expect("a site");
                let shown: u64 = site.furniture.icp.parse().expect("a number");
                assert!(shown >= generation - begin, "{shown} kept under the generation of {}", generation - begin);
                if generation - begin == ROUNDS {
                    return;
                }
            }
        });
        for round in 1..=ROUNDS {
            rows[1].furniture = format!(r#"{{"icp":"{round}"}}"#);
            replaced(&sites, &rows);
        }
        reader.join().expect("no stale page");
    });
}
