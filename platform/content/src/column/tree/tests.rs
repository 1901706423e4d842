//! The tree under every act, and under any sequence of moves.

use proptest::prelude::*;

use super::super::{ColumnType, PLACES};
use super::*;

pub fn column(key: &str, parent: Option<&str>, position: i32) -> Column {
    Column {
        key: key.to_owned(),
        standard_code: None,
        parent_key: parent.map(str::to_owned),
        name: key.to_uppercase(),
        kind: "工作动态".to_owned(),
        description: "d".to_owned(),
        keywords: "k".to_owned(),
        position,
        home: PLACES[3].to_owned(),
        update_window_days: 14,
        update_min: 1,
        state: State::Open,
        successor_key: None,
        remind_days: 3,
        owner: String::new(),
        owner_until: String::new(),
        version: 0,
    }
}

/// Three levels, two types.
fn rule() -> ColumnRule {
    let kind = |name: &str, days, min| ColumnType { name: name.to_owned(), update_window_days: days, update_min: min };
    ColumnRule {
        effective_from: "2017-06-08".to_owned(),
        source: "house".to_owned(),
        max_depth: 3,
        undo_minutes: 10,
        remind_days: 3,
        types: vec![kind("工作动态", 14, 1), kind("办事服务", 0, 0)],
    }
}

/// a ( b ( c ) ) d e
fn tree() -> Vec<Column> {
    vec![
        column("a", None, 10),
        column("b", Some("a"), 10),
        column("c", Some("b"), 10),
        column("d", None, 20),
        column("e", None, 30),
    ]
}

fn keys(all: &[Column]) -> Vec<(usize, &str)> {
    ordered(all).into_iter().map(|(level, column)| (level, column.key.as_str())).collect()
}

fn after(all: &[Column], changed: Vec<Column>) -> Vec<Column> {
    let mut all = all.to_vec();
    for one in changed {
        match all.iter_mut().find(|column| column.key == one.key) {
            Some(column) => *column = one,
            None => all.push(one),
        }
    }
    all
}

fn seat(parent: Option<&str>, before: Option<&str>) -> Seat {
    Seat { parent: parent.map(str::to_owned), before: before.map(str::to_owned) }
}

fn code(result: Result<Vec<Column>, ColumnError>) -> &'static str {
    match result.expect_err("refused") {
        ColumnError::Field { code, .. } => code,
        ColumnError::Policy => "policy",
        ColumnError::Standard(_) => "standard",
        ColumnError::Children(_) => "children",
        ColumnError::WrongTurn(_) => "wrong_turn",
        other => panic!("{other}"),
    }
}

#[test]
fn a_move_takes_the_gap_and_leaves_the_others_alone() {
    let all = tree();
    let changed = shift(&all, "e", &seat(None, Some("d")), &rule()).expect("moved");
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert_eq!(keys(&after(&all, changed)), [(1, "a"), (2, "b"), (3, "c"), (1, "e"), (1, "d")]);
    assert!(shift(&all, "d", &seat(None, Some("e")), &rule()).expect("stays").is_empty(), "it stands there already");
    let tight = vec![column("a", None, 1), column("b", None, 2), column("c", None, 3)];
    let changed = shift(&tight, "c", &seat(None, Some("b")), &rule()).expect("moved");
    let now = after(&tight, changed);
    assert_eq!(keys(&now), [(1, "a"), (1, "c"), (1, "b")]);
    assert_eq!(now.iter().map(|one| one.position).collect::<Vec<_>>(), [10, 30, 20], "numbered anew");
    let far = vec![column("a", None, i32::MAX), column("b", None, 0)];
    let now = after(&far, shift(&far, "b", &seat(None, None), &rule()).expect("moved"));
    assert_eq!(keys(&now), [(1, "a"), (1, "b")]);
}

#[test]
fn what_a_tree_refuses() {
    let all = tree();
    assert_eq!(code(shift(&all, "a", &seat(Some("c"), None), &rule())), "below_itself");
    assert_eq!(code(shift(&all, "a", &seat(Some("a"), None), &rule())), "below_itself");
    assert_eq!(code(shift(&all, "d", &seat(Some("c"), None), &rule())), "too_deep");
    assert_eq!(code(shift(&all, "b", &seat(Some("d"), Some("e")), &rule())), "unknown", "no sibling there");
    assert_eq!(code(shift(&all, "b", &seat(Some("x"), None), &rule())), "unknown");
    shift(&all, "b", &seat(Some("d"), None), &rule()).expect("with what is below it");
    let policy: Vec<Column> = all
        .iter()
        .map(|one| if one.key == "e" { Column { home: PLACES[0].to_owned(), ..one.clone() } } else { one.clone() })
        .collect();
    assert_eq!(code(shift(&policy, "e", &seat(Some("a"), None), &rule())), "policy");
    shift(&policy, "e", &seat(None, Some("a")), &rule()).expect("the top may be arranged");
}

#[test]
fn states_and_successors() {
    let all = tree();
    assert_eq!(code(turn(&all, "b", Turn::Archive, None)), "children");
    assert_eq!(code(turn(&all, "c", Turn::Merge, None)), "missing");
    for target in ["c", "x"] {
        assert_eq!(code(turn(&all, "c", Turn::Merge, Some(target))), "not_open", "{target}");
        assert_eq!(code(turn(&all, "c", Turn::Archive, Some(target))), "not_open", "{target}");
    }
    let now = after(&all, turn(&all, "c", Turn::Archive, Some("b")).expect("archived"));
    assert_eq!(landing(&now, "c").map(|one| one.key.as_str()), Some("b"));
    let now = after(&now, turn(&now, "b", Turn::Merge, Some("d")).expect("merged"));
    assert_eq!(landing(&now, "c").map(|one| one.key.as_str()), Some("d"), "along the chain");
    assert!(sound(&now, &rule()));
    let now = after(&now, turn(&now, "c", Turn::Reopen, None).expect("reopened"));
    assert_eq!(keys(&visible(&now)), [(1, "a"), (1, "d"), (1, "e"), (1, "c")], "its parent is over: at the top");
    assert!(sound(&now, &rule()));
    let now = after(&now, turn(&now, "a", Turn::Archive, None).expect("archived"));
    assert_eq!(landing(&now, "a"), None, "the home page");
    let hidden = after(&all, turn(&all, "a", Turn::Hide, None).expect("hidden"));
    assert_eq!(keys(&visible(&hidden)), [(1, "d"), (1, "e")], "with everything below it");
    assert_eq!(landing(&hidden, "a").map(|one| one.key.as_str()), Some("a"));
    assert_eq!(code(turn(&hidden, "d", Turn::Merge, Some("a"))), "not_open", "hidden columns take nothing in");
}

#[test]
fn standard_columns_stay() {
    let mut all = tree();
    all[3].standard_code = Some("tzgg".to_owned());
    for attempted in [Turn::Hide, Turn::Archive, Turn::Merge] {
        assert_eq!(code(turn(&all, "d", attempted, Some("e"))), "standard");
    }
    shift(&all, "d", &seat(None, None), &rule()).expect("moved");
    let text = ColumnEdit {
        name: "新名".to_owned(),
        description: "d".to_owned(),
        keywords: "k".to_owned(),
        home: "none".to_owned(),
    };
    assert_eq!(edit(&all, "d", &text).expect("renamed")[0].name, "新名");
}

#[test]
fn a_new_column() {
    let all = tree();
    let new = |key: &str, kind: &str, parent: Option<&str>| NewColumn {
        key: key.to_owned(),
        kind: kind.to_owned(),
        parent: parent.map(str::to_owned),
        text: ColumnEdit {
            name: "新栏目".to_owned(),
            description: "d".to_owned(),
            keywords: "k".to_owned(),
            home: "none".to_owned(),
        },
        rule: None,
    };
    let made = create(&all, &new("f", "工作动态", Some("a")), &rule()).expect("made");
    assert_eq!((made.len(), made[0].update_window_days, made[0].position), (1, 14, 20));
    for (key, code_of) in [("a", "taken"), ("console", "reserved"), ("A", "unusable"), ("", "missing")] {
        assert_eq!(code(create(&all, &new(key, "工作动态", None), &rule())), code_of, "{key}");
    }
    assert_eq!(code(create(&all, &new("f", "闲谈", None), &rule())), "unknown");
    assert_eq!(code(create(&all, &new("f", "工作动态", Some("c")), &rule())), "too_deep");
}

proptest! {
    /// Whatever is moved and turned, in whatever order, a forest remains in which every column is found once.
    #[test]
    fn any_sequence_leaves_a_forest(steps in prop::collection::vec((0usize..12, 0usize..13, 0usize..13, 0usize..9), 1..60)) {
        let rule = rule();
        let mut all: Vec<Column> = (0..12).map(|n| column(&format!("k{n}"), None, n / 3)).collect();
        for (which, parent, before, verb) in steps {
            let key = format!("k{which}");
            let named = |n: usize| Some(format!("k{n}")).filter(|_| n < 12);
            let done = match verb {
                0..=3 => shift(&all, &key, &Seat { parent: named(parent), before: named(before) }, &rule),
                4 => shift(&all, &key, &Seat { parent: named(parent), before: None }, &rule),
                5 => turn(&all, &key, Turn::ALL[before % 5], named(parent).as_deref()),
                _ => nudged(&all, &key, Nudge::ALL[before % 4])
                    .map_or(Ok(Vec::new()), |seat| shift(&all, &key, &seat, &rule)),
            };
            if let Ok(changed) = done {
                all = after(&all, changed);
            }
            prop_assert!(sound(&all, &rule), "{:?}", keys(&all));
            prop_assert_eq!(ordered(&all).len(), 12);
        }
    }
}

#[test]
fn steps_lead_where_they_say() {
    let all = tree();
    let to = |key, nudge| nudged(&all, key, nudge);
    assert_eq!(to("a", Nudge::Up), None);
    assert_eq!(to("d", Nudge::Up), Some(seat(None, Some("a"))));
    assert_eq!(to("a", Nudge::Down), Some(seat(None, Some("e"))));
    assert_eq!(to("d", Nudge::Down), Some(seat(None, None)));
    assert_eq!(to("e", Nudge::Down), None);
    assert_eq!(to("d", Nudge::In), Some(seat(Some("a"), None)));
    assert_eq!(to("c", Nudge::Out), Some(seat(Some("a"), None)));
    assert_eq!(to("b", Nudge::Out), Some(seat(None, Some("d"))));
    assert_eq!(to("a", Nudge::Out), None);
}
