//! Disputes, circulars, and that nobody sees what others earned.

use std::io::Cursor;

use base::duty::Role;
use base::store::Engine;
use calamine::{Data, Reader, Xlsx};
use serde_json::{Value, json};

use super::{CITY, COUNTY, OTHER, adopt, chain, choose, earned, events, journal, submit};
use crate::kit::{Font, House, Setup, on_both};

on_both!(
    /// An appeal lives: asked in time and once, answered with a reason by the scorer alone, taken back by whoever asked.
    an_appeal_lives, house => {
        let tokens = chain(house).await;
        let other = house.token(OTHER, Role::TenantAdmin).await;
        let written = house.publish(&tokens[0], "yaowen", "江岸区消息").await;
        let id = submit(house, &tokens[0], &written.document).await;
        adopt(house, &tokens[1], &id).await;
        let event = events(house, &tokens[0], "own").await[0]["id"].clone();
        let ask = json!({ "event_id": event, "reason": "应按专报计" });
        house.post(&tokens[0], "/api/v1/points/appeals", ask.clone()).await.expect(409);
        choose(house, &tokens[1], "luan").await;
        assert_eq!(earned(house, &tokens[0]).await, 5.0);
        house.post(&other, "/api/v1/points/appeals", ask.clone()).await.expect(404);
        house.post(&tokens[0], "/api/v1/points/appeals", json!({ "event_id": event, "reason": " " })).await.expect(422);
        let appeal = house.post(&tokens[0], "/api/v1/points/appeals", ask.clone()).await.expect(201).json();
        house.post(&tokens[0], "/api/v1/points/appeals", ask.clone()).await.expect(409);
        let path = |id: &Value, verb: &str| format!("/api/v1/points/appeals/{}/{verb}", id["id"].as_str().expect("an id"));
        let answer = json!({ "points": 5, "answer": "经核实，按专报补计" });
        for stranger in [&tokens[0], &other, &tokens[2]] {
            let status = house.post(stranger, &path(&appeal, "accept"), answer.clone()).await.status;
            assert!(matches!(status, 403 | 404), "{status}");
        }
        house.post(&tokens[1], &path(&appeal, "accept"), json!({ "points": 0, "answer": "x" })).await.expect(422);
        house.post(&tokens[1], &path(&appeal, "accept"), answer.clone()).await.expect(200);
        house.post(&tokens[1], &path(&appeal, "reject"), json!({ "answer": "x" })).await.expect(409);
        house.post(&tokens[0], &path(&appeal, "withdraw"), json!({})).await.expect(409);
        assert_eq!(earned(house, &tokens[0]).await, 10.0);
        // One about something missing is refused; a second one is taken back.
        let missing = json!({ "about": "3月1日专报", "reason": "漏记" });
        let refused = house.post(&tokens[0], "/api/v1/points/appeals", missing.clone()).await.expect(201).json();
        house.post(&tokens[1], &path(&refused, "reject"), json!({ "answer": "" })).await.expect(422);
        let told = house.post(&tokens[1], &path(&refused, "reject"), json!({ "answer": "未收到" })).await.expect(200).json();
        assert_eq!(told["standing"].as_str(), Some("rejected"));
        let back = house.post(&tokens[0], "/api/v1/points/appeals", missing).await.expect(201).json();
        house.post(&tokens[0], &path(&back, "withdraw"), json!({})).await.expect(204);
        house.later(24 * 16);
        house.post(&tokens[0], "/api/v1/points/appeals", ask).await.expect(409);
        assert!(house.get(&other, "/api/v1/points/appeals").await.expect(200).json()["items"].as_array().is_some_and(Vec::is_empty));
    }
);

async fn bytes(house: &House, cookie: &str, path: &str) -> (u16, Vec<u8>) {
    let answer = house.stream(cookie, path).await;
    (answer.status().as_u16(), answer.bytes().await.expect("a body").to_vec())
}

async fn issue(house: &House, token: &str, month: &str) -> Value {
    let form = json!({ "month": month, "word": "武政办信息", "issuer": "武汉市人民政府办公厅" });
    house.post(token, "/api/v1/points/circulars", form).await.expect(201).json()
}

on_both!(
    /// A circular is frozen: later events do not change it; both files show its rows; ranks are hidden until the scorer shows them.
    a_circular_is_frozen_and_ranks_are_hidden, house => {
        let tokens = chain(house).await;
        choose(house, &tokens[1], "luan").await;
        let written = house.publish(&tokens[0], "yaowen", "江岸区消息").await;
        let id = submit(house, &tokens[0], &written.document).await;
        adopt(house, &tokens[1], &id).await;
        journal(house, &tokens[1], &id, "快讯").await;
        let form = json!({ "month": "2026-03", "word": "x", "issuer": "x" });
        house.post(&tokens[1], "/api/v1/points/circulars", form).await.expect(409);
        house.later(24 * 31);
        let county = house.person("county", COUNTY, Role::TenantAdmin, false).await;
        let city = house.person("city", CITY, Role::TenantAdmin, false).await;
        let made = issue(house, &tokens[1], "2026-03").await;
        assert_eq!(made["doc_number"].as_str(), Some("武政办信息〔2026〕1号"));
        assert_eq!(made["rows"].as_array().map(Vec::len), Some(2), "every portal below has a line");
        assert_eq!(made["rows"][0]["adopted"].as_i64(), Some(1), "a journal is no second adoption");
        assert!(made["rows"].as_array().expect("rows").iter().all(|row| row["rank"].is_null()), "ranks are hidden");
        house.post(&tokens[1], "/api/v1/points/circulars", json!({ "month": "2026-03", "word": "x", "issuer": "x" })).await.expect(409);
        // The county reads its own line and nobody else's.
        let seen = house.get(&tokens[0], "/api/v1/points/circulars").await.expect(200).json();
        assert_eq!(seen["items"][0]["rows"].as_array().map(Vec::len), Some(1));
        assert_eq!((seen["items"][0]["rows"][0]["points"].as_f64(), seen["items"][0]["rows"][0]["rank"].is_null()), (Some(5.0), true));
        // Files: a real document with its fonts inside, a sheet whose sums are the points.
        let at = format!("/console/points/circulars/{}", made["id"].as_str().expect("an id"));
        let (status, pdf) = bytes(house, &city, &format!("{at}/file.pdf")).await;
        let holds = |what: &[u8]| pdf.windows(what.len()).any(|window| window == what);
        if house.app.report_font.is_some() {
            assert!(status == 200 && pdf.starts_with(b"%PDF") && holds(b"/FontFile") && holds(b"/ToUnicode"));
        } else {
            assert_eq!(status, 503);
        }
        let (_, sheet) = bytes(house, &city, &format!("{at}/file.xlsx")).await;
        let mut book = Xlsx::new(Cursor::new(sheet)).expect("a sheet");
        let range = book.worksheet_range("通报").expect("the sheet");
        let row = |name: &str| range.rows().find(|row| row.get(1) == Some(&Data::String(name.to_owned()))).expect("a row").to_vec();
        assert_eq!((&row("江岸区")[4], &row("合计")[4]), (&Data::Float(5.0), &Data::Float(5.0)));
        for path in [at.clone(), format!("{at}/file.pdf"), format!("{at}/file.xlsx")] {
            house.room(&county, &path).await.expect(404);
        }
        // What happens later does not reach it.
        let hash = made["hash"].clone();
        let written = house.publish(&tokens[0], "yaowen", "江岸区又一条").await;
        let id = submit(house, &tokens[0], &written.document).await;
        adopt(house, &tokens[1], &id).await;
        choose(house, &tokens[1], "changshan").await;
        house.run_jobs().await;
        let path = format!("/api/v1/points/circulars/{}", made["id"].as_str().expect("an id"));
        let kept = house.get(&tokens[1], &path).await.expect(200).json();
        assert_eq!((&kept["hash"], &kept["rows"]), (&hash, &made["rows"]));
        house.get(&tokens[0], &path).await.expect(404);
        // Shown to each, then to all: from the next circular on.
        for (ranking, month, lines) in [("own_rank", "2026-04", 1), ("public_to_subordinates", "2026-05", 2)] {
            house.later(24 * 31);
            house.write("PUT", &tokens[1], "/api/v1/points/ranking", json!({ "ranking": ranking })).await.expect(204);
            issue(house, &tokens[1], month).await;
            let seen = house.get(&tokens[0], "/api/v1/points/circulars").await.expect(200).json();
            let rows = seen["items"][0]["rows"].as_array().expect("rows");
            assert_eq!((rows.len(), rows[0]["rank"].as_i64()), (lines, Some(1)), "{ranking}");
        }
        // Sessions ended with the months.
        let county = house.person("county", COUNTY, Role::TenantAdmin, false).await;
        let all = house.room(&county, "/console/points/mine").await.expect(200);
        assert!(all.body.contains("file.pdf"));
        let held = house.app.store.reading(house.site(CITY).tenant).await.expect("a transaction");
        assert_eq!(held.entries_about("ranking").await.expect("read").len(), 2, "a change is on record");
    }
);

/// A file through the API: status, type, and its bytes.
async fn file(house: &House, token: &str, path: &str) -> (u16, String, Vec<u8>) {
    let answer = house.fetch(token, path).await;
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    (answer.status().as_u16(), kind, answer.bytes().await.expect("a body").to_vec())
}

on_both!(
    /// Both files through the API: for the issuer, and for those below only where the circular shows them every rank.
    files_through_the_api, house => {
        let tokens = chain(house).await;
        let (other, stranger) = (house.token(OTHER, Role::Editor).await, house.token("guangdong", Role::Operator).await);
        choose(house, &tokens[1], "luan").await;
        house.later(24 * 31);
        let hidden = issue(house, &tokens[1], "2026-03").await;
        house.later(24 * 31);
        house.write("PUT", &tokens[1], "/api/v1/points/ranking", json!({ "ranking": "public_to_subordinates" })).await.expect(204);
        let shown = issue(house, &tokens[1], "2026-04").await;
        let at = |one: &Value, kind: &str| format!("/api/v1/points/circulars/{}/file.{kind}", one["id"].as_str().expect("an id"));
        for token in [&tokens[1], &other] {
            let (status, kind, sheet) = file(house, token, &at(&shown, "xlsx")).await;
            assert_eq!((status, kind.as_str()), (200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"));
            let mut book = Xlsx::new(Cursor::new(sheet)).expect("a sheet");
            let range = book.worksheet_range("通报").expect("the sheet");
            assert!(range.rows().any(|row| row.contains(&Data::String("江岸区".to_owned()))));
            let (status, kind, pdf) = file(house, token, &at(&shown, "pdf")).await;
            match house.app.report_font {
                Some(_) => assert!((status, kind.as_str()) == (200, "application/pdf") && pdf.starts_with(b"%PDF")),
                None => assert_eq!(status, 503),
            }
        }
        for kind in ["pdf", "xlsx"] {
            for (token, one) in [(&other, &hidden), (&tokens[0], &hidden), (&stranger, &hidden), (&stranger, &shown), (&tokens[2], &shown)] {
                assert_eq!(file(house, token, &at(one, kind)).await.0, 404, "{kind}");
            }
            for token in [&other, &stranger] {
                let named = format!("{}?tenant={CITY}", at(&hidden, kind));
                assert_eq!(file(house, token, &named).await.0, 404, "{kind}: in the issuer's name");
            }
            house.send("GET", "localhost", &at(&shown, kind), &[], "").await.expect(401);
            let unknown = format!("/api/v1/points/circulars/00000000-0000-7000-8000-000000000000/file.{kind}");
            assert_eq!(file(house, &tokens[1], &unknown).await.0, 404);
        }
    }
);

/// Without a font that can be used a PDF is refused by name, at both doors, and the sheet is there all the same.
async fn refused_without_a_font(house: &House) {
    let city = house.token(CITY, Role::TenantAdmin).await;
    choose(house, &city, "luan").await;
    house.later(24 * 31);
    let made = issue(house, &city, "2026-03").await;
    let id = made["id"].as_str().expect("an id");
    let cookie = house.person("city", CITY, Role::TenantAdmin, false).await;
    let refused = house.get(&city, &format!("/api/v1/points/circulars/{id}/file.pdf")).await.expect(503);
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let refused = refused.json();
    assert_eq!(refused["type"].as_str(), Some("urn:dibao:problem:no_font"));
    assert!(refused["how"].as_str().is_some_and(|how| how.contains("fonts-noto-cjk")), "{refused}");
    assert!(!refused["detail"].as_str().unwrap_or_default().contains('/'), "no path of the machine: {refused}");
    house.room(&cookie, &format!("/console/points/circulars/{id}/file.pdf")).await.expect(503);
    let (status, sheet) = bytes(house, &cookie, &format!("/console/points/circulars/{id}/file.xlsx")).await;
    assert!(status == 200 && Xlsx::new(Cursor::new(sheet)).is_ok(), "the sheet needs no font");
    house.room(&cookie, &format!("/console/points/circulars/{id}")).await.expect(200);
}

on_both!(a_machine_without_a_font, house with Setup::with_font(Font::Missing) => { refused_without_a_font(house).await; });
on_both!(
    /// Named in the configuration and not there.
    a_font_that_is_not_there, house with Setup::with_font(Font::Named("/nowhere/font.ttc".into())) => { refused_without_a_font(house).await; }
);
on_both!(
    /// A file that is no font at all.
    a_font_that_is_none, house with Setup::with_font(Font::Named(crate::kit::root().join("Cargo.toml"))) => { refused_without_a_font(house).await; }
);

on_both!(
    /// Nobody reads what others earned, through any door.
    a_county_sees_its_own_only, house => {
        let tokens = chain(house).await;
        let other = house.token(OTHER, Role::TenantAdmin).await;
        let cookie = house.person("other", OTHER, Role::TenantAdmin, false).await;
        choose(house, &tokens[1], "luan").await;
        let written = house.publish(&tokens[0], "yaowen", "江岸区独家消息").await;
        let id = submit(house, &tokens[0], &written.document).await;
        adopt(house, &tokens[1], &id).await;
        house.run_jobs().await;
        for path in ["events", "events?box=scored", "totals", "totals?box=scored", "appeals", "appeals?box=scored", "circulars", "rules?box=scored"] {
            let path = format!("/api/v1/points/{path}");
            let seen = house.get(&other, &path).await.expect(200).json();
            assert!(seen["items"].as_array().is_some_and(Vec::is_empty), "{path}: {seen}");
            let named = format!("{path}{}tenant={COUNTY}", if path.contains('?') { '&' } else { '?' });
            house.get(&other, &named).await.expect(404);
            house.get(&other, &named.replace(COUNTY, CITY)).await.expect(404);
        }
        for path in ["", "/events", "/appeals", "/circulars", "/mine", "/rule"] {
            let seen = house.room(&cookie, &format!("/console/points{path}")).await;
            assert!(!seen.body.contains("江岸区独家消息"), "{path}");
            house.room(&cookie, &format!("/console/points{path}?tenant={CITY}")).await.expect(404);
        }
        // A scorer gives points to those directly below, and to nobody else.
        let form = json!({ "beneficiary": COUNTY, "occasion": "urgent", "title": "x" });
        house.post(&tokens[2], "/api/v1/points/events", form.clone()).await.expect(422);
        house.post(&other, "/api/v1/points/events", form).await.expect(422);
        let adjusted = json!({ "beneficiary": COUNTY, "occasion": "adjusted", "title": "x" });
        house.post(&tokens[1], "/api/v1/points/events", adjusted).await.expect(422);
        house.write("PUT", &tokens[1], "/api/v1/points/ranking", json!({ "ranking": "loud" })).await.expect(422);
    }
);

on_both!(
    /// The same by forms: a table is loaded, previewed and chosen; the county sees why, and appeals; the city answers.
    by_forms, house => {
        let tokens = chain(house).await;
        let county = house.person("county", COUNTY, Role::TenantAdmin, false).await;
        let city = house.person("city", CITY, Role::TenantAdmin, false).await;
        assert!(house.room(&city, "/console/points").await.expect(200).body.contains("还没有选定计分办法"));
        let loaded = house.room(&city, "/console/points/rule?from=luan").await.expect(200);
        assert!(loaded.body.contains("六政办秘〔2013〕36号") && loaded.body.contains("市主要领导"));
        let written = house.publish(&tokens[0], "yaowen", "江岸区图书馆开放").await;
        let id = submit(house, &tokens[0], &written.document).await;
        adopt(house, &tokens[1], &id).await;
        let mut fields = vec![
            ("name", "本市办法"), ("effective_from", "2026-01-01"), ("appeal_days", "10"), ("void_after_missed", "0"),
            ("occasion", "adopted"), ("place", "here"), ("channel", ""), ("points", "七"), ("mode", "replace"),
        ];
        let back = house.form(&city, "/console/points/rule", &fields).await.expect(422);
        assert!(back.body.contains("本市办法") && back.body.contains("七"), "what was typed comes back");
        fields[7].1 = "7";
        let shown = house.form(&city, "/console/points/rule", &fields).await.expect(200);
        assert!(shown.body.contains("与现行计分的差异") && shown.body.contains("江岸区"));
        fields.extend([("act", "apply"), ("reason", "试行")]);
        house.form(&city, "/console/points/rule", &fields).await.expect(303);
        house.run_jobs().await;
        let mine = house.room(&county, "/console/points/mine").await.expect(200);
        assert!(mine.body.contains("江岸区图书馆开放") && mine.body.contains("+7") && mine.body.contains("按："));
        house.form(&county, "/console/points/mine", &[("about", "漏记一条"), ("reason", "")]).await.expect(422);
        house.form(&county, "/console/points/mine", &[("about", "漏记一条"), ("reason", "请核实")]).await.expect(303);
        let inbox = house.room(&city, "/console/points/appeals").await.expect(200);
        let at = inbox.body.split("/console/points/appeals/").nth(1).and_then(|rest| rest.split('/').next()).expect("an appeal").to_owned();
        let path = format!("/console/points/appeals/{at}/accept");
        house.form(&city, &path, &[("points", "很多"), ("answer", "属实")]).await.expect(422);
        house.form(&city, &path, &[("points", "3"), ("answer", "属实，补计")]).await.expect(303);
        assert_eq!(earned(house, &tokens[0]).await, 10.0);
        let fields = [("beneficiary", COUNTY), ("occasion", "instruction"), ("channel", "市长"), ("title", "图书馆"), ("note", "")];
        house.form(&city, "/console/points/events", &fields).await.expect(422);
        house.form(&city, "/console/points/ranking", &[("ranking", "own_rank")]).await.expect(303);
        house.form(&city, "/console/points/circulars", &[("month", "2026-03"), ("word", "x"), ("issuer", "x")]).await.expect(409);
        house.later(24 * 31);
        let city = house.person("city", CITY, Role::TenantAdmin, false).await;
        let issued = house.form(&city, "/console/points/circulars", &[("month", "2026-03"), ("word", "武政办信息"), ("issuer", "武汉市人民政府办公厅")]).await.expect(303);
        let page = house.room(&city, issued.header("location")).await.expect(200);
        assert!(page.body.contains("武政办信息〔2026〕1号") && page.body.contains("名次"));
        assert!(house.room(&city, "/console/points?month=2026-03").await.expect(200).body.contains("江岸区"));
    }
);
