//! Knocks on every door as a stranger. The doors come from the router itself: a new route cannot be forgotten.

use base::duty::Role;
use base::store::Engine;
use serde_json::json;

use crate::kit::{House, Published, on_both};

/// Fills the placeholders of a path with things that belong to Wuhan.
fn filled(path: &str, of: &Published, order: &str) -> String {
    path.replace("{slug}", "wuhan-hubei")
        .replace("{order_id}", order)
        .replace("{order}", order)
        .replace("{id}", if path.contains("/orders/") { order } else { &of.document })
        .replace("{via}", order)
        .replace("{document}", &of.document)
        .replace("{position}", "1")
        .replace("{key}", "remind")
        .replace("{part}", "list")
        .replace("{peer}", order)
}

/// A body that would be right if the caller had the duty.
fn body_for(path: &str, of: &Published) -> serde_json::Value {
    match path {
        path if path.ends_with("/documents") || path.ends_with("/draft") => {
            json!({ "tenant": "wuhan-hubei", "column": "yaowen", "title": "越权", "body_html": "<p>越权</p>", "version": 1 })
        }
        path if path.ends_with("/tenants") => {
            json!({ "slug": "intruder", "short_name": "越权", "parent": "wuhan-hubei", "level": "county" })
        }
        path if path.contains("/commissions") && (path.ends_with("/preview") || path.ends_with("/commissions")) => {
            json!({ "topic": "越权", "requirements": "越权", "audience": { "subtree": "wuhan-hubei" } })
        }
        path if path.ends_with("/quotas") => {
            json!({ "name": "越权", "period": "month", "minimum": 1, "source": "越权", "audience": { "subtree": "wuhan-hubei" } })
        }
        path if path.ends_with("/orders") || path.ends_with("/preview") => {
            json!({ "tenant": "hubei", "edition_id": of.edition, "kind": "mandatory", "audience": { "subtree": "hubei" } })
        }
        path if path.ends_with("/place") || path.ends_with("/arrange") => json!({ "column": "gwyzc" }),
        path if path.ends_with("/answers") => json!({ "document_id": of.document }),
        path if path.ends_with("/excuse") => json!({ "granted": true, "answer": "越权" }),
        path if ["/withdraw", "/exemption", "/cancel", "/plea"].iter().any(|end| path.ends_with(end)) => {
            json!({ "reason": "越权" })
        }
        path if path.ends_with("/refuse") => json!({ "answer": "越权" }),
        path if path.ends_with("/put") || path.ends_with("/remove") => json!({ "submissions": [of.document] }),
        path if path.ends_with("/keep") || path.ends_with("/return") || path.ends_with("/decline") => {
            json!({ "reason": "越权" })
        }
        path if path.contains("/baskets/") && path.ends_with("/adopt") => {
            json!({ "document": { "column": "yaowen", "title": "越权", "body_html": "<p>越权</p>", "source": "x" } })
        }
        path if path.ends_with("/skip-permissions") => {
            json!({ "subject": "wuhan-hubei", "scope": "counties", "until": "2026-12-31" })
        }
        path if path.contains("/joint/items/") || path.ends_with("/remove") => json!({ "reason": "越权" }),
        path if path.ends_with("/joint/members") => json!({ "members": ["hubei"], "column": "wuhan-yaowen" }),
        path if path.ends_with("/answer") => json!({ "answer": "accept" }),
        path if path.ends_with("/mode") => json!({ "mode": "automatic" }),
        path if path.ends_with("/open") => json!({ "open": true }),
        path if path.ends_with("/step") => json!({ "move": "end", "reason": "越权" }),
        path if path.ends_with("/contributions") => json!({ "member_id": of.document, "document_id": of.document }),
        path if path.contains("/exemptions/") => json!({ "granted": true, "answer": "越权" }),
        _ => json!({}),
    }
}

on_both!(
    /// Every operation of the API: nobody without a token, nothing of another tenant with one.
    the_api_knows_no_strangers, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let own = house.token("wuhan-hubei", Role::TenantAdmin).await;
        let notice = house.publish(&duty, "gwyzc", "关于隔离的通知").await;
        let form = json!({ "edition_id": notice.edition, "kind": "mandatory", "audience": { "subtree": "hubei" } });
        let order = house.post(&duty, "/api/v1/orders", form).await.expect(201).json()["id"].as_str().expect("an id").to_owned();
        let mine = house.publish(&own, "yaowen", "武汉的新闻").await;
        // The last two are strangers by the wall alone: in another province they hold every duty that orders ask for.
        let mut strangers = Vec::new();
        for (slug, role) in [("guangzhou-guangdong", Role::TenantAdmin), ("guangdong", Role::Operator), ("guangdong", Role::CentralDuty)] {
            strangers.push(house.token(slug, role).await);
        }
        let document = serde_json::to_value(web::api::document()).expect("a document");
        let mut knocked = 0;
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, _) in item.as_object().expect("methods") {
                let method = method.to_uppercase();
                let at = filled(path, &mine, &order);
                let body = body_for(path, &mine).to_string();
                let unknown = house.send(&method, "www.localhost", &at, &[("content-type", "application/json")], body.clone()).await;
                assert_eq!(unknown.status, 401, "{method} {at} without a token: {}", unknown.body);
                assert_eq!(unknown.header("content-type"), "application/problem+json");
                // The portal directory is public, as portals are.
                if path.starts_with("/api/v1/tenants") && method == "GET" {
                    continue;
                }
                let mark = if at.contains('?') { '&' } else { '?' };
                let named = if path.ends_with("/attachments") { format!("{at}{mark}tenant=wuhan-hubei&name=a.txt") } else { format!("{at}{mark}tenant=wuhan-hubei") };
                // Naming the other tenant, and guessing ids as oneself: neither answers with anything.
                for (token, at) in strangers.iter().flat_map(|token| [(token, &named), (token, &at)]) {
                    let bearer = format!("Bearer {token}");
                    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
                    let answer = house.send(&method, "www.localhost", at, &headers, body.clone()).await;
                    let listing = method == "GET" && answer.status == 200 && !answer.body.contains("武汉") && !answer.body.contains(&mine.document);
                    // A list of the stranger's own is no leak; writing nothing of Wuhan's is refused or not found.
                    assert!(matches!(answer.status, 400 | 403 | 404 | 422) || listing, "{method} {at}: {} {}", answer.status, answer.body);
                }
                // What asks for one's own superior duty is refused by the wall and not by the duty.
                if path.contains("/orders/{id}") {
                    let bearer = format!("Bearer {}", strangers[2]);
                    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
                    let answer = house.send(&method, "www.localhost", &at, &headers, body.clone()).await;
                    assert_eq!(answer.status, 404, "{method} {at}: {}", answer.body);
                }
                knocked += 1;
            }
        }
        assert!(knocked >= 18, "{knocked} doors");
        assert!(!house.page("wuhan-hubei", "/yaowen/").await.body.contains("越权"));
        assert!(house.app.store.sites().by_slug("intruder").is_none());
    }
);

on_both!(
    /// Every door of the console: the stranger is led to sign in, or told that there is nothing.
    the_console_knows_no_strangers, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let own = house.token("wuhan-hubei", Role::TenantAdmin).await;
        let notice = house.publish(&duty, "gwyzc", "关于隔离的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        let mine = house.publish(&own, "yaowen", "武汉的新闻").await;
        let mut cookie = house.person("stranger", "guangzhou-guangdong", Role::TenantAdmin, false).await;
        for door in web::console::doors() {
            for (method, duty) in &door.methods {
                let at = filled(door.path, &mine, &order);
                let form = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
                let out = house.send(method, "www.localhost", &at, &form, "").await;
                if !duty.is_empty() {
                    assert_eq!(out.status, 303, "{method} {at} unsigned: {}", out.status);
                    assert!(out.header("location").starts_with("/console/sign-in"), "{method} {at}");
                    let headers = [("cookie", cookie.as_str()), form[0], form[1]];
                    let foreign = house.send(method, "www.localhost", &format!("{at}?tenant=wuhan-hubei"), &headers, "").await;
                    let leaves = door.path == "/console/sign-out";
                    assert!(foreign.status == 404 || leaves, "{method} {at} at Wuhan: {}", foreign.status);
                    if leaves {
                        break;
                    }
                    assert!(!foreign.body.contains("武汉的新闻"), "{method} {at}");
                }
            }
            if door.path == "/console/sign-out" {
                // Signing out worked: come back in for the other doors.
                cookie = house.person("stranger", "guangzhou-guangdong", Role::TenantAdmin, false).await;
            }
        }
    }
);

on_both!(
    /// An editor is refused what only others may, with the duty named.
    roles_hold_inside_a_tenant, house => {
        let editor = house.token("wuhan-hubei", Role::Editor).await;
        let form = json!({ "column": "yaowen", "title": "待审", "body_html": "<p>待审</p>" });
        let draft = house.post(&editor, "/api/v1/documents", form).await.expect(201).json();
        let publish = format!("/api/v1/documents/{}/publish", draft["id"].as_str().expect("an id"));
        let refused = house.post(&editor, &publish, json!({})).await.expect(403).json();
        assert!(refused["rule"].as_str().unwrap_or_default().contains("reviewer"));
        let reviewer = house.token("wuhan-hubei", Role::Reviewer).await;
        house.post(&reviewer, &publish, json!({})).await.expect(200);
        house.post(&reviewer, &publish.replace("publish", "withdraw"), json!({ "reason": "x" })).await.expect(403);
    }
);

on_both!(
    /// A superior orders and watches; it does not write in another portal's name.
    superiors_do_not_write_below, house => {
        let form = json!({ "tenant": "wuhan-hubei", "column": "yaowen", "title": "代笔", "body_html": "<p>x</p>", "source": "x" });
        for (slug, role) in [("www", Role::CentralDuty), ("hubei", Role::Operator)] {
            let login = format!("superior-{slug}");
            let cookie = house.person(&login, slug, role, true).await;
            house.room(&cookie, "/console/documents/new?tenant=wuhan-hubei").await.expect(403);
            house.room(&cookie, "/console/inbox?tenant=wuhan-hubei").await.expect(200);
            let token = house.token(slug, role).await;
            let status = house.post(&token, "/api/v1/documents", form.clone()).await.status;
            assert!(matches!(status, 403 | 404), "{slug}: {status}");
        }
    }
);
