//! What a notice says and where it leads: the same words on the desk and in letters.

use exchange::joint::news;
use exchange::notice::{self, Notice};

/// The key of its text: what it is about, and whom it tells.
pub fn word(notice: &Notice) -> String {
    match notice.kind.as_str() {
        _ if notice.handover.is_some() => "notice_handover".to_owned(),
        "commission.reminder" => format!("notice_commission_{}", notice.audience),
        "quota.missed" => format!("notice_quota_{}", notice.audience),
        notice::RECALLED => "notice_recalled".to_owned(),
        notice::ORIGIN_WITHDRAWN => "notice_origin_withdrawn".to_owned(),
        notice::ORIGIN_NEWER => "notice_origin_newer".to_owned(),
        news::WAITING => "notice_joint_waiting".to_owned(),
        news::CORRECTED => "notice_joint_corrected".to_owned(),
        news::WITHDRAWN => "notice_joint_withdrawn".to_owned(),
        news::RETURNED => "notice_joint_returned".to_owned(),
        news::DECLINED => "notice_joint_declined".to_owned(),
        news::TAKEN_DOWN => "notice_joint_taken_down".to_owned(),
        kind if kind.starts_with("link.") => format!("notice_{}", kind.replace('.', "_")),
        _ => format!("notice_{}", notice.audience),
    }
}

/// The key of the name of the room that it is about, for a notice that names no title.
pub fn room(notice: &Notice) -> &'static str {
    match notice.kind.as_str() {
        _ if notice.order.is_some() => "title_taken_back",
        _ if notice.handover.is_some() => "handovers",
        notice::ORIGIN_WITHDRAWN | notice::ORIGIN_NEWER => "title_taken_back",
        kind if kind.starts_with("joint.") => "joint",
        kind if kind.starts_with("link.") => "links",
        _ => "desk_notices",
    }
}

/// Who answers for what it is about, as an addition to its words; empty when nobody is named.
pub fn owner(notice: &Notice, word: impl Fn(&str) -> String) -> String {
    if notice.owner.is_empty() { String::new() } else { format!(" · {} {}", word("notice_owner"), notice.owner) }
}

/// The room of the console that it leads to.
pub fn path(notice: &Notice) -> Option<String> {
    if let Some(order) = notice.order {
        let room = if notice.audience == "parent_duty" { "orders" } else { "inbox" };
        return Some(format!("/console/{room}/{order}"));
    }
    if let Some(commission) = notice.commission {
        return Some(format!("/console/commissions/{commission}"));
    }
    if let Some(submission) = notice.submission {
        return Some(format!("/console/submissions/{submission}"));
    }
    if let Some(item) = notice.item {
        return Some(format!("/console/joint/items/{}/{}", item.via, item.document));
    }
    match notice.kind.as_str() {
        _ if notice.handover.is_some() => Some("/console/handovers".to_owned()),
        "quota.missed" => Some("/console/quotas".to_owned()),
        kind if kind.starts_with("joint.") => Some("/console/joint".to_owned()),
        kind if kind.starts_with("link.") => Some("/console/links".to_owned()),
        _ => None,
    }
}
